/* Runs a command.
 *
 *     enum mfals_status done = dispatch(context, MPI_COMM_WORLD, argc, argv);
 */
#ifndef CLI_DISPATCH_H
#define CLI_DISPATCH_H

#include "cli/program.h"

/* [collective] Runs the command that argv[1] names, or train, on the other arguments. argp may reorder argv. */
enum mfals_status dispatch(struct mfals_context *context, MPI_Comm comm, int argc, char **argv);

/* [collective] Does a command's work. */
typedef enum mfals_status command_function(struct program *program);

command_function cmd_train, cmd_evaluate, cmd_recommend, cmd_similar, cmd_convert, cmd_generate, cmd_info,
    cmd_check, cmd_plan;

#endif
