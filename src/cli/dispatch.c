#include "cli/dispatch.h"

#include "cli/command_line.h"
#include "cli/nearest.h"
#include "cli/progress.h"
#include "cli/quote.h"
#include "cli/screen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct function {
    const char *name;
    command_function *run;
    bool alone; /* one process does without MPI */
} functions[] = {
    {"train", cmd_train, false},     {"evaluate", cmd_evaluate, false}, {"recommend", cmd_recommend, false},
    {"similar", cmd_similar, false}, {"convert", cmd_convert, false},   {"generate", cmd_generate, false},
    {"info", cmd_info, true},        {"check", cmd_check, true},        {"plan", cmd_plan, false},
};

static void print_help(void)
{
    struct mfals_command command;
    printf("Usage: mfals [train] [OPTION...] [RATINGS...]\n"
           "       mfals COMMAND [OPTION...] FILE\n\n"
           "Recommender factor models, on one core or any number: mpirun -np N mfals ...\n\n"
           "Commands (mfals COMMAND --help lists the options):\n");
    for (int i = 0; mfals_command(&command, i); i++)
        printf("  %-10s %s\n", command.name, command.summary);
    printf("\n"
           "  mfals                             trains on its sample, to sample-model.h5\n"
           "  mpirun -np 16 mfals -k 64 -o model.h5 ratings.tsv.gz\n\n"
           "RATINGS: files, also compressed, or folders of such; \"user item rating\" a line.\n"
           "The model is an HDF5 file with users/factors, users/ids and the same of items.\n"
           "Exit codes: 0 done, 64 usage, 65 bad data, 66 input missing, 70 internal,\n"
           "71 no memory, 73 output or lock, 74 input or output failed, 75 checkpointed:\n"
           "start again, 76 unusable checkpoint.\n");
}

static void print_version(void)
{
    const char *name, *version;
    for (int i = 0; mfals_component(&name, &version, i); i++)
        if (i == 0)
            printf("mfals %s (%s)\n", mfals_version(), version);
        else
            printf("%s:%*s%s\n", name, 11 - (int)strlen(name), "", version);
}

static bool is_word(const char *word, const char *one, const char *other)
{
    return strcmp(word, one) == 0 || strcmp(word, other) == 0;
}

static enum mfals_status check_words(const struct program *program)
{
    const struct mfals_command *command = &program->command;
    int most = command->words_max > 0 ? command->words_max : 0;
    if (program->word_count < command->words_min)
        return FAIL(program, MFALS_USAGE, "%s: needs %s", command->name, command->words);
    if (command->words_max != 0 && program->word_count > most)
        return FAIL(program, MFALS_USAGE, "%s: '%s' is one word too many", command->name,
                    program->words[most]);
    return MFALS_OK;
}

/* Where a file is what was asked for, nobody need read the lines beside it to their end. */
static enum mfals_status end_stdout(const struct program *program, enum mfals_status done)
{
    const char *output = program_text(program, "output");
    if (done == MFALS_OK && output != NULL && screen_reader_left())
        screen_warning("standard output was not read to its end; '%s' is written all the same", output);
    return done;
}

static const struct function *function_of(const struct program *program)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
        if (strcmp(functions[i].name, program->command.name) == 0)
            return &functions[i];
    return NULL;
}

static enum mfals_status run(struct program *program, enum ask ask)
{
    if (ask != ASK_NOTHING) {
        program->needs_ranks = false;
        if (ask == ASK_HELP && program->speaks)
            return command_line_help(program);
        if (ask == ASK_VERSION && program->speaks)
            print_version();
        return MFALS_OK;
    }
    TRY(check_words(program));
    if (program->needs_ranks)
        return MFALS_OK;
    screen_open(program->speaks, program_is_on(program, "quiet")     ? SCREEN_QUIET
                                 : program_is_on(program, "verbose") ? SCREEN_VERBOSE
                                                                     : SCREEN_NORMAL);
    mfals_watch(program->context, program->options);
    if (program->rank == 0)
        mfals_on_progress(program->context, progress_note, NULL);
    enum mfals_status done = function_of(program)->run(program);
    screen_wipe();
    done = end_stdout(program, done);
    mfals_watch(program->context, NULL);
    return done;
}

