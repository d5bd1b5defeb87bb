/* What the user gave: a text for each option, the latest. All local.
 *
 *     struct option_inputs inputs = {.command = command_find("train")};
 *     TRY(option_give(&inputs, option_find("factors", FOR_TRAIN), "32"));
 */
#ifndef OPTIONS_OPTION_INPUTS_H
#define OPTIONS_OPTION_INPUTS_H

#include "base/status.h"
#include "options/commands.h"

#include <stdbool.h>

enum { OPTIONS_MAX = 96 };

struct option_row;

/* Texts are not owned. */
struct option_inputs {
    const struct command *command;
    const char *text[OPTIONS_MAX]; /* by row of the option table; NULL: not given */
    char **operands;               /* those words of a command that are no options */
    int operand_count;
    const char *config_file; /* where options were read from, or NULL */
};

/* Gives an option of the command a text (NULL for a flag or a switch), which is kept by reference. MFALS_USAGE with
 * "--name: 'text' is not ..." for anything but a valid value. */
status option_give(struct option_inputs *inputs, const struct option_row *option, const char *text);

/* Whether the option was given. */
bool option_is_given(const struct option_inputs *inputs, const char *name);

#endif
