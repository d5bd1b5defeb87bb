/* Which rank sorts which keys: ranges of nearly equal size, from a regular sample (Shi and Schaeffer, J.
 * Parallel and Distributed Computing 14, 1992).
 *
 *     TRY(sample_sort_owners(owner, &comm, &type, keys, count));     rank owner[i] sorts key i
 *
 * All keys of a lower rank are less than those of a higher one, and equal keys have the same owner.
 */
#ifndef RATINGS_SAMPLE_SORT_H
#define RATINGS_SAMPLE_SORT_H

#include "ratings/keys.h"

/* [collective] owner: out, count values in the caller's memory; keys in any order. type must be the same on
 * all ranks, count may be 0. */
status sample_sort_owners(int *owner, const struct comm *comm, const struct key_type *type, const char *keys,
                          int64_t count);

#endif
