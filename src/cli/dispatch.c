#include "cli/dispatch.h"

#include "api/version.h"
#include "base/log.h"
#include "base/number.h"
#include "cli/command_line.h"

static status check_words(const struct command *command, const struct settings *settings)
{
    if (settings->word_count < command->words_min)
        return fail(MFALS_USAGE, "%s: needs %s", command->name, command->words);
    if (command->words_max != 0 && settings->word_count > number_max(0, command->words_max))
        return fail(MFALS_USAGE, "%s: '%s' is one word too many", command->name,
                    settings->words[number_max(0, command->words_max)]);
    return MFALS_OK;
}

static const struct {
    enum command_bit bit;
    command_function *run;
} functions[] = {{FOR_TRAIN, cmd_train},     {FOR_EVALUATE, cmd_evaluate}, {FOR_RECOMMEND, cmd_recommend},
                 {FOR_SIMILAR, cmd_similar}, {FOR_CONVERT, cmd_convert},   {FOR_GENERATE, cmd_generate},
                 {FOR_INFO, cmd_info},       {FOR_CHECK, cmd_check},       {FOR_PLAN, cmd_plan}};

static status run(const struct command *command, const struct comm *comm, struct settings *settings)
{
    if (settings->show == SHOW_HELP)
        return comm->rank == 0 ? command_line_help(command) : MFALS_OK;
    if (settings->show == SHOW_VERSION) {
        if (comm->rank == 0)
            version_print();
        return MFALS_OK;
    }
    TRY(check_words(command, settings));
    log_open(comm->rank == 0, (enum log_level)settings->verbosity);
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (functions[i].bit == command->bit)
            return functions[i].run(comm, settings);
    return fail(MFALS_INTERNAL, "%s: has no function", command->name);
}

status command_run(const struct command *command, const struct comm *comm, int argc, char **argv)
{
    struct settings settings;
    status result = settings_load(&settings, comm, command, argc, argv);
    if (result == MFALS_OK)
        result = run(command, comm, &settings);
    settings_free(&settings);
    return agree(comm, result);
}
