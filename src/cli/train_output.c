#include "cli/train_output.h"

#include "base/memory.h"
#include "cli/options.h"
#include "cli/version.h"
#include "ratings/digest.h"
#include "store/model_file.h"

enum { FIXED_ATTRIBUTES = 8 };

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
                               const struct model *model, const char *digest, int best_iteration)
{
    int64_t count = 0;
    attributes[count++] = text_attribute("software", version_software());
    attributes[count++] = text_attribute("build", version_build());
    attributes[count++] = text_attribute("ratings_digest", digest);
    attributes[count++] = text_attribute("blas", version_blas());
    attributes[count++] = text_attribute("blas_core", version_blas_core());
    attributes[count++] = text_attribute("kernel", model_kernel(model));
    if (settings->ratings.path_count == 1)
        attributes[count++] = text_attribute("ratings_path", settings->ratings.paths[0]);
    if (best_iteration > 0)
        attributes[count++] = (struct attribute){
            .name = "best_iteration", .kind = ATTRIBUTE_INTEGER, .integer = best_iteration};
    for (int i = 0; i < option_count; i++)
        if (option_table[i].recorded != NULL &&
            option_in_force(&attributes[count], settings, &option_table[i]))
            attributes[count++].name = option_table[i].recorded;
    return count;
}

status train_output_write(const struct comm *comm, const struct settings *settings,
                          const struct ratings *ratings, const struct model *model,
                          const struct figure_history *history, int best_iteration)
{
    char digest[DIGEST_TEXT_SIZE];
    struct history histories[HISTORY_MAX];
    struct model_file file = {.path = settings->output,
                              .factors = settings->solve.factors,
                              .history = histories,
                              .history_count = figure_history_list(history, histories)};
    scoped struct attribute *attributes = NULL;
    TRY(agree(comm, allocate(&attributes, FIXED_ATTRIBUTES + option_count)));
    digest_text(digest, ratings->digest);
    file.attributes = attributes;
    file.attribute_count = list_attributes(attributes, settings, model, digest, best_iteration);
    for (int s = USERS; s <= ITEMS; s++) {
        struct model_side *side = &file.side[s];
        side->factors = model_rows(model, (enum side)s, &side->row_floats);
        side->offsets = ratings->offsets[s];
        side->ids = &ratings->ids[s];
        side->bias = model_bias(model, (enum side)s, &side->bias_step);
    }
    file.has_global_mean = settings->solve.algorithm != ALGORITHM_IALS;
    file.global_mean = model_global_mean(model);
    return model_file_write(comm, &file);
}
