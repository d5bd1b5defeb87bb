/* Small primal systems side by side: the Cholesky solutions of 16 rows' (I + S'S) v = S'd at once, in one lane of a
 * panel each. A lane's operations are its own row's alone, so that a row's bits do not depend on the others of its
 * batch.
 *
 * Element (i, c) of all is mixed[(i * columns + c) * 16 + lane]; S'd is one more column, which elimination turns into
 * U^-T S'd. */

/* Columns that are eliminated at a time: their sums fit the registers. */
enum { BATCH_COLUMNS = 8 / PANEL_VECS };

struct batch_matrix {
    float *mixed;
    int64_t columns, padding;
};

static float *interleaved_at(const struct batch_matrix *a, int64_t i, int64_t c)
{
    return a->mixed + (i * a->columns + c) * PANEL;
}

/* a_jc <- a_jc - sum over p < j of u_pj u_pc, for some c from `from` on. */
ALWAYS_INLINE void eliminate(const struct batch_matrix *a, int64_t j, int64_t from, const int columns)
{
    vec sum[BATCH_COLUMNS * PANEL_VECS];
    UNROLL
    for (int v = 0; v < columns * PANEL_VECS; v++)
        sum[v] = vec_load(interleaved_at(a, j, from) + v * VEC_FLOATS);
    for (int64_t p = a->padding; p < j; p++) {
        const float *factor = interleaved_at(a, p, j), *row = interleaved_at(a, p, from);
        UNROLL
        for (int v = 0; v < columns * PANEL_VECS; v++)
            sum[v] = vec_subtract_product(vec_load(factor + v % PANEL_VECS * VEC_FLOATS),
                                          vec_load(row + v * VEC_FLOATS), sum[v]);
    }
    UNROLL
    for (int v = 0; v < columns * PANEL_VECS; v++)
        vec_store(interleaved_at(a, j, from) + v * VEC_FLOATS, sum[v]);
}

/* to <- from times factors, lane by lane, in `count` columns. */
static void scale_lanes(float *columns, const float *factors, int64_t count)
{
    for (int v = 0; v < PANEL; v += VEC_FLOATS) {
        vec factor = vec_load(factors + v);
        for (int64_t c = 0; c < count; c++)
            vec_store(columns + c * PANEL + v, vec_multiply(factor, vec_load(columns + c * PANEL + v)));
    }
}

/* A to U by rows, the diagonal to 1 / u_jj. Where a pivot is not positive the lane's numbers are not finite from there
 * on. */
static void factor_batch(const struct batch_matrix *a)
{
    for (int64_t j = a->padding; j < a->columns - 1; j++) {
        float *pivots = interleaved_at(a, j, j);
        int64_t c = j;
        for (; a->columns - c >= BATCH_COLUMNS; c += BATCH_COLUMNS)
            eliminate(a, j, c, BATCH_COLUMNS);
        for (; a->columns - c >= 2; c += 2)
            eliminate(a, j, c, 2);
        if (c < a->columns)
            eliminate(a, j, c, 1);
        for (int l = 0; l < PANEL; l++)
            pivots[l] = 1 / sqrtf(pivots[l]);
        scale_lanes(pivots + PANEL, pivots, a->columns - 1 - j);
    }
}

/* U v = z, in the last column. */
static void substitute_batch(const struct batch_matrix *a)
{
    const int64_t last = a->columns - 1;
    for (int64_t j = last - 1; j >= a->padding; j--) {
        float *solution = interleaved_at(a, j, last);
        scale_lanes(solution, interleaved_at(a, j, j), 1);
        for (int64_t i = a->padding; i < j; i++)
            for (int v = 0; v < PANEL; v += VEC_FLOATS)
                vec_store(interleaved_at(a, i, last) + v,
                          vec_subtract_product(vec_load(solution + v), vec_load(interleaved_at(a, i, j) + v),
                                               vec_load(interleaved_at(a, i, last) + v)));
    }
}

/* The systems of work->batch, one behind the other, to the lanes of a. */
static void interleave(const struct batch_matrix *a, const struct row_workspace *work)
{
    const struct batch *batch = &work->batch;
    _Alignas(64) float rows[PANEL * PANEL];
    for (int64_t i = a->padding; i < work->row_floats; i++)
        for (int64_t p = i / PANEL; p < work->panels; p++)
            transpose_block(interleaved_at(a, i, p * PANEL), PANEL,
                            batch->systems + p * work->matrix_panel + i * PANEL, batch->system_floats);
    for (int64_t p = 0; p < work->panels; p++) {
        transpose_block(rows, PANEL, batch->rights + p * PANEL, work->row_floats);
        for (int64_t l = 0; l < PANEL; l++)
            memcpy(interleaved_at(a, p * PANEL + l, work->row_floats), rows + l * PANEL,
                   PANEL * sizeof *rows);
    }
}

/* v of each system to work->batch.rights. */
static void part(const struct batch_matrix *a, const struct row_workspace *work)
{
    for (int64_t p = 0; p < work->panels; p++)
        transpose_block(work->batch.rights + p * PANEL, work->row_floats,
                        interleaved_at(a, p * PANEL, work->row_floats), a->columns * PANEL);
}

/* Where the next system is to be formed. */
static float *next_system(const struct row_workspace *work)
{
    return work->batch.systems + work->batch.count * work->batch.system_floats;
}

/* Solves what has been put into work->batch: v in place of S'd. */
static void solve_batch(struct row_workspace *work)
{
    struct batch_matrix a = {work->batch.mixed, work->row_floats + 1, work->padding};
    interleave(&a, work);
    factor_batch(&a);
    substitute_batch(&a);
    part(&a, work);
}
