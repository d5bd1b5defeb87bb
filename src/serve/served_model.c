#include "serve/served_model.h"

#include "options/option_table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static status give_recorded(struct option_inputs *inputs, char number[RECORDED_TEXT_SIZE],
                            const struct option_row *option, const struct attribute *recorded)
{
    if (recorded->kind == ATTRIBUTE_TEXT)
        return option_give(inputs, option, recorded->text);
    if (recorded->kind == ATTRIBUTE_INTEGER)
        snprintf(number, RECORDED_TEXT_SIZE, "%" PRId64, recorded->integer);
    else
        snprintf(number, RECORDED_TEXT_SIZE, "%.17g", recorded->real);
    return option_give(inputs, option, number);
}

/* [local] Without --early-stop, whose test may have been a file that isn't recorded, and --unobserved-ratio, which led to the
 * recorded weight. */
static status recall_config(struct served_model *served)
{
    struct option_inputs inputs = {.command = command_find("train")};
    for (int i = 0; i < option_count; i++) {
        const struct option_row *option = &option_table[i];
        struct attribute recorded;
        if (option->recorded != NULL && (option->commands & FOR_TRAIN) != 0 &&
            strcmp(option->name, "early-stop") != 0 && strcmp(option->name, "unobserved-ratio") != 0 &&
            header_attribute(&recorded, served->model->header, option->recorded))
            TRY(give_recorded(&inputs, served->numbers[i], option, &recorded));
    }
    return run_config_resolve(&served->config, &inputs);
}

/* [local] */
static status recall(struct served_model *served, const char *path)
{
    char reason[FAILURE_MESSAGE_SIZE];
    if (recall_config(served) == MFALS_OK)
        return MFALS_OK;
    snprintf(reason, sizeof reason, "%s", failure_message());
    return fail(MFALS_BAD_DATA, "'%s' was made with an option that this version refuses: %s", path, reason);
}

status served_model_open(struct served_model *served, const struct comm *comm, const char *path)
{
    *served = (struct served_model){0};
    TRY(model_file_read(&served->model, comm, path));
    for (int side = USERS; side <= ITEMS; side++) {
        const struct stored_side *stored = &served->model->side[side];
        served->known[side] = (struct known_ids){&stored->ids, stored->offsets};
    }
    return agree(comm, recall(served, path));
}

void served_model_free(struct served_model *served)
{
    stored_model_free(&served->model);
}
