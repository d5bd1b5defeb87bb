/* Which pairs are held out of the training. All local.
 *
 *     TRY(hold_out_split(&held_out, &fold_in, &pairs, &options->hold_out));     pairs: what is left to train on
 *
 * Of each user the pairs of the least keys are held out: keys drawn at random (HOLD_OUT_RANDOM, HOLD_OUT_USERS), or
 * the number of the user's ratings that are later (HOLD_OUT_LAST); among equal keys those of lower items. Of n pairs,
 * or of n with values above 0 where only these may be held out,
 * HOLD_OUT_RANDOM and HOLD_OUT_LAST hold out min(count, n - 1). HOLD_OUT_USERS keeps a user, drawn with probability
 * `share`, out whole: round(n / 5) pairs are held out, at least one of two or more; the others are to fold the user
 * in. Draws are keyed by rows: which rank makes them does not matter.
 */
#ifndef RATINGS_HOLD_OUT_H
#define RATINGS_HOLD_OUT_H

#include "ratings/combine.h"

/* [local] Splits the pairs, all those of each user among them, in their order.
 *   held_out, fold_in  out, set in any case, the caller's to free
 *   pairs              in: all; out: those to train on. On MFALS_NO_MEMORY unchanged. */
status hold_out_split(struct pairs *held_out, struct pairs *fold_in, struct pairs *pairs,
                      const struct hold_out *hold_out);

/* [local] Sets `later` in the ratings from their times; of equal times the one of the higher position is later.
 *   start  users + 1 values: user u's are ratings[start[u]] .. ratings[start[u + 1] - 1]; times alike */
status hold_out_order(struct raw_rating *ratings, const int64_t *times, const int64_t *start, int64_t users);

#endif
