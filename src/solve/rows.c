#include "solve/rows.h"

#include "base/number.h"
#include "base/stop.h"
#include "solve/eigenbasis.h"
#include "solve/ridge.h"
#include "solve/row_workspace.h"
#include "solve/work_split.h"

#include <inttypes.h>
#include <math.h>

status row_failed(const struct model *model, enum side side, int64_t number)
{
    char id[ID_MAX_BYTES + 1];
    const struct csr *csr = &model->rated[side];
    int64_t i = number - csr->first_row, count = csr->start[i + 1] - csr->start[i];
    ids_text(&model->ratings->ids[side], i, id);
    return fail(MFALS_BAD_DATA,
                "%s %s: its %" PRId64
                " ratings give equations without a finite solution (lambda %g, %d factors); "
                "raise --lambda, or lower --alpha",
                side == USERS ? "user" : "item", id, count, model_row_lambda(model, side, count), model->k);
}

struct fixed_side model_fixed_side(const struct model *model, enum side side)
{
    return (struct fixed_side){.rows = model->side[side == USERS ? ITEMS : USERS].rows.data,
                               .row_floats = model->row_floats,
                               .padding = model->padding,
                               .biased = model->biased,
                               .eigenvalues = model->eigenbasis.eigenvalues};
}

/* The blocks of a part of a row. */
static status form_part(struct model *model, const struct fixed_side *fixed, enum side side,
                        const struct part *part, float **block)
{
    struct row all;
    if (part->count == 0)
        return MFALS_OK;
    work_split_row(&all, model, side, part->row);
    int64_t skipped =
        all.count == part->length ? part->first : 0; /* own rows are held whole, migrated ones in parts */
    for (int64_t done = 0; done < part->count;
         done += BLOCK_ROWS, *block += row_workspace_block_floats(model->row_workspace)) {
        TRY(stop_check());
        int64_t first = skipped + done, left = part->count - done;
        struct row row = {.column = all.column + first,
                          .value = all.value + first,
                          .weight = all.weight == NULL ? NULL : all.weight + first,
                          .count = left < BLOCK_ROWS ? left : BLOCK_ROWS};
        model_set_ridge(&row, model, side, part->length);
        row.following = all.count - first - row.count;
        model->kernel->form_block(model->row_workspace, *block, &row, fixed, &model->weighting);
    }
    return MFALS_OK;
}

/* A row without solution is its owner's to report, who knows its name. */
static status take_outcome(struct model *model, enum side side, int64_t number, enum row_outcome outcome,
                           int64_t *in_double)
{
    const struct csr *own = &model->rated[side];
    *in_double += outcome == ROW_SOLVED_IN_DOUBLE;
    if (outcome != ROW_FAILED)
        return MFALS_OK;
    if (own->first_row <= number && number < own->first_row + own->rows)
        return row_failed(model, side, number);
    model->side[side].rows.data[number * model->row_floats + model->first] = NAN;
    return MFALS_OK;
}

static void solve_nonnegative(enum row_outcome *outcomes, struct model *model, const struct row *rows,
                              enum side side, const struct fixed_side *fixed, int64_t first, int count)
{
    const double *gram = model->options->algorithm == ALGORITHM_IALS ? model->weighted_gram : NULL;
    float *x = model->side[side].rows.data + first * model->row_floats;
    for (int i = 0; i < count; i++)
        outcomes[i] = model->kernel->solve_nonnegative(model->row_workspace, x + i * model->row_floats,
                                                       &rows[i], fixed, &model->weighting, gram);
}

/* Rows from `first` on: ROWS_TOGETHER of them, or up to the end of the split. */
static status solve_some(struct model *model, const struct fixed_side *fixed, enum side side, int64_t first,
                         int64_t *in_double)
{
    struct row rows[ROWS_TOGETHER];
    enum row_outcome outcomes[ROWS_TOGETHER];
    int count = 0;
    for (; count < ROWS_TOGETHER && first + count < model->work_split[side]->end; count++) {
        work_split_row(&rows[count], model, side, first + count);
        model_set_ridge(&rows[count], model, side, rows[count].count);
    }
    if (model->options->nonnegative)
        solve_nonnegative(outcomes, model, rows, side, fixed, first, count);
    else
        model->kernel->solve_rows(outcomes, model->row_workspace,
                                  model->side[side].rows.data + first * model->row_floats, rows, count, fixed,
                                  &model->weighting, solve_options_steps(model->options));
    for (int i = 0; i < count; i++)
        TRY(take_outcome(model, side, first + i, outcomes[i], in_double));
    return MFALS_OK;
}

/* a0 Y' diag(q) Y of the fixed side, where rows are not solved in its eigenbasis. */
static void weigh_gram(struct model *model, enum side side)
{
    const double *gram = model->side[side == USERS ? ITEMS : USERS].gram;
    for (int64_t i = 0; model->weighted_gram != NULL && i < (int64_t)model->k * model->k; i++)
        model->weighted_gram[i] = model->unobserved_weight * gram[i];
}

status solve_rows(struct model *model, enum side side, int64_t *in_double)
{
    const struct work_split *split = model->work_split[side];
    const struct fixed_side fixed = model_fixed_side(model, side);
    float *block = split->blocks;
    weigh_gram(model, side);
    row_workspace_new_side(model->row_workspace);
    for (int p = 0; p < 2; p++)
        TRY(form_part(model, &fixed, side, &split->parts[p], &block));
    for (int64_t row = split->first; row < split->end; row += ROWS_TOGETHER) {
        TRY(stop_check());
        TRY(solve_some(model, &fixed, side, row, in_double));
        exchange_progress(model->side[side].exchange, number_min(row + ROWS_TOGETHER, split->end));
    }
    return MFALS_OK;
}
