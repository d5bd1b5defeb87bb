/* Long rows in parts: the sum over their ratings is one over blocks of BLOCK_ROWS, in that order, so that ranks may
 * form blocks apart and one of them add them up, to the bits of solve_row. A block is the upper panels of its S'S, one
 * after the other, then its S'd. */

/* Where solve_row has its matrix. */
static float *sum_of_blocks(struct row_workspace *work)
{
    return work->batch.systems != NULL ? next_system(work) : work->matrix;
}

static void form_block(struct row_workspace *work, float *block, const struct row *ratings,
                       const struct fixed_side *side, const struct weighting *weighting)
{
    struct problem p = problem_of(work, ratings, side, weighting);
    p.matrix.data = work->matrix;
    find_scale(&p);
    form_primal(&p);
    for (int64_t panel = 0; panel < work->panels; panel++) {
        int64_t floats = (panel + 1) * PANEL * PANEL;
        memcpy(block, work->matrix + panel * work->matrix_panel, (size_t)floats * sizeof *block);
        block += floats;
    }
    memcpy(block, work->right, (size_t)work->row_floats * sizeof *block);
}

static void clear_blocks(struct row_workspace *work)
{
    clear_upper(sum_of_blocks(work), work->matrix_panel, work->panels);
    memset(work->right, 0, (size_t)work->row_floats * sizeof *work->right);
}

static void add_floats(float *total, const float *more, int64_t floats)
{
    for (int64_t i = 0; i < floats; i++)
        total[i] += more[i];
}

static void add_to_blocks(struct row_workspace *work, const float *block)
{
    float *sum = sum_of_blocks(work);
    for (int64_t panel = 0; panel < work->panels; panel++) {
        int64_t floats = (panel + 1) * PANEL * PANEL;
        add_floats(sum + panel * work->matrix_panel, block, floats);
        block += floats;
    }
    add_floats(work->right, block, work->row_floats);
}

static enum row_outcome solve_blocks(struct row_workspace *work, float *x, const struct row *row,
                                     const struct fixed_side *side, const struct weighting *weighting)
{
    struct problem p = problem_of(work, row, side, weighting);
    p.formed = true;
    enum row_outcome outcome = solve_row(&p, x);
    solve_waiting(&outcome, work, row, 1, side, weighting);
    return outcome;
}
