#include "api/handles.h"
#include "use/metrics.h"

int mfals_command(struct mfals_command *command, int i)
{
    if (i < 0 || i >= command_count)
        return 0;
    const struct command *row = &command_table[i];
    *command = (struct mfals_command){.name = row->name,
                                      .summary = row->summary,
                                      .description = row->description,
                                      .words = row->words,
                                      .needs = row->needs,
                                      .words_min = row->words_min,
                                      .words_max = row->words_max};
    return 1;
}

int mfals_option(struct mfals_option *option, const char *command, int i)
{
    const struct command *found = command != NULL ? command_find(command) : NULL;
    for (int r = 0; found != NULL && i >= 0 && r < option_count; r++) {
        const struct option_row *row = &option_table[r];
        if ((row->commands & (int)found->bit) == 0 || i-- > 0)
            continue;
        *option = (struct mfals_option){.name = row->name,
                                        .key = (char)row->key,
                                        .argument = row->argument,
                                        .value = row->value,
                                        .help = row->help,
                                        .choices = row->choices,
                                        .group = (int)row->group,
                                        .title = option_title(found, row->group),
                                        .of_program = row->kind == OPTION_OF_PROGRAM};
        return 1;
    }
    return 0;
}

enum mfals_option_type lib_option_type(const struct option_row *row)
{
    switch (row->kind) {
    case OPTION_OF_PROGRAM:
        return MFALS_OPTION_NONE;
    case OPTION_INT:
    case OPTION_LONG:
        return MFALS_OPTION_INT;
    case OPTION_REAL:
    case OPTION_SHARE:
        return MFALS_OPTION_REAL;
    case OPTION_FLAG:
    case OPTION_SWITCH:
        return MFALS_OPTION_FLAG;
    default:
        return MFALS_OPTION_TEXT;
    }
}

enum mfals_option_type mfals_option_type(const char *command, const char *name)
{
    const struct command *found = command != NULL ? command_find(command) : NULL;
    const struct option_row *row = found != NULL && name != NULL ? option_find(name, found->bit) : NULL;
    return row != NULL ? lib_option_type(row) : MFALS_OPTION_NONE;
}

int mfals_option_is_of_reading(const char *name)
{
    const struct option_row *row = name != NULL ? option_find(name, FOR_TRAIN) : NULL;
    return row != NULL && row->stage == OF_READING;
}

int mfals_metric_info(struct mfals_metric_info *metric, int i)
{
    if (i < 0 || i >= METRICS)
        return 0;
    const struct metric_row *row = &metric_table[i];
    *metric = (struct mfals_metric_info){.name = row->name,
                                         .what = row->what,
                                         .has_cutoff = row->of_top != NULL,
                                         .of_ratings = row->of_errors != NULL,
                                         .lower_is_better = row->lower_is_better};
    return 1;
}
