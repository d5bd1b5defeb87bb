#include "solve/draw.h"
#include "base/random.h"

#include <math.h>

static void draw_row(const struct model *model, enum side side, int64_t row, float *x)
{
    const struct solve_options *options = model->options;
    enum random_purpose purpose = side == USERS ? RANDOM_USER_FACTORS : RANDOM_ITEM_FACTORS;
    for (int c = 0; c < model->k; c++) {
        double drawn = options->init == INIT_NORMAL ? random_normal(options->seed, purpose, row, c)
                                                    : random_uniform(options->seed, purpose, row, c);
        x[model->first + c] = (float)(options->init_scale * (options->nonnegative ? fabs(drawn) : drawn));
    }
    if (!model->biased)
        return;
    x[model->padding - 1] = 1;
    x[model->row_floats - 1] = 1;
    x[model_bias_place(model, side)] = 0;
}

/* Rows without ratings, which no step of sgd would ever change, have no factors. */
static bool stays_empty(const struct model *model, enum side side, int64_t i)
{
    const int64_t *start = model->rated[side].start;
    return model->options->algorithm == ALGORITHM_SGD && start[i] == start[i + 1];
}

void draw_factors(struct model *model)
{
    for (int side = USERS; side <= ITEMS; side++)
        for (int64_t i = 0; i < model_own_count(model, side); i++)
            if (!stays_empty(model, side, i))
                draw_row(model, side, model->side[side].offsets[model->comm->rank] + i,
                         model_own_rows(model, side) + i * model->row_floats);
}
