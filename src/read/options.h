/* How files of ratings are to be read: the user's choices, the same on every rank. */
#ifndef READ_OPTIONS_H
#define READ_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum ratings_format { FORMAT_AUTO, FORMAT_TSV, FORMAT_CSV, FORMAT_SPACE, FORMAT_MOVIELENS, FORMAT_MTX };

struct read_options {
    char **paths; /* not owned: files, or directories of part files */
    int path_count;
    enum ratings_format format;
    const char
        *columns; /* "user,item,rating,time" in the file's order, "-" for one to ignore; NULL: as they come */
    bool skip_bad_lines;
    bool timed; /* the times of ratings are needed */
};

#endif
