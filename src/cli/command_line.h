/* The command line by the option table (argp). */
#ifndef CLI_COMMAND_LINE_H
#define CLI_COMMAND_LINE_H

#include "api/options.h"

/* [local] Sets the options that argv[1] and on give, and the other words. argp may reorder argv.
 * settings->command says which options there are. MFALS_USAGE with one line; nothing is printed. */
status command_line_parse(struct settings *settings, int argc, char **argv);

/* [collective] Sets the options of a command: their defaults, then the file of --config, then the command line,
 * argv[1] and on; other words there stay in argv (argp may reorder it). MFALS_USAGE for whatever is wrong in either,
 * also by what another option says; MFALS_NO_INPUT where the file cannot be read. */
status settings_load(struct settings *settings, const struct comm *comm, const struct command *command,
                     int argc, char **argv);

/* [local] The title of a command's group of options. */
const char *command_line_title(const struct command *command, enum option_group group);

/* [local] The help of a command to stdout. */
status command_line_help(const struct command *command);

#endif
