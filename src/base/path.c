#include "base/path.h"

#include <string.h>

bool path_ends_with(const char *path, const char *end)
{
    size_t length = strlen(path), end_length = strlen(end);
    return length > end_length && strcmp(path + length - end_length, end) == 0;
}

bool path_ends_with_one(const char *path, const char *const *ends, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (path_ends_with(path, ends[i]))
            return true;
    return false;
}
