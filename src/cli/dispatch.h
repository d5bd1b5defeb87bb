/* Runs a command.
 *
 *     status result = command_run(command_find("train"), &comm, argc, argv);
 */
#ifndef CLI_DISPATCH_H
#define CLI_DISPATCH_H

#include "api/settings.h"

/* [collective] Runs a command on its arguments: argv[0] is its name or the program's. argp may reorder argv. */
status command_run(const struct command *command, const struct comm *comm, int argc, char **argv);

/* [collective] Does a command's work. */
typedef status command_function(const struct comm *comm, struct settings *settings);

command_function cmd_train, cmd_evaluate, cmd_recommend, cmd_similar, cmd_convert, cmd_generate, cmd_info,
    cmd_check, cmd_plan;

#endif
