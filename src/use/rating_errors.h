/* Errors of predicted ratings, where the prediction is a model's score: the mean, the biases and the product, a part that
 * is not known being 0. Of an unknown user or item that is the mean and the bias of the other; without biases it is the
 * mean, and 0 of models that have none. */
#ifndef USE_RATING_ERRORS_H
#define USE_RATING_ERRORS_H

#include "ratings/match.h"
#include "use/metrics.h"
#include "use/model_view.h"
#include "use/scorer.h"

/* Columns of sums: doubles, for exact_sum_tiles. */
enum { ERROR_SQUARES, ERROR_ABSOLUTES, ERROR_SUMS };

/* [local] A score brought into the range, which may be NULL; NaN stays. */
double range_clip(const struct value_range *range, double score);

/* [local] Adds the error of a predicted rating. MFALS_BAD_DATA where the score is not finite. */
status rating_errors_add(double sums[ERROR_SUMS], double value, double score, const struct value_range *clip);

/* [collective] errors <- those of pairs of unknown users or items of all ranks, the same bits on any number of them.
 *   scorer   of the view's items
 *   unknown  this rank's; NULL on all ranks for none */
status rating_errors_unknown(struct rating_errors *errors, const struct comm *comm,
                             const struct model_view *view, const struct scorer *scorer,
                             const struct unknown_pairs *unknown, const struct value_range *clip);

#endif
