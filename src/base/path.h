/* Names of files. All local. */
#ifndef BASE_PATH_H
#define BASE_PATH_H

#include <stdbool.h>
#include <stddef.h>

/* Whether path ends with `end`, and is more than that; with one of count ends. */
bool path_ends_with(const char *path, const char *end);
bool path_ends_with_one(const char *path, const char *const *ends, size_t count);

#endif
