/* The ridge of a row: D = diag(p_u g + lambda_u), solve/kernel.h. */
#ifndef SOLVE_RIDGE_H
#define SOLVE_RIDGE_H

#include "solve/model.h"

/* [local] lambda_u of a row of `side` with n_u ratings, n being the rows of the other side: lambda (n_u + a0 p_u n)^nu
 * of ials, lambda n_u^nu of als, lambda n_u of sgd, whose every step on a rating shrinks the row. */
double model_row_lambda(const struct model *model, enum side side, int64_t row_ratings);

/* [local] p and lambda of the row of `side` whose ridge is the least part of its eigenvalues: it has the largest p. */
double model_least_ridge(double *p, const struct model *model, enum side side);

/* [local] p_u and lambda_u of such a row, for the kernels. */
void model_set_ridge(struct row *row, const struct model *model, enum side side, int64_t row_ratings);

#endif
