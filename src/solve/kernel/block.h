/* Long rows in parts: the sum over their ratings is one over blocks of BLOCK_ROWS, in that order, so that ranks may form
 * blocks apart and one of them add them up, to the bits of solve_row. A block is the upper panels of its S'S, one after
 * the other, then its S'd. */

static void form_block(struct row_work *work, float *block, const struct row *ratings,
                       const struct fixed_side *side, const struct weighting *weighting)
{
    struct problem p = {.work = work, .row = ratings, .side = side, .weighting = weighting};
    find_scale(&p);
    form_primal(&p);
    for (int64_t panel = 0; panel < work->panels; panel++) {
        int64_t floats = (panel + 1) * PANEL * PANEL;
        memcpy(block, work->matrix + panel * work->matrix_panel, (size_t)floats * sizeof *block);
        block += floats;
    }
    memcpy(block, work->right, (size_t)work->row_floats * sizeof *block);
}

static void clear_blocks(struct row_work *work)
{
    clear_upper(work->matrix, work->matrix_panel, work->panels);
    memset(work->right, 0, (size_t)work->row_floats * sizeof *work->right);
}

static void add_floats(float *total, const float *more, int64_t floats)
{
    for (int64_t i = 0; i < floats; i++)
        total[i] += more[i];
}

static void add_to_blocks(struct row_work *work, const float *block)
{
    for (int64_t panel = 0; panel < work->panels; panel++) {
        int64_t floats = (panel + 1) * PANEL * PANEL;
        add_floats(work->matrix + panel * work->matrix_panel, block, floats);
        block += floats;
    }
    add_floats(work->right, block, work->row_floats);
}

static enum row_outcome solve_blocks(struct row_work *work, float *x, const struct row *row,
                                     const struct fixed_side *side, const struct weighting *weighting)
{
    struct problem p = {.work = work, .row = row, .side = side, .weighting = weighting, .formed = true};
    return solve_problem(&p, x);
}
