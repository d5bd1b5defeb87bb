#include "api/trained.h"

#include "api/options.h"
#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static status set_recorded(struct settings *settings, const struct option_row *option,
                           const struct attribute *attribute)
{
    char text[40];
    if (attribute->kind == ATTRIBUTE_TEXT)
        return option_set(settings, option, attribute->text);
    if (attribute->kind == ATTRIBUTE_INTEGER)
        snprintf(text, sizeof text, "%" PRId64, attribute->integer);
    else
        snprintf(text, sizeof text, "%.17g", attribute->real);
    return option_set(settings, option, text); /* numbers are not kept by reference */
}

/* [local] */
static status recall_settings(struct settings *settings, const struct header *header)
{
    options_default(settings, command_find("train"));
    for (int i = 0; i < option_count; i++) {
        const struct option_row *option = &option_table[i];
        struct attribute attribute;
        if (option->recorded != NULL && (option->commands & FOR_TRAIN) != 0 &&
            header_attribute(&attribute, header, option->recorded))
            TRY(set_recorded(settings, option, &attribute));
    }
    settings->early_stop = NULL; /* its test may have been a file that isn't recorded */
    return settings_settle(settings);
}

static status recall(struct trained *trained, const char *path)
{
    char reason[FAILURE_MESSAGE_SIZE];
    if (recall_settings(&trained->settings, trained->header) == MFALS_OK)
        return MFALS_OK;
    snprintf(reason, sizeof reason, "%s", failure_message());
    return fail(MFALS_BAD_DATA, "'%s' was made with an option that this version refuses: %s", path, reason);
}

status trained_open(struct trained *trained, const struct comm *comm, const char *path)
{
    *trained = (struct trained){0};
    TRY(model_file_read(&trained->model, comm, path));
    TRY(header_read(&trained->header, comm, path));
    for (int side = USERS; side <= ITEMS; side++) {
        const struct stored_side *stored = &trained->model->side[side];
        trained->known[side] = (struct known_ids){&stored->ids, stored->offsets};
    }
    return agree(comm, recall(trained, path));
}

void trained_warn(const struct trained *trained, const struct comm *comm)
{
    const struct stored_model *model = trained->model;
    const struct stored_side *users = &model->side[USERS];
    int64_t empty = 0;
    for (int64_t i = 0; i < users->ids.count; i++) {
        const float *x = users->factors + i * model->row_floats;
        bool zero = users->bias == NULL || users->bias[i] == 0;
        for (int64_t c = model->padding; zero && c < model->row_floats; c++)
            zero = x[c] == 0;
        empty += zero;
    }
    comm_sum_int(comm, &empty, 1);
    if (empty > 0)
        log_warning("%" PRId64
                    " users have factors of 0, without ratings to learn from or held out whole; --fold-in "
                    "serves such users",
                    empty);
}

void trained_free(struct trained *trained)
{
    stored_model_free(&trained->model);
    memory_free(trained->header);
    trained->header = NULL;
}
