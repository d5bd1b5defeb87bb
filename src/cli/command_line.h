/* The command line by the library's table of options (argp). */
#ifndef CLI_COMMAND_LINE_H
#define CLI_COMMAND_LINE_H

#include "cli/program.h"

/* Asked for in place of a run. */
enum ask { ASK_NOTHING, ASK_HELP, ASK_VERSION };

/* [collective] Makes the options of the program's command: their defaults, then the file of --config, then the
 * command line, argv[1] and on; the other words there are the program's words (argp may reorder argv). MFALS_USAGE
 * with one line for whatever is wrong in either, also by what another option says; MFALS_NO_INPUT where the file
 * cannot be read; the options are the caller's to free in any case. */
enum mfals_status command_line_load(struct program *program, enum ask *ask, int argc, char **argv);

/* [local] Sets the program's options and its words from argv[1] and on. *config: the file of --config, else left as
 * it is. */
enum mfals_status command_line_parse(struct program *program, enum ask *ask, const char **config, int argc,
                                     char **argv);

/* [local] The help of the program's command to stdout. */
enum mfals_status command_line_help(const struct program *program);

#endif
