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

/* Operations, some 200 microseconds of them where rows are long, after which messages want to be moved on. */
static const int64_t pace = 1 << 25;

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
    int steps = solve_options_steps(model->options);
    int64_t cost = 0;
    row_work_new_side(model->row_work);
    for (int64_t i = 0; i < csr->rows; i++, x += model->row_floats) {
        int64_t first = csr->start[i], count = csr->start[i + 1] - first;
        TRY(stop_check());
        struct row row = {csr->column + first, csr->value + first, count,
                          model_row_lambda(model, side, count)};
        enum row_outcome outcome =
            model->kernel->improve_row(model->row_work, x, &row, &fixed, &model->weighting, steps);
        if (outcome == ROW_FAILED)
            return row_failed(model, side, i, row.lambda);
        *in_double += outcome == ROW_SOLVED_IN_DOUBLE;
        cost += solve_row_cost(count, model->options);
        if (cost >= pace) {
            exchange_go_on(model->side[side].exchange, i + 1);
            cost = 0;
        }
    }
    return MFALS_OK;
}
