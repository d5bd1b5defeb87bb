/* Several ratings of one user for one item become one.
 *
 *     struct pairs pairs;
 *     TRY(combine_ratings(&pairs, &comm, &raw, options, known, NULL));
 *     pairs_free(&pairs);
 */
#ifndef RATINGS_COMBINE_H
#define RATINGS_COMBINE_H

#include "ratings/csr.h"
#include "ratings/ids_find.h"

struct pairs {
    struct pair
        *pair; /* owned: sorted by user, then item, each pair once; options->keep_all: by user, then position,
                          every rating */
    uint32_t *
        later; /* owned, for HOLD_OUT_LAST, else NULL: how many of the user's ratings are later than the pair's
                          latest */
    float *weight; /* owned: of each, if weighed; else NULL: all 1 */
    bool weighed;  /* the same on all ranks */
    int64_t *time; /* owned: of each, if all are kept and have times; else NULL */
    int64_t count;
    int64_t duplicates;   /* ratings merged into another */
    struct pair *dropped; /* owned: those that options->positive_only drops, in the same order */
    int64_t dropped_count, dropped_capacity;
};

/* [collective] Brings the ratings to the owners of their users and combines them in the order of their positions, or
 * keeps them all.
 *   pairs    out, set in any case, the caller's to free: those of this rank's users
 *   raw      with rows in place of ids: `id` holds the user's row and the item's. Its ratings, times and
 *            weights are used up: freed and set to NULL. With weights not options->keep_all
 *   known    the ids and partitions of both sides
 *   more_items  items whose rows follow the known ones; NULL for none
 * MFALS_BAD_DATA for a duplicate where it is an error, and for a sum that is not finite: of all ranks'
 * conflicts the one at the lowest position. */
status combine_ratings(struct pairs *pairs, const struct comm *comm, struct raw_ratings *raw,
                       const struct ratings_options *options, const struct known_ids known[2],
                       const struct known_ids *more_items);

/* [local] Accepts a zeroed struct. */
void pairs_free(struct pairs *pairs);

#endif
