/* The values of options: from text into a configuration, and back into the list of those in force. All local. */
#ifndef OPTIONS_OPTION_VALUES_H
#define OPTIONS_OPTION_VALUES_H

#include "base/status.h"
#include "options/option_table.h"
#include "store/attribute.h"

/* Sets an option from text (NULL, "yes" or "no" for a flag or a switch). Text is kept by reference.
 * MFALS_USAGE with "--name: 'text' is not ..." for anything but a valid value. */
status option_parse(struct run_config *config, const struct option_row *option, const char *text);

/* Whether a flag is the one in force of those that set its field. */
bool option_is_on(const struct run_config *config, const struct option_row *flag);

/* The option's value in force, under its own name; false if it has none. Texts point into config. */
bool option_in_force(struct attribute *value, const struct run_config *config,
                     const struct option_row *option);

#endif
