#include "solve/training_stats.h"

#include "comm/exact_sum.h"
#include "comm/partition.h"
#include "solve/gram.h"
#include "solve/model.h"
#include "solve/ridge.h"
#include "solve/rows.h"

#include <math.h>
#include <string.h>

/* Sums over rated cells and rows, a tile at a time: these columns of `partials`. */
enum { PREFERENCES, WEIGHTED_ERRORS }; /* of implicit models */
enum {
    SQUARED_ERRORS,
    ABSOLUTE_ERRORS,
    WEIGHED_ERRORS
}; /* of explicit ones; the last where ratings have weights */
enum { RIDGE = 3 };

/* The side whose rows are scored against the other, which must be whole in the window. */
static enum side scored_side(const struct model *model)
{
    return model->options->algorithm == ALGORITHM_SGD ? USERS : ITEMS;
}

/* |x|^2, in a few sums that do not wait for each other. */
static double sum_squares(const float *x, int64_t k)
{
    enum { SUMS = 8 };
    double sums[SUMS] = {0};
    int64_t c = 0;
    for (; k - c >= SUMS; c += SUMS)
        for (int l = 0; l < SUMS; l++)
            sums[l] += (double)x[c + l] * (double)x[c + l];
    for (; c < k; c++)
        sums[0] += (double)x[c] * (double)x[c];
    return ((sums[0] + sums[4]) + (sums[2] + sums[6])) + ((sums[1] + sums[5]) + (sums[3] + sums[7]));
}

/* lambda_u |x_u|^2, biases included. */
static double ridge(const struct model *model, enum side side, const float *x, int64_t row_ratings)
{
    double sum = sum_squares(x + model->first, model->k);
    if (model->biased) {
        double bias = (double)x[model_bias_place(model, side)];
        sum += bias * bias;
    }
    return model_row_lambda(model, side, row_ratings) * sum;
}

/* (p - s)^2 - s^2 and w (p - s)^2 over a row's rated cells, p being 1, and 0 of negative ratings. */
static void add_implicit(double *sums, const struct weighting *weighting, const float *values,
                         const double *scores, int64_t count)
{
    for (int64_t j = 0; j < count; j++) {
        double s = scores[j], weight = (double)weight_of(weighting, values[j]);
        double p = is_negative(values[j]) ? 0 : 1;
        sums[PREFERENCES] += p - 2 * p * s;
        sums[WEIGHTED_ERRORS] += weight * (p - s) * (p - s);
    }
}

/* weights may be NULL: all 1. */
static void add_explicit(double *sums, double mean, const float *values, const float *weights,
                         const double *scores, int64_t count)
{
    for (int64_t j = 0; j < count; j++) {
        double error = (double)values[j] - mean - scores[j];
        sums[SQUARED_ERRORS] += error * error;
        sums[ABSOLUTE_ERRORS] += fabs(error);
        if (weights != NULL)
            sums[WEIGHED_ERRORS] += (double)weights[j] * error * error;
    }
}

/* scores[j] = x_u . y_i, with both biases. In the rows of als the other side's bias is no part of the product. */
static void score_row(const struct model *model, enum side side, const float *x, const struct row *row)
{
    struct fixed_side other = {
        .rows = model->side[!side].rows.data, .row_floats = model->row_floats, .padding = model->padding};
    double *scores = model->scratch.scores, *wide = model->scratch.row;
    bool apart = model->biased && model->options->algorithm == ALGORITHM_ALS;
    for (int64_t c = 0; c < model->row_floats; c++)
        wide[c] = (double)x[c];
    if (apart) {
        wide[model->row_floats - 1] = wide[model->padding - 1];
        wide[model->padding - 1] = 0;
    }
    model->kernel->scores(scores, wide, &other, row);
    for (int64_t j = 0; apart && j < row->count; j++)
        scores[j] += (double)other.rows[(int64_t)row->column[j] * other.row_floats + other.padding - 1];
}

