#include "comm/exact_sum.h"
#include "comm/partition.h"
#include "solve/model.h"

#include <string.h>

/* Sums over rated cells and rows, a tile at a time: these columns of `partials`. */
enum { PREFERENCES, WEIGHTED_ERRORS, RIDGE };

static double weight_of(const struct weighting *weighting, float value)
{
    return weighting->from_values ? (double)(weighting->alpha * value) : 1;
}

/* lambda_u |x_u|^2 */
static double ridge(const struct model *model, enum side side, const float *x, int64_t row_ratings)
{
    double sum = 0;
    for (int64_t c = model->padding; c < model->row_floats; c++)
        sum += (double)x[c] * (double)x[c];
    return model_row_lambda(model, side, row_ratings) * sum;
}

/* Sums of one row of items: (1 - s)^2 - s^2 = 1 - 2 s and w (1 - s)^2 over its rated cells. */
static void add_item(double *sums, const struct model *model, int64_t i, const float *y)
{
    const struct csr *csr = &model->ratings->by[ITEMS];
    struct fixed_side users = {model->side[USERS].rows.data, model->row_floats, model->padding, NULL};
    int64_t first = csr->start[i], count = csr->start[i + 1] - first;
    model->kernel->scores(model->scratch.scores, y, &users, csr->column + first, count);
    for (int64_t j = 0; j < count; j++) {
        double s = model->scratch.scores[j];
        sums[PREFERENCES] += 1 - 2 * s;
        sums[WEIGHTED_ERRORS] += weight_of(&model->weighting, csr->value[first + j]) * (1 - s) * (1 - s);
    }
}

/* [local] partials[tile][FIGURE_SUMS] of this rank's rows of a side. */
static void measure_local(struct model *model, enum side side)
{
    const struct csr *csr = &model->ratings->by[side];
    const float *x = model_own_rows(model, side);
    double *partials = model->scratch.partials;
    memset(partials, 0, (size_t)(model_own_tiles(model, side) * FIGURE_SUMS) * sizeof *partials);
    for (int64_t i = 0; i < csr->rows; i++, x += model->row_floats) {
        double *sums = partials + i / TILE_ROWS * FIGURE_SUMS;
        sums[RIDGE] += ridge(model, side, x, csr->start[i + 1] - csr->start[i]);
        if (side == ITEMS)
            add_item(sums, model, i, x);
    }
}

static status sum_side(struct model *model, enum side side, double *sums)
{
    int64_t all_tiles = model->ratings->rows[side] / TILE_ROWS + 1;
    measure_local(model, side);
    return exact_sum_tiles(model->comm, sums, FIGURE_SUMS, model->scratch.partials, model_own_tiles(model, side),
                           all_tiles);
}

static double trace(const double *a, int64_t k)
{
    double sum = 0;
    for (int64_t i = 0; i < k; i++)
        sum += a[i * k + i];
    return sum;
}

/* The sum over all cells of s^2 is trace((X'X)(Y'Y)). */
static double trace_of_product(const double *a, const double *b, int64_t k)
{
    double sum = 0;
    for (int64_t i = 0; i < k * k; i++)
        sum += a[i] * b[i];
    return sum;
}

status measure(struct model *model, struct figures *figures)
{
    double users[FIGURE_SUMS], items[FIGURE_SUMS];
    TRY(sum_side(model, USERS, users));
    TRY(sum_side(model, ITEMS, items));
    const double *gram_users = model->side[USERS].gram, *gram_items = model->side[ITEMS].gram;
    double m = (double)model->ratings->rows[USERS], n = (double)model->ratings->rows[ITEMS], k = model->k;
    double all_squares = trace_of_product(gram_users, gram_items, model->k);
    double errors = model->unobserved_weight * all_squares + items[WEIGHTED_ERRORS] +
                    (model->weighting.plus_one ? items[PREFERENCES] : 0);
    figures->predict_error = (all_squares + items[PREFERENCES]) / (m * n);
    figures->confidence_error = errors / (m * n);
    figures->regularization = model->options->lambda * (trace(gram_users, model->k) / (m * k) +
                                                        trace(gram_items, model->k) / (n * k));
    figures->total_loss = figures->confidence_error + figures->regularization;
    figures->objective = errors + users[RIDGE] + items[RIDGE];
    return MFALS_OK;
}
