/* Several ratings of one user for one item become one.
 *
 *     struct pairs pairs;
 *     TRY(combine_ratings(&pairs, &comm, ratings, count, options, ids, offsets));
 *     pairs_free(&pairs);
 */
#ifndef RATINGS_COMBINE_H
#define RATINGS_COMBINE_H

#include "ratings/csr.h"

struct pairs {
    struct pair *pair; /* owned: sorted by user, then item, each pair once */
    int64_t count;
    int64_t duplicates, left_out; /* ratings merged into another; pairs dropped by options->positive_only */
};

/* [collective] All ratings of this rank's users, combined in the order of their positions.
 *   pairs    out, set in any case, the caller's to free
 *   ratings  with rows in place of their ids: `id` holds the user's row and the item's; in any order
 *   ids      the ids of both sides under offsets, in which to name a pair
 *   offsets  the partitions; every rating's user is in this rank's range of offsets[USERS]
 * MFALS_BAD_DATA for a duplicate where it is an error, and for a sum that is not finite: of all ranks'
 * conflicts the one at the lowest position. */
status combine_ratings(struct pairs *pairs, const struct comm *comm, const struct raw_rating *ratings,
                       int64_t count, const struct ratings_options *options, const struct ids ids[2],
                       int64_t *const offsets[2]);

/* [local] Accepts a zeroed struct. */
void pairs_free(struct pairs *pairs);

#endif
