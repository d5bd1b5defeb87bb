/* The file of --config: a line "name = value" an option, in the names of the command line; # begins a
 * comment. */
#ifndef OPTIONS_CONFIG_FILE_H
#define OPTIONS_CONFIG_FILE_H

#include "comm/comm.h"
#include "options/option_inputs.h"

enum { CONFIG_MAX_BYTES = 1 << 20 };

/* [collective] Rank 0 reads the file at path, all give the options in it. *values, owned by the caller, NULL if
 * nothing was read, keeps their texts. MFALS_NO_INPUT, or MFALS_USAGE with "file:line: reason". */
status config_file_read(struct option_inputs *inputs, char **values, const struct comm *comm,
                        const char *path);

/* [local] The same from text[0..length), terminated; path is for messages. values: room for length + 1 bytes. */
status config_file_parse(struct option_inputs *inputs, char *values, const char *path, const char *text,
                         int64_t length);

#endif
