#include "solve/fold.h"

#include "solve/model.h"

#include <string.h>

static void set_items(struct model *model, const float *y, int64_t row_floats)
{
    float *own = model_own_rows(model, ITEMS) + model->padding;
    for (int64_t i = 0; i < model_own_count(model, ITEMS); i++)
        memcpy(own + i * model->row_floats, y + i * row_floats, (size_t)model->k * sizeof *y);
}

/* x <- x Q' */
static void rotate_back(float *x, const struct model *model, const float *rotated, double *row)
{
    const double *vectors = model->axes.vectors;
    memset(row, 0, (size_t)model->k * sizeof *row);
    for (int j = 0; j < model->k; j++)
        for (int i = 0; i < model->k; i++)
            row[i] += (double)rotated[j] * vectors[(int64_t)j * model->k + i];
    for (int i = 0; i < model->k; i++)
        x[i] = (float)row[i];
}

static status solve_and_rotate_back(float *x, struct model *model)
{
    int64_t in_double = 0;
    scoped double *row = NULL;
    TRY(allocate(&row, model->k));
    TRY(solve_rows(model, USERS, &in_double));
    const float *rotated = model_own_rows(model, USERS) + model->padding;
    for (int64_t i = 0; i < model_own_count(model, USERS); i++)
        rotate_back(x + i * model->k, model, rotated + i * model->row_floats, row);
    return MFALS_OK;
}

/* [collective] */
static status solve_with(float *x, struct model *model, const float *y, int64_t row_floats)
{
    set_items(model, y, row_floats);
    TRY(gram(model, ITEMS));
    TRY(rotate_to_gram_axes(model, ITEMS));
    replica_exchange(model->replica, &model->side[ITEMS].rows, model->side[ITEMS].offsets);
    return agree(model->comm, solve_and_rotate_back(x, model));
}

status solve_new_users(float *x, const struct comm *comm, const struct ratings *ratings, const float *y,
                       int64_t row_floats, const struct solve_options *options)
{
    struct model *model;
    TRY(model_open(&model, comm, ratings, options));
    status solved = solve_with(x, model, y, row_floats);
    model_free(&model);
    return solved;
}
