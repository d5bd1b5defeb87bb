/* How files of ratings are to be read: the user's choices, the same on every rank. */
#ifndef READ_OPTIONS_H
#define READ_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum ratings_format {
    FORMAT_AUTO,
    FORMAT_TSV,
    FORMAT_CSV,
    FORMAT_SPACE,
    FORMAT_MOVIELENS,
    FORMAT_MTX,
    FORMAT_ADJACENCY
};

/* Integers where all ids of a side are, or what the user says. */
enum ids_rule { IDS_AUTO, IDS_INTEGER, IDS_TEXT };

/* Whether ratings are read with their times. A column that nothing names a time is taken for one only where times are
 * needed: by --holdout-last, or by --half-life. */
enum rating_times { TIMES_NONE, TIMES_IF_ANY, TIMES_NEEDED, TIMES_NEEDED_FOR_AGES };

/* [local] The option that needs times; NULL: none does. */
static inline const char *times_needed_by(enum rating_times times)
{
    return times == TIMES_NEEDED ? "--holdout-last" : times == TIMES_NEEDED_FOR_AGES ? "--half-life" : NULL;
}

/* Texts are not owned and may be NULL. */
struct read_options {
    char **paths; /* not owned: files, or directories of part files */
    int path_count;
    enum ratings_format format;
    const char
        *columns; /* "user,item,rating,time" in the file's order, "-" for one to ignore; or by their names,
                            "user=visitorid,item=itemid,rating=-"; NULL: as they come */
    const char *separator; /* as separator_parse; NULL: as it looks */
    const char *header;    /* "yes", "no" or a number of lines; NULL, "auto": as it looks */
    enum ids_rule ids;
    const char *encoding; /* of text without a byte order mark, as iconv names it; NULL: UTF-8 */
    bool skip_bad_lines;
    double bad_line_limit; /* of all lines, how many may be bad where they are skipped: a share */
    enum rating_times times;
    bool weights; /* the column that `columns` calls weight is read; else it is passed over */
};

#endif
