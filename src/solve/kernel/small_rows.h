/* Rows of few ratings in dual form, (I + S S') t = d with all of S S' in registers: by dot products, one row of S
 * beside the other. */

enum { SMALL_ROW = 8 };

/* t <- (I + a)^-1 t, a's upper triangle given; by L D L'. False if a pivot is not a positive number. */
ALWAYS_INLINE bool solve_small_dual(double a[SMALL_ROW][SMALL_ROW], double *t, const int n)
{
    double inverse[SMALL_ROW];
    UNROLL
    for (int j = 0; j < n; j++) {
        if (!(a[j][j] > 0))
            return false;
        inverse[j] = 1 / a[j][j];
        UNROLL
        for (int i = j + 1; i < n; i++) {
            double factor = -a[j][i] * inverse[j];
            UNROLL
            for (int c = i; c < n; c++)
                a[i][c] = multiply_add(factor, a[j][c], a[i][c]);
            t[i] = multiply_add(factor, t[j], t[i]);
        }
    }
    UNROLL
    for (int j = n - 1; j >= 0; j--) {
        UNROLL
        for (int c = j + 1; c < n; c++)
            t[j] = multiply_add(-a[j][c], t[c], t[j]);
        t[j] *= inverse[j];
    }
    return true;
}

/* a <- I + S S', upper triangle. False where float32 is not accurate. */
ALWAYS_INLINE bool form_small(double a[SMALL_ROW][SMALL_ROW], const struct problem *p, const float *const *y,
                              const int n)
{
    const struct row_workspace *work = p->work;
    vec sum[SMALL_ROW][SMALL_ROW][PANEL_VECS], s[SMALL_ROW];
    bool accurate = true;
    UNROLL
    for (int i = 0; i < n * n * PANEL_VECS; i++)
        sum[i / PANEL_VECS / n][i / PANEL_VECS % n][i % PANEL_VECS] = vec_zero();
    for (int64_t c = 0; c < work->row_floats; c += PANEL) {
        UNROLL
        for (int v = 0; v < PANEL_VECS; v++) {
            vec scale = vec_load(work->scale + c + v * VEC_FLOATS);
            UNROLL
            for (int i = 0; i < n; i++) {
                s[i] = vec_multiply(
                    vec_multiply(vec_broadcast(work->roots[i]), vec_load(y[i] + c + v * VEC_FLOATS)), scale);
                UNROLL
                for (int j = 0; j <= i; j++)
                    sum[j][i][v] = vec_multiply_add(s[j], s[i], sum[j][i][v]);
            }
        }
    }
    UNROLL
    for (int j = 0; j < n; j++) {
        UNROLL
        for (int i = j; i < n; i++)
            a[j][i] = (double)vec_total(sum[j][i]);
        a[j][j] += 1;
        accurate = accurate && a[j][j] <= (double)well_conditioned;
    }
    return accurate;
}

/* x = D^(-1/2) S't. False where that is no accurate solution. */
ALWAYS_INLINE bool solve_small_of(const struct problem *p, float *x, const int n)
{
    const struct row_workspace *work = p->work;
    const float *y[SMALL_ROW];
    double a[SMALL_ROW][SMALL_ROW], t[SMALL_ROW];
    vec factor[SMALL_ROW];
    if (p->weighting->kind == WEIGHTS_EXPLICIT)
        weigh_explicit(p, work->roots, work->targets, 0, n);
    else
        weigh_implicit(p->weighting, work->roots, work->targets, p->row->value, n);
    UNROLL
    for (int j = 0; j < n; j++) {
        y[j] = rated_row(p->side, p->row, j);
        t[j] = (double)work->targets[j];
        prefetch_rated(p->side, p->row, j + PREFETCH_ROWS, 0, work->row_floats);
    }
    if (!form_small(a, p, y, n) || !solve_small_dual(a, t, n))
        return false;
    UNROLL
    for (int j = 0; j < n; j++)
        factor[j] = vec_broadcast((float)((double)work->roots[j] * t[j]));
    for (int64_t c = 0; c < work->row_floats; c += VEC_FLOATS) {
        vec sum = vec_zero(), scale = vec_load(work->scale + c);
        UNROLL
        for (int j = 0; j < n; j++)
            sum = vec_multiply_add(factor[j], vec_load(y[j] + c), sum);
        vec_store(x + c, vec_multiply(scale, vec_multiply(scale, sum)));
    }
    return finish_row(p->side, x);
}

static bool solve_small(const struct problem *p, float *x)
{
    switch (p->row->count) {
    case 1:
        return solve_small_of(p, x, 1);
    case 2:
        return solve_small_of(p, x, 2);
    case 3:
        return solve_small_of(p, x, 3);
    case 4:
        return solve_small_of(p, x, 4);
    case 5:
        return solve_small_of(p, x, 5);
    case 6:
        return solve_small_of(p, x, 6);
    case 7:
        return solve_small_of(p, x, 7);
    default:
        return solve_small_of(p, x, SMALL_ROW);
    }
}