/* Whether there is a command of that name. */
static bool find_command(struct mfals_command *command, const char *name)
{
    for (int i = 0; mfals_command(command, i); i++)
        if (strcmp(command->name, name) == 0)
            return true;
    return false;
}

/* [local] A word that is neither a command nor a file, and does not look like one, is a command mistyped. */
static enum mfals_status check_first_word(const struct program *program, const char *word)
{
    struct mfals_command command;
    struct nearest nearest = nearest_to(word, strlen(word));
    if (word[0] == '-' || strpbrk(word, "./") != NULL || access(word, F_OK) == 0)
        return MFALS_OK;
    for (int i = 0; mfals_command(&command, i); i++)
        nearest_try(&nearest, command.name);
    if (nearest.name == NULL)
        return MFALS_OK;
    return FAIL(program, MFALS_USAGE,
                "there is no command and no file '%s'; did you mean %s? mfals --help lists all", word,
                nearest.name);
}

/* [local] */
static enum mfals_status help_on(struct program *program, const char *name)
{
    if (!find_command(&program->command, name))
        return FAIL(program, MFALS_USAGE, "there is no command '%s'; mfals --help lists all", name);
    return command_line_help(program);
}

/* [collective] Ranks of other programs, or with other arguments, would wait for each other for ever. */
static enum mfals_status check_same(const struct program *program, int argc, char **argv)
{
    char build[PROGRAM_BUILD_SIZE];
    const char *const version = program_build(build);
    TRY(mfals_same_words(program->context, &version, 1, "versions"));
    return mfals_same_words(program->context, (const char *const *)argv + 1, argc - 1, "arguments");
}

/* [collective] Which command, and whether it is for ranks that are not there yet. */
static enum mfals_status choose(struct program *program, bool *named, int argc, char **argv)
{
    *named = argc > 1 && find_command(&program->command, argv[1]);
    if (!*named)
        find_command(&program->command, "train");
    if (function_of(program) == NULL)
        return FAIL(program, MFALS_INTERNAL, "%s: has no function", program->command.name);
    program->needs_ranks = program->is_alone && !function_of(program)->alone;
    if (*named || argc < 2)
        return MFALS_OK;
    return mfals_agree(program->context, program->rank == 0 ? check_first_word(program, argv[1]) : MFALS_OK);
}

static enum mfals_status answer(struct program *program, int argc, char **argv)
{
    enum ask ask = ASK_NOTHING;
    bool named;
    TRY(check_same(program, argc, argv));
    if ((argc > 1 && is_word(argv[1], "--help", "-h")) || (argc == 2 && strcmp(argv[1], "help") == 0)) {
        if (program->speaks)
            print_help();
        return MFALS_OK;
    }
    if (argc > 2 && strcmp(argv[1], "help") == 0)
        return mfals_agree(program->context, program->speaks ? help_on(program, argv[2]) : MFALS_OK);
    TRY(choose(program, &named, argc, argv));
    enum mfals_status done = command_line_load(program, &ask, argc - named, argv + named);
    if (done == MFALS_OK)
        done = run(program, ask);
    mfals_options_free(&program->options);
    return mfals_agree(program->context, done);
}

enum mfals_status dispatch(struct mfals_context *context, struct launch *launch, MPI_Comm comm,
                           bool *needs_ranks, int argc, char **argv)
{
    struct program program = {.context = context, .launch = launch, .comm = comm, .size = 1};
    program.is_alone = comm == MPI_COMM_NULL;
    if (!program.is_alone) {
        MPI_Comm_rank(comm, &program.rank);
        MPI_Comm_size(comm, &program.size);
    }
    program.speaks = launch_speaks(launch, program.rank, program.size);
    char *line = program.rank == 0 ? quote_words(argc, argv) : NULL; /* before argp reorders them */
    program.line = line;
    enum mfals_status done = answer(&program, argc, argv);
    free(line);
    *needs_ranks = program.needs_ranks && done == MFALS_OK;
    return done;
}
