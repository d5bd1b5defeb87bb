/* The file of --config: a line "name = value" an option, in the names of the command line; # begins a
 * comment. */
#ifndef API_CONFIG_FILE_H
#define API_CONFIG_FILE_H

#include "api/settings.h"

enum { CONFIG_MAX_BYTES = 1 << 20 };

/* [collective] Rank 0 reads the file at path, all set the options in it. MFALS_NO_INPUT, or MFALS_USAGE with
 * "file:line: reason". */
status config_file_read(struct settings *settings, const struct comm *comm, const char *path);

/* [local] The same from text[0..length), terminated; path is for messages. settings->config_values must have
 * room for length + 1 bytes and takes the values. */
status config_file_parse(struct settings *settings, const char *path, const char *text, int64_t length);

#endif
