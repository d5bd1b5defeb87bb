#include "cli/train_output.h"

#include "base/memory.h"
#include "cli/options.h"
#include "cli/version.h"
#include "store/model_file.h"

#include <inttypes.h>
#include <stdio.h>

enum { FIXED_ATTRIBUTES = 6 };

status figure_history_open(struct figure_history *history, int64_t iterations)
{
    *history = (struct figure_history){.capacity = iterations};
    return allocate(&history->values, HISTORIES * iterations);
}

void figure_history_add(struct figure_history *history, const struct figures *figures)
{
    double *value = history->values + history->count++;
#define ADD_FIGURE(name)                                                                                     \
    *value = figures->name;                                                                                  \
    value += history->capacity;
    FIGURE_LIST(ADD_FIGURE)
#undef ADD_FIGURE
}

void figure_history_free(struct figure_history *history)
{
    memory_free(history->values);
    *history = (struct figure_history){0};
}

status train_output_check(const struct comm *comm, const struct settings *settings)
{
    return model_file_check_output(comm, settings->output);
}

static struct attribute text_attribute(const char *name, const char *text)
{
    return (struct attribute){.name = name, .kind = ATTRIBUTE_TEXT, .text = text};
}

/* attributes: room for FIXED_ATTRIBUTES and all options. Returns how many there are. */
static int64_t list_attributes(struct attribute *attributes, const struct settings *settings,
                               const struct model *model, const char *digest)
{
    int64_t count = 0;
    attributes[count++] = text_attribute("software", version_software());
    attributes[count++] = text_attribute("build", version_build());
    attributes[count++] = text_attribute("ratings_digest", digest);
    attributes[count++] = text_attribute("blas", version_blas());
    attributes[count++] = text_attribute("blas_core", version_blas_core());
    attributes[count++] = text_attribute("kernel", model_kernel(model));
    for (int i = 0; i < option_count; i++)
        if (option_table[i].recorded != NULL &&
            option_in_force(&attributes[count], settings, &option_table[i]))
            attributes[count++].name = option_table[i].recorded;
    return count;
}

static void list_histories(struct history *histories, const struct figure_history *history)
{
    const double *values = history->values;
#define LIST_FIGURE(figure)                                                                                  \
    *histories++ = (struct history){.name = #figure, .values = values, .count = history->count};             \
    values += history->capacity;
    FIGURE_LIST(LIST_FIGURE)
#undef LIST_FIGURE
}

status train_output_write(const struct comm *comm, const struct settings *settings,
                          const struct ratings *ratings, const struct model *model,
                          const struct figure_history *history)
{
    char digest[40];
    struct history histories[HISTORIES];
    struct model_file file = {.path = settings->output,
                              .factors = settings->solve.factors,
                              .history = histories,
                              .history_count = HISTORIES};
    scoped struct attribute *attributes = NULL;
    TRY(agree(comm, allocate(&attributes, FIXED_ATTRIBUTES + option_count)));
    snprintf(digest, sizeof digest, "%016" PRIx64 "%016" PRIx64, ratings->digest[0], ratings->digest[1]);
    file.attributes = attributes;
    file.attribute_count = list_attributes(attributes, settings, model, digest);
    list_histories(histories, history);
    for (int s = USERS; s <= ITEMS; s++) {
        struct model_side *side = &file.side[s];
        side->factors = model_rows(model, (enum side)s, &side->row_floats);
        side->offsets = ratings->offsets[s];
        side->ids = &ratings->ids[s];
    }
    return model_file_write(comm, &file);
}
