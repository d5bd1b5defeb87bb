/* The commands of mfals. To add one: cli/<name>.c with its function, a line in the table of cli/main.c, a
 * test. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "comm/comm.h"

/* [collective] Runs a command on its arguments: argv[0] is the command's name or the program's. */
typedef status command_function(const struct comm *comm, int argc, char **argv);

struct command {
    const char *name;
    command_function *run;
    const char *help;
};

command_function cmd_train;

#endif
