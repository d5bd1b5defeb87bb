/* Names of files. All local. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* Whether path ends with `end`, in upper case or lower, and is more than that; with one of count ends. */
bool path_ends_with(const char *path, const char *end);
bool path_ends_with_one(const char *path, const char *const *ends, size_t count);

/* Whether path ends as files of a known format do that is none of `ours`, count ends. */
bool path_names_other_format(const char *path, const char *const *ours, size_t count);

#endif
