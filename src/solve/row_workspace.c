#include "solve/row_workspace.h"

#include "base/memory.h"
#include "solve/kernel.h"

#include <math.h>

enum { LANES = 16 };

static status open_vectors(struct row_workspace *work)
{
    int64_t n = work->row_floats;
    TRY(allocate(&work->roots, n + CHUNK_ROWS));
    TRY(allocate(&work->targets, n + CHUNK_ROWS));
    TRY(allocate(&work->right, n));
    TRY(allocate(&work->block_right, n));
    TRY(allocate(&work->dual_right, n));
    TRY(allocate(&work->direction, n));
    TRY(allocate(&work->scaled, n));
    TRY(allocate(&work->scale, n));
    TRY(allocate(&work->solution, n));
    return allocate(&work->gradient, n);
}

static status open_matrices(struct row_workspace *work)
{
    int64_t n = work->row_floats, panels = work->panels;
    TRY(allocate(&work->chunk, panels * work->chunk_panel));
    TRY(allocate(&work->rated, n * n));
    TRY(allocate(&work->transposed, panels * work->matrix_panel));
    TRY(allocate(&work->matrix, panels * work->matrix_panel));
    TRY(allocate(&work->block, panels * work->matrix_panel));
    TRY(allocate(&work->inverse, panels * 2 * LANES * LANES));
    TRY(allocate(&work->copy, panels * LANES * LANES));
    return allocate(&work->dense, n * n);
}

static status open_batch(struct row_workspace *work)
{
    struct batch *batch = &work->batch;
    int64_t n = work->row_floats;
    batch->system_floats = work->panels * work->matrix_panel;
    if (work->panels > SMALL_PANELS)
        return MFALS_OK;
    TRY(allocate(&batch->systems, ROWS_TOGETHER * batch->system_floats));
    TRY(allocate(&batch->rights, ROWS_TOGETHER * n));
    TRY(allocate(&batch->scales, ROWS_TOGETHER * n));
    return allocate(&batch->mixed, n * (n + 1) * ROWS_TOGETHER);
}

status row_workspace_open_nonnegative(struct row_workspace *work)
{
    struct nonnegative *s = &work->nonnegative;
    int64_t n = work->row_floats;
    TRY(allocate(&s->matrix, n * n));
    TRY(allocate(&s->part, n * n));
    TRY(allocate(&s->right, n));
    TRY(allocate(&s->vector, n));
    TRY(allocate(&s->values, n));
    TRY(allocate(&s->rated, ADDED_TOGETHER * n));
    TRY(allocate(&s->places, n));
    return allocate(&s->passive, n);
}

int64_t row_workspace_nonnegative_bytes(int64_t row_floats)
{
    int64_t n = row_floats;
    return (2 * n * n + (4 + ADDED_TOGETHER) * n) * (int64_t)sizeof(double);
}

int64_t row_workspace_bytes(int64_t row_floats)
{
    int64_t n = row_floats, panels = n / LANES, in_floats = sizeof(float), in_doubles = sizeof(double);
    int64_t vectors = 2 * (n + CHUNK_ROWS) + 4 * n, chunk = panels * (CHUNK_ROWS * LANES + LANES);
    int64_t matrices = n * n + 3 * panels * (n * LANES + LANES) + panels * 3 * LANES * LANES;
    int64_t batch =
        panels > SMALL_PANELS ? 0 : ROWS_TOGETHER * (panels * (n * LANES + LANES) + 2 * n + n * (n + 1));
    return in_floats * (vectors + chunk + matrices + batch) + in_doubles * (2 * n + n * n);
}

status row_workspace_open(struct row_workspace **work, int k)
{
    TRY(allocate(work, 1));
    int64_t panels = (k + LANES - 1) / LANES;
    **work = (struct row_workspace){.row_floats = panels * LANES,
                                    .panels = panels,
                                    .padding = (int)(panels * LANES - k),
                                    .chunk_panel = CHUNK_ROWS * LANES + LANES,
                                    .matrix_panel = panels * LANES * LANES + LANES,
                                    .scaled_lambda = NAN};
    status opened = open_vectors(*work);
    if (opened == MFALS_OK)
        opened = open_matrices(*work);
    if (opened == MFALS_OK)
        opened = open_batch(*work);
    if (opened != MFALS_OK)
        row_workspace_free(work);
    return opened;
}

int64_t row_workspace_block_floats(const struct row_workspace *work)
{
    return work->panels * (work->panels + 1) / 2 * LANES * LANES + work->row_floats;
}

void row_workspace_new_side(struct row_workspace *work)
{
    work->scaled_lambda = NAN;
}

void row_workspace_free(struct row_workspace **work)
{
    struct row_workspace *w = *work;
    if (w == NULL)
        return;
    void *blocks[] = {w->chunk,
                      w->roots,
                      w->targets,
                      w->rated,
                      w->transposed,
                      w->matrix,
                      w->block,
                      w->inverse,
                      w->copy,
                      w->right,
                      w->block_right,
                      w->dual_right,
                      w->direction,
                      w->scaled,
                      w->scale,
                      w->solution,
                      w->gradient,
                      w->dense,
                      w->batch.systems,
                      w->batch.rights,
                      w->batch.scales,
                      w->batch.mixed,
                      w->nonnegative.matrix,
                      w->nonnegative.part,
                      w->nonnegative.right,
                      w->nonnegative.vector,
                      w->nonnegative.values,
                      w->nonnegative.rated,
                      w->nonnegative.places,
                      w->nonnegative.passive};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        memory_free(blocks[i]);
    memory_free(w);
    *work = NULL;
}
