/* What a rating contributes to the problem of a row: decided here alone. To add a weight of ratings: a choice of
 * --weight, its name in enum rating_scale, and a case of scaled_rating.
 *
 * The row's problem is, over its ratings j of value r_j, D its ridge (solve/kernel.h),
 *     (D + sum w_j y_j y_j') x = sum b_j y_j,
 *
 * - Hu et al. (ICDM 2008): w = alpha s(r) v, b = 1 + w
 * - Rendle et al. (RecSys 2022): w = alpha s(r) v or v, b = w
 * - explicit models: w = v, b = v (r - mean - bias of y), the mean being sum v r / sum v of all ratings
 *
 * where s(r) = r, or log(1 + r / epsilon), and v is the rating's own weight (struct csr), 1 where there are none. A negative
 * rating of the first two, r <= 0 under --nonpositive negative, has w of s(|r|) and b = 0: its target is 0. Ridges go by
 * numbers of ratings, whatever these weigh. */
#ifndef SOLVE_WEIGHTING_H
#define SOLVE_WEIGHTING_H

#include "ratings/ratings.h"
#include "solve/options.h"

#include <float.h>
#include <math.h>

struct weighting {
    enum weights kind;
    float alpha, mean;
};

/* [local] Without the mean, which is the ratings'. weighed: ratings have weights of their own. */
struct weighting weighting_of(const struct solve_options *options, bool weighed);

/* [local] *scaled <- what weight_of takes, of the ratings of csr, below 0 or -0 of negative ones, owned by the caller; NULL
 * where that is r or, of explicit models, nothing. MFALS_NO_MEMORY. */
status weighting_values(float **scaled, const struct csr *csr, const struct solve_options *options);

/* [local] Whether an implicit rating of that s(r) v has the target 0. */
static inline bool is_negative(float value)
{
    return signbit(value);
}

/* [local] w of an implicit rating whose s(r) v is `value`; or v, where w is v. At least FLT_MIN, whose square root still has
 * a reciprocal. */
static inline float weight_of(const struct weighting *weighting, float value)
{
    bool valued = weighting->kind == WEIGHTS_HU || weighting->kind == WEIGHTS_RENDLE;
    float weight = valued ? weighting->alpha * fabsf(value) : 1;
    return weight < FLT_MIN ? FLT_MIN : weight;
}

#endif
