/* Factors for users the model has never seen: one exact row solve each, against the model's items.
 *
 *     struct folded folded;
 *     TRY(fold_in(&folded, &comm, &view, &users, &by_user, &options));
 *     struct model_view with = folded_view(&folded, &view, &users);      its users are the new ones
 *     folded_free(&folded);
 */
#ifndef USE_FOLD_IN_H
#define USE_FOLD_IN_H

#include "comm/comm.h"
#include "ratings/match.h"
#include "ratings/ratings.h"
#include "solve/options.h"
#include "use/model_view.h"

struct folded {
    float *factors; /* owned: [own users x k] */
    float *bias;    /* owned: [own users]; NULL where the model has none */
};

/* [collective] Solves each user of by_user (this rank's; columns are item rows of the view) exactly as a
 * half-iteration of training with these options would, against the view's items; a user without ratings gets 0.
 * users: their ids and partition; the numbers of factors and the unobserved weight are the view's, not those of options.
 * *folded is set in any case, and is the caller's to free. MFALS_BAD_DATA names a user without a solution. */
status fold_in(struct folded *folded, const struct comm *comm, const struct model_view *view,
               const struct known_ids *users, const struct csr *by_user, const struct solve_options *options);

/* [local] The view with the folded users in place of its own; nothing in it is owned. */
struct model_view folded_view(const struct folded *folded, const struct model_view *view,
                              const struct known_ids *users);

/* [local] Accepts a zeroed struct. */
void folded_free(struct folded *folded);

#endif
