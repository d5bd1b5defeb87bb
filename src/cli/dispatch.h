/* Runs a command.
 *
 *     enum mfals_status done = dispatch(context, &launch, MPI_COMM_WORLD, &needs_ranks, argc, argv);
 */
#ifndef CLI_DISPATCH_H
#define CLI_DISPATCH_H

#include "cli/program.h"

/* [collective] Runs the command that argv[1] names, or train, on the other arguments. argp may reorder argv.
 * On MPI_COMM_NULL, as the context then is, this process answers by itself what needs no MPI: help, versions, a wrong
 * command line, what a file holds. *needs_ranks: nothing was wrong, nothing was done, and MPI is wanted. */
enum mfals_status dispatch(struct mfals_context *context, struct launch *launch, MPI_Comm comm,
                           bool *needs_ranks, int argc, char **argv);

/* [collective] Does a command's work. */
typedef enum mfals_status command_function(struct program *program);

command_function cmd_train, cmd_evaluate, cmd_recommend, cmd_similar, cmd_convert, cmd_generate, cmd_info,
    cmd_check, cmd_plan;

#endif
