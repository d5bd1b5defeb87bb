#include "base/number.h"
#include "base/stop.h"
#include "solve/model.h"

#include <inttypes.h>

static status row_failed(const struct model *model, enum side side, int64_t i, double lambda)
{
    char id[ID_MAX_BYTES + 1];
    const struct csr *csr = &model->ratings->by[side];
    ids_text(&model->ratings->ids[side], i, id);
    return fail(MFALS_BAD_DATA,
                "%s %s: its %" PRId64
                " ratings give equations without a finite solution (lambda %g, %d factors); "
                "raise --lambda, or lower --alpha",
                side == USERS ? "user" : "item", id, csr->start[i + 1] - csr->start[i], lambda, model->k);
}

/* Rows i to i + ROWS_TOGETHER - 1, or up to the last. */
static status solve_some(struct model *model, enum side side, const struct fixed_side *fixed, float *x,
                         int64_t i, int64_t *in_double)
{
    const struct csr *csr = &model->ratings->by[side];
    struct row rows[ROWS_TOGETHER];
    enum row_outcome outcomes[ROWS_TOGETHER];
    int count = 0;
    for (; count < ROWS_TOGETHER && i + count < csr->rows; count++) {
        int64_t first = csr->start[i + count], next = csr->start[i + count + 1];
        rows[count] = (struct row){.column = csr->column + first,
                                   .value = csr->value + first,
                                   .count = next - first,
                                   .following = csr->start[csr->rows] - next,
                                   .lambda = model_row_lambda(model, side, next - first)};
    }
    model->kernel->solve_rows(outcomes, model->row_work, x, rows, count, fixed, &model->weighting,
                              solve_options_steps(model->options));
    for (int j = 0; j < count; j++) {
        if (outcomes[j] == ROW_FAILED)
            return row_failed(model, side, i + j, rows[j].lambda);
        *in_double += outcomes[j] == ROW_SOLVED_IN_DOUBLE;
    }
    return MFALS_OK;
}

status solve_rows(struct model *model, enum side side, int64_t *in_double)
{
    enum side other = side == USERS ? ITEMS : USERS;
    const struct csr *csr = &model->ratings->by[side];
    struct fixed_side fixed = {.rows = model->side[other].rows.data,
                               .row_floats = model->row_floats,
                               .padding = model->padding,
                               .biased = model->biased,
                               .eigenvalues = model->axes.eigenvalues};
    float *x = model_own_rows(model, side);
    row_work_new_side(model->row_work);
    for (int64_t i = 0; i < csr->rows; i += ROWS_TOGETHER) {
        TRY(stop_check());
        TRY(solve_some(model, side, &fixed, x + i * model->row_floats, i, in_double));
        exchange_go_on(model->side[side].exchange, number_min(i + ROWS_TOGETHER, csr->rows));
    }
    return MFALS_OK;
}
