/* How ratings are to be read: the user's choices, the same on every rank. */
#ifndef RATINGS_OPTIONS_H
#define RATINGS_OPTIONS_H

#include <stdbool.h>

enum ratings_format { FORMAT_AUTO, FORMAT_TSV, FORMAT_CSV, FORMAT_SPACE, FORMAT_MOVIELENS, FORMAT_MTX };

/* What becomes of several ratings of one user for one item, in the order of the input. */
enum duplicates { DUPLICATES_LAST, DUPLICATES_SUM, DUPLICATES_MEAN, DUPLICATES_ERROR };

struct ratings_options {
    char **paths; /* not owned: files, or directories of part files */
    int path_count;
    enum ratings_format format;
    const char *columns; /* "user,item,rating,time" in the file's order, "-" for one to ignore; NULL: as they come */
    enum duplicates duplicates;
    bool skip_bad_lines;
    bool positive_only; /* implicit models: pairs whose value, duplicates combined, is 0 or below are left out */
};

#endif
