/* Ratings that a program hands over in arrays, as if they had been read. */
#ifndef RATINGS_FROM_ARRAYS_H
#define RATINGS_FROM_ARRAYS_H

#include "comm/comm.h"
#include "read/raw.h"

/* A rank's own, [count] each; of a side either ids or texts. Nothing in it is owned. */
struct rating_arrays {
    const int64_t *ids[2];
    const char *const *texts[2];
    const float *values;  /* NULL: all 1 */
    const int64_t *times; /* NULL: none */
    int64_t count;
};

/* [collective] Times are there if every rank that has ratings gives them. raw is to be freed in any case. MFALS_USAGE for a negative count, and for
 * an array that is missing on a rank that has ratings; MFALS_BAD_DATA for an id that is no UTF-8 text of 1 to
 * ID_MAX_BYTES bytes, a value that is not finite, and where no rank has a rating. */
status raw_ratings_from_arrays(struct raw_ratings *raw, const struct comm *comm,
                               const struct rating_arrays *arrays, enum rating_times times);

#endif
