#include "solve/fold.h"

#include "base/watchdog.h"
#include "solve/eigenbasis.h"
#include "solve/gram.h"
#include "solve/model.h"
#include "solve/rows.h"
#include "solve/work_split.h"

#include <string.h>

static void set_items(struct model *model, const struct given_items *items)
{
    float *own = model_own_rows(model, ITEMS);
    int place = model_bias_place(model, ITEMS);
    for (int64_t i = 0; i < model_own_count(model, ITEMS); i++) {
        float *row = own + i * model->row_floats;
        memcpy(row + model->first, items->factors + i * items->row_floats, (size_t)model->k * sizeof *row);
        if (place >= 0)
            row[place] = items->bias[i * items->bias_step];
    }
    if (items->counts != NULL)
        memcpy(model->side[ITEMS].counts, items->counts,
               (size_t)model_own_count(model, ITEMS) * sizeof *items->counts);
    for (int side = USERS; items->counts != NULL && side <= ITEMS; side++)
        model->side[side].weights = items->weights[side];
    model->mean = items->mean;
    model->weighting.mean = (float)items->mean;
}

/* x <- x Q' */
static void rotate_back(float *x, const struct model *model, const float *rotated, double *row)
{
    const double *back = model->eigenbasis.back;
    memset(row, 0, (size_t)model->k * sizeof *row);
    for (int j = 0; j < model->k; j++)
        for (int i = 0; i < model->k; i++)
            row[i] += (double)rotated[j] * back[(int64_t)j * model->k + i];
    for (int i = 0; i < model->k; i++)
        x[i] = (float)row[i];
}

/* The solved rows in the coordinates of the items as they were given. */
static status bring_back(float *x, float *bias, const struct model *model)
{
    int64_t step, row_floats, k = model->k;
    const float *solved = model_rows(model, USERS, &row_floats),
                *solved_bias = model_bias(model, USERS, &step);
    bool rotated = solve_options_rotates(model->options);
    scoped double *row = NULL;
    TRY(allocate(&row, k));
    for (int64_t i = 0; i < model_own_count(model, USERS); i++) {
        watchdog_note();
        if (rotated)
            rotate_back(x + i * k, model, solved + i * row_floats, row);
        else
            memcpy(x + i * k, solved + i * row_floats, (size_t)k * sizeof *x);
        if (solved_bias != NULL)
            bias[i] = solved_bias[i * step];
    }
    return MFALS_OK;
}

/* [collective] */
static status solve_users(struct model *model)
{
    int64_t in_double = 0;
    double seconds = 0;
    TRY(agree(model->comm, solve_rows(model, USERS, &in_double)));
    return work_split_return(model, USERS, &in_double, &seconds);
}

static status solve_with(float *x, float *bias, struct model *model, const struct given_items *items)
{
    set_items(model, items);
    exchange_rows(model->side[ITEMS].exchange);
    if (model->options->algorithm == ALGORITHM_IALS) {
        TRY(gram(model, ITEMS));
        if (solve_options_rotates(model->options))
            TRY(rotate_to_eigenbasis(model, ITEMS));
    }
    TRY(solve_users(model));
    return agree(model->comm, bring_back(x, bias, model));
}

status solve_new_users(float *x, float *bias, const struct comm *comm, const struct ratings *ratings,
                       const struct given_items *items, const struct solve_options *options)
{
    struct model *model;
    struct solve_options exact = *options;
    exact.biases = items->bias != NULL;
    exact.solver = SOLVER_EXACT;
    exact.axes = AXES_LAPACK; /* a single decomposition is not worth a grid and its own bits */
    if (options->algorithm == ALGORITHM_SGD) {
        exact.algorithm = ALGORITHM_ALS;
        exact.reg_exponent = 1;
    }
    TRY(model_open(&model, comm, ratings, &exact));
    status solved = solve_with(x, bias, model, items);
    model_free(&model);
    return solved;
}
