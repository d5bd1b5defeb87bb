/* The command line by the option table (argp). All local. */
#ifndef CLI_COMMAND_LINE_H
#define CLI_COMMAND_LINE_H

#include "cli/settings.h"

/* [local] Sets the options that argv[1] and on give, and the other words. argp may reorder argv.
 * settings->command says which options there are. MFALS_USAGE with one line; nothing is printed. */
status command_line_parse(struct settings *settings, int argc, char **argv);

/* [local] The help of a command to stdout. */
status command_line_help(const struct command *command);

#endif
