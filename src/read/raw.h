/* Ratings as read: each rank's share of the input, ids as numbers of its own dictionaries.
 *
 *     struct raw_ratings raw;
 *     TRY(raw_ratings_read(&raw, &comm, &options));
 *     for (int64_t i = 0; i < raw.count; i++) {
 *         const struct raw_rating *r = &raw.ratings[i];
 *         const char *user = dictionary_text(&raw.ids[USERS], r->id[USERS], &length);
 *     }
 *     raw_ratings_free(&raw);
 */
#ifndef READ_RAW_H
#define READ_RAW_H

#include "comm/comm.h"
#include "read/dictionary.h"
#include "read/options.h"

struct raw_rating {
    int64_t position; /* its line's place in the input: grows from line to line and from file to file */
    uint32_t id[2];   /* entries of ids[USERS], ids[ITEMS] */
    float value;      /* finite; 1 where the input has no such column */
    uint32_t later;   /* for combine_ratings: how many of its user's ratings are of a later time */
};

struct raw_ratings {
    struct raw_rating *ratings; /* owned */
    int64_t count, capacity;
    bool timed;
    int64_t *times; /* owned: of each rating, if timed; else NULL */
    int64_t time_capacity;
    bool weighed;
    float *weights; /* owned: of each rating, at least FLT_MIN, if weighed; else NULL: all 1 */
    int64_t weight_capacity;
    struct dictionary ids[2];
    int64_t lines;     /* data lines of this rank's share */
    int64_t bad_lines; /* of these, skipped for being malformed (options->skip_bad_lines) */
    int64_t longer;    /* of the ratings, lines with more columns than the first line, which has no others */
    int64_t rounded;   /* of the ratings, whole numbers that a float does not hold */
    int64_t declared[2];       /* MatrixMarket: rows and columns of the matrix, ids being 1..rows; else 0 */
    int64_t bytes;             /* bytes of text parsed by this rank */
    int64_t files, file_bytes; /* of the whole input, as it lies there */
};

/* [collective] Reads this rank's share: a byte range of the plain files, blocks of the compressed ones. No rank reads
 * all. options must be the same on all ranks. The first error by position in the input is everyone's: MFALS_NO_INPUT
 * where a file cannot be opened, MFALS_IO where reading fails, MFALS_BAD_DATA with "file:line:column: reason".
 * *raw is set in any case, and is the caller's to free. */
status raw_ratings_read(struct raw_ratings *raw, const struct comm *comm, const struct read_options *options);

/* [local] Accepts a zeroed struct. */
void raw_ratings_free(struct raw_ratings *raw);

#endif
