/* Factors for users the model has never seen: one exact row solve each, against the model's items.
 *
 *     struct folded folded;
 *     TRY(fold_in(&folded, &comm, &view, &by_user, &options));
 *     folded_free(&folded);
 */
#ifndef USE_FOLD_IN_H
#define USE_FOLD_IN_H

#include "comm/comm.h"
#include "ratings/ratings.h"
#include "solve/options.h"
#include "use/model_view.h"

struct folded {
    float *factors; /* owned: [own users x row_floats], the k numbers of user i begin at factors + i * row_floats + padding */
    float *bias;    /* owned: [own users]; NULL where the model has none */
    int64_t row_floats;
    int padding;
};

/* [collective] Solves each user of by_user (this rank's; columns are item rows of the view) exactly as a
 * half-iteration of training with these options would, against the view's items; a user without ratings gets 0.
 * *folded is set in any case, and is the caller's to free. */
status fold_in(struct folded *folded, const struct comm *comm, const struct model_view *view,
               const struct csr *by_user, const struct solve_options *options);

/* [local] Accepts a zeroed struct. */
void folded_free(struct folded *folded);

#endif