/* [local] partials[tile][STAT_SUMS] of this rank's rows of a side. */
static void measure_local(struct model *model, enum side side)
{
    const struct csr *csr = &model->rated[side];
    const float *x = model_own_rows(model, side);
    double *partials = model->scratch.partials;
    memset(partials, 0, (size_t)(model_own_tiles(model, side) * STAT_SUMS) * sizeof *partials);
    for (int64_t i = 0; i < csr->rows; i++, x += model->row_floats) {
        double *sums = partials + i / TILE_ROWS * STAT_SUMS;
        int64_t first = csr->start[i], count = csr->start[i + 1] - first;
        sums[RIDGE] += ridge(model, side, x, count);
        if (side != scored_side(model))
            continue;
        struct row row = {.column = csr->column + first,
                          .count = count,
                          .following = csr->start[csr->rows] - csr->start[i + 1]};
        score_row(model, side, x, &row);
        if (model->options->algorithm == ALGORITHM_IALS)
            add_implicit(sums, &model->weighting, csr->value + first, model->scratch.scores, count);
        else
            add_explicit(sums, model->mean, csr->value + first,
                         csr->weight == NULL ? NULL : csr->weight + first, model->scratch.scores, count);
    }
}

static status sum_side(struct model *model, enum side side, double *sums)
{
    double mine[STAT_SUMS];
    int64_t all_tiles = model->ratings->rows[side] / TILE_ROWS + 1;
    measure_local(model, side);
    TRY(exact_sum_tiles(model->comm, mine, STAT_SUMS, model->scratch.partials, model_own_tiles(model, side),
                        all_tiles));
    for (int c = 0; c < STAT_SUMS; c++)
        sums[c] += mine[c];
    return MFALS_OK;
}

static double trace(const double *a, int64_t k)
{
    double sum = 0;
    for (int64_t i = 0; i < k; i++)
        sum += a[i * k + i];
    return sum;
}

/* The sum over all cells of p_u q_i s^2 is trace((X' diag(p) X)(Y' diag(q) Y)). */
static double trace_of_product(const double *a, const double *b, int64_t k)
{
    double sum = 0;
    for (int64_t i = 0; i < k * k; i++)
        sum += a[i] * b[i];
    return sum;
}

static void find_implicit(struct training_stats *stats, const struct model *model, const double *sums)
{
    const struct factors *users = &model->side[USERS], *items = &model->side[ITEMS];
    const double *gram_users = users->plain_gram != NULL ? users->plain_gram : users->gram,
                 *gram_items = items->plain_gram != NULL ? items->plain_gram : items->gram;
    double m = (double)model->ratings->rows[USERS], n = (double)model->ratings->rows[ITEMS], k = model->k;
    double all_squares = trace_of_product(gram_users, gram_items, model->k);
    double weighted_squares = trace_of_product(users->gram, items->gram, model->k);
    double errors = model->unobserved_weight * weighted_squares + sums[WEIGHTED_ERRORS] +
                    (model->weighting.kind == WEIGHTS_HU ? sums[PREFERENCES] : 0);
    errors = fmax(errors, 0); /* a perfect fit leaves rounding errors of either sign */
    stats->predict_error = fmax(all_squares + sums[PREFERENCES], 0) / (m * n);
    stats->confidence_error = errors / (m * n);
    stats->regularization = model->options->lambda *
                            (trace(gram_users, model->k) / (m * k) + trace(gram_items, model->k) / (n * k));
    stats->total_loss = stats->confidence_error + stats->regularization;
    stats->objective = errors + sums[RIDGE];
}

static void find_explicit(struct training_stats *stats, const struct model *model, const double *sums)
{
    double count = (double)model->ratings->count;
    stats->rmse = sqrt(sums[SQUARED_ERRORS] / count);
    stats->mae = sums[ABSOLUTE_ERRORS] / count;
    stats->objective = sums[model->ratings->weighed ? WEIGHED_ERRORS : SQUARED_ERRORS] + sums[RIDGE];
}

status measure(struct model *model, struct training_stats *stats)
{
    double sums[STAT_SUMS] = {0};
    for (int side = USERS; side <= ITEMS; side++) {
        TRY(sum_side(model, side, sums));
        if (model->side[side].plain_gram != NULL)
            TRY(plain_gram(model, side));
    }
    if (model->options->algorithm == ALGORITHM_IALS)
        find_implicit(stats, model, sums);
    else
        find_explicit(stats, model, sums);
    return MFALS_OK;
}
