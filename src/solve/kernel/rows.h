/* Rows as they come: each the cheapest way for its shape, small systems put off until there is a batch of them. */

static struct problem problem_of(struct row_workspace *work, const struct row *row,
                                 const struct fixed_side *side, const struct weighting *weighting)
{
    return (struct problem){.work = work,
                            .row = row,
                            .side = side,
                            .weighting = weighting,
                            .dual = row_is_dual(row->count, (int)(work->row_floats - work->padding))};
}

/* Leaves the row to solve_waiting. */
static enum row_outcome enqueue(struct row_workspace *work, float *x)
{
    struct batch *batch = &work->batch;
    size_t bytes = (size_t)work->row_floats * sizeof(float);
    memcpy(batch->rights + batch->count * work->row_floats, work->right, bytes);
    memcpy(batch->scales + batch->count * work->row_floats, work->scale, bytes);
    batch->x[batch->count++] = x;
    return ROW_WAITS;
}

static enum row_outcome solve_row(struct problem *p, float *x)
{
    struct row_workspace *work = p->work;
    const bool small = work->batch.systems != NULL && !p->dual;
    if (p->row->count == 0) {
        memset(x, 0, (size_t)work->row_floats * sizeof *x);
        return finish_row(p->side, x) ? ROW_SOLVED : ROW_FAILED;
    }
    find_scale(p);
    if (p->dual && p->row->count <= SMALL_ROW && solve_small(p, x))
        return ROW_SOLVED;
    bool accurate = form(p, small ? next_system(work) : work->matrix);
    return small && accurate ? enqueue(work, x) : solve_formed(p, x, accurate);
}

static void solve_waiting(enum row_outcome *outcomes, struct row_workspace *work, const struct row *rows,
                          int count, const struct fixed_side *side, const struct weighting *weighting)
{
    struct batch *batch = &work->batch;
    if (batch->count == 0)
        return;
    solve_batch(work);
    for (int i = 0, s = 0; i < count; i++) {
        if (outcomes[i] != ROW_WAITS)
            continue;
        struct problem p = problem_of(work, &rows[i], side, weighting);
        const int64_t at = s * work->row_floats;
        outcomes[i] = finish_scaled(side, batch->x[s], batch->scales + at, batch->rights + at)
                          ? ROW_SOLVED
                          : solve_in_double(&p, batch->x[s]);
        s++;
    }
    batch->count = 0;
}

static void solve_rows(enum row_outcome *outcomes, struct row_workspace *work, float *x,
                       const struct row *rows, int count, const struct fixed_side *side,
                       const struct weighting *weighting, int steps)
{
    const int k = (int)(work->row_floats - work->padding);
    for (int i = 0; i < count; i++, x += work->row_floats) {
        struct problem p = problem_of(work, &rows[i], side, weighting);
        bool improved = !row_is_exact(rows[i].count, k, steps) && improve_row(&p, x, steps);
        outcomes[i] = improved ? ROW_SOLVED : solve_row(&p, x);
    }
    solve_waiting(outcomes, work, rows, count, side, weighting);
}
