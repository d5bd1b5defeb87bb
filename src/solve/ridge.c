#include "solve/ridge.h"

#include <math.h>

/* lambda_u of n_u ratings and that p_u. */
static double lambda_of(const struct model *model, enum side side, int64_t row_ratings, double p)
{
    const struct solve_options *options = model->options;
    double n = (double)model->ratings->rows[side == USERS ? ITEMS : USERS];
    if (options->algorithm == ALGORITHM_SGD)
        return options->lambda * (double)row_ratings;
    if (options->reg_exponent == 0)
        return options->lambda;
    double everywhere = options->algorithm == ALGORITHM_IALS ? model->unobserved_weight * p * n : 0;
    return options->lambda * pow((double)row_ratings + everywhere, options->reg_exponent);
}

double model_row_lambda(const struct model *model, enum side side, int64_t row_ratings)
{
    return lambda_of(model, side, row_ratings, row_weight(&model->side[side].weights, row_ratings));
}

double model_least_ridge(double *p, const struct model *model, enum side side)
{
    *p = model->side[side].weights.largest;
    return lambda_of(model, side, 0, *p);
}

void model_set_ridge(struct row *row, const struct model *model, enum side side, int64_t row_ratings)
{
    row->unobserved = row_weight(&model->side[side].weights, row_ratings);
    row->lambda = lambda_of(model, side, row_ratings, row->unobserved);
}
