/* The commands of mfals. To add one: cli/<name>.c with its function, a bit here, a row in commands.c, a test.
 *
 *     const struct command *command = command_find("train");
 *     status result = command_run(command, &comm, argc, argv);
 */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "comm/comm.h"

struct settings;

/* Bits: a row of the option table names the commands it belongs to. */
enum command_bit {
    FOR_TRAIN = 1,
    FOR_EVALUATE = 2,
    FOR_RECOMMEND = 4,
    FOR_SIMILAR = 8,
    FOR_CONVERT = 16,
    FOR_GENERATE = 32,
    FOR_INFO = 64,
    FOR_CHECK = 128,
    FOR_PLAN = 256,
    FOR_ALL = 511
};

/* [collective] Does the command's work. */
typedef status command_function(const struct comm *comm, struct settings *settings);

struct command {
    const char *name;
    enum command_bit bit;
    command_function *run;
    int words_min, words_max; /* how many words besides options; words_max 0: any number, -1: none */
    const char *words;        /* what they are, for the usage line */
    const char *summary;      /* a line of mfals --help */
    const char *subject;      /* heads the first group of options in its own help */
    const char *description;  /* heads that help */
};

extern const struct command command_table[];
extern const int command_count;

/* [local] NULL if there is none of that name. */
const struct command *command_find(const char *name);

/* [collective] Runs a command on its arguments: argv[0] is its name or the program's. argp may reorder argv. */
status command_run(const struct command *command, const struct comm *comm, int argc, char **argv);

command_function cmd_train, cmd_evaluate, cmd_recommend, cmd_similar, cmd_convert, cmd_generate, cmd_info,
    cmd_check, cmd_plan;

#endif
