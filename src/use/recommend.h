/* The best items for users, and the items most similar to one.
 *
 *     TRY(recommend(&comm, &view, &users, &seen, &options, write_line, context));
 */
#ifndef USE_RECOMMEND_H
#define USE_RECOMMEND_H

#include "comm/comm.h"
#include "ratings/ratings.h"
#include "solve/kernel.h"
#include "use/model_view.h"
#include "use/top.h"

struct recommend_options {
    int top; /* items per user, >= 1 */
    int replica;
    const char *kernel;
    bool clip; /* of recommend: listed scores are brought into the range of the training's values */
};

/* One user's list, best first, ties by item row; fewer than options.top where the user has seen nearly all. */
typedef status recommendation_writer(int64_t own_user, const struct top_entry *entries, int count,
                                     void *context);

/* [collective] Calls write on each rank, in the order of its rows, for its users with wanted[i] != 0 (NULL: for all).
 * A user without factors gets no list, an item without factors is in none; how many there are is said.
 * With options.clip scores are ranked as they are, then clipped; fails as view_check_range.
 * Items that the user has in `seen` (by user, this rank's; may be NULL) are left out. A status of write that is not
 * MFALS_OK ends the work on all ranks. */
status recommend(const struct comm *comm, const struct model_view *view, const char *wanted,
                 const struct csr *seen, const struct recommend_options *options,
                 recommendation_writer *write, void *context);

/* [collective] The options.top items nearest by cosine to each of count items, given by their rows (the same on all
 * ranks), without the item itself; entries: out, [count x top] on every rank, filled[c] of each. Biases don't count.
 * An item whose factors are all 0 is similar to nothing. */
status similar(const struct comm *comm, const struct model_view *view, const int64_t *items, int64_t count,
               const struct recommend_options *options, struct top_entry *entries, int *filled);

#endif
