/* What a row needs where float32 is not enough: refinement with residuals in double, and the solution in double. */

/* y . x; the order is fixed, the width of a register is not. */
static inline double dot_double(const float *y, const double *x, int64_t row_floats)
{
    _Alignas(64) double lanes[PANEL] = {0};
    for (int64_t c = 0; c < row_floats; c += PANEL)
        for (int l = 0; l < PANEL; l++)
            lanes[l] = multiply_add((double)y[c + l], x[c + l], lanes[l]);
    const pair *two = (const pair *)lanes; /* the sum by halving */
    pair sum = ((two[0] + two[4]) + (two[2] + two[6])) + ((two[1] + two[5]) + (two[3] + two[7]));
    return sum[0] + sum[1];
}

static void add_multiple(double *to, double factor, const float *y, int64_t row_floats)
{
    for (int64_t c = 0; c < row_floats; c++)
        to[c] = multiply_add(factor, (double)y[c], to[c]);
}

/* w and b of a rating, in double from the same float32 weight that the fast path takes the root of. */
static void weigh_one(const struct problem *p, int64_t j, double *weight, double *target)
{
    const struct fixed_side *side = p->side;
    double value = (double)p->row->value[j];
    *weight = (double)weight_of(p->weighting, p->row->value[j]);
    *target = is_negative(p->row->value[j]) ? 0 : *weight + (p->weighting->kind == WEIGHTS_HU ? 1 : 0);
    if (p->weighting->kind == WEIGHTS_EXPLICIT) {
        double bias = side->biased ? (double)rated_row(side, p->row, j)[side->padding - 1] : 0;
        *weight = p->row->weight != NULL ? (double)p->row->weight[j] : 1;
        *target = *weight * (value - (double)p->weighting->mean - bias);
    }
}

/* gradient = sum (b - w y.x) y - D x, half the steepest descent at the solution. */
static void find_gradient(const struct problem *p)
{
    struct row_workspace *work = p->work;
    for (int64_t c = 0; c < work->row_floats; c++)
        work->gradient[c] = -ridge_of(p, c) * work->solution[c];
    for (int64_t j = 0; j < p->row->count; j++) {
        double weight, target;
        const float *y = rated_row(p->side, p->row, j);
        prefetch_rated(p->side, p->row, j + PREFETCH_ROWS, 0, p->side->row_floats);
        weigh_one(p, j, &weight, &target);
        add_multiple(work->gradient, target - weight * dot_double(y, work->solution, work->row_floats), y,
                     work->row_floats);
    }
}

/* right <- v = (I + S'S)^-1 h with h = D^(-1/2) gradient; in dual form v = h - S'((I + S S')^-1 S h) (Woodbury). */
static void solve_correction(const struct problem *p)
{
    struct row_workspace *work = p->work;
    for (int64_t c = 0; c < work->row_floats; c++)
        work->right[c] = (float)((double)work->scale[c] * work->gradient[c]);
    if (!p->dual) {
        cholesky_solve(&p->matrix, work->right);
        return;
    }
    int padding = p->matrix.padding;
    memset(work->dual_right, 0, (size_t)padding * sizeof(float));
    for (int64_t j = 0; j < p->row->count; j++) {
        double sum = 0;
        const float *rated = work->rated + (padding + j) * work->row_floats;
        for (int64_t c = 0; c < work->row_floats; c++)
            sum = multiply_add(rated[c], work->right[c], sum);
        work->dual_right[padding + j] = (float)sum;
    }
    cholesky_solve(&p->matrix, work->dual_right);
    multiply_rated(p, work->block_right, work->dual_right);
    for (int64_t c = 0; c < work->row_floats; c++)
        work->right[c] -= work->block_right[c];
}

static double norm(const double *a, int64_t n)
{
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum = multiply_add(a[i], a[i], sum);
    return sqrt(sum);
}

/* Refines the solution until it is at float32's rounding level. False where corrections don't shrink fast: each one's
 * size relative to the one before is the factor by which a step reduces the error (Higham 2002, section 12.1). */
static bool refine(struct problem *p)
{
    struct row_workspace *work = p->work;
    double rate = 1, previous = 0;
    for (int step = 0; step < REFINEMENTS; step++) {
        double size = norm(work->solution, work->row_floats);
        find_gradient(p);
        solve_correction(p);
        for (int64_t c = 0; c < work->row_floats; c++) {
            work->gradient[c] = (double)work->scale[c] * (double)work->right[c];
            work->solution[c] += work->gradient[c];
        }
        double correction = norm(work->gradient, work->row_floats);
        if (!(correction <= 0.1 * size))
            return correction == 0;
        if (step > 0)
            rate = correction / previous;
        previous = correction;
        if (correction * rate <= 1e-7 * size)
            return true;
    }
    return false;
}

/* A = U'U in the upper triangle, row by row. */
static bool cholesky_double(double *a, int64_t n, int64_t first)
{
    for (int64_t j = first; j < n; j++) {
        double *pivot_row = a + j * n;
        if (!(pivot_row[j] > 0 && pivot_row[j] <= DBL_MAX))
            return false;
        double root = 1 / sqrt(pivot_row[j]);
        for (int64_t c = j; c < n; c++)
            pivot_row[c] *= root;
        for (int64_t i = j + 1; i < n; i++)
            for (int64_t c = i; c < n; c++)
                a[i * n + c] = multiply_add(-pivot_row[i], pivot_row[c], a[i * n + c]);
    }
    return true;
}

static void cholesky_solve_double(const double *u, double *b, int64_t n, int64_t first)
{
    for (int64_t j = first; j < n; j++) {
        b[j] /= u[j * n + j];
        for (int64_t c = j + 1; c < n; c++)
            b[c] = multiply_add(-b[j], u[j * n + c], b[c]);
    }
    for (int64_t j = n - 1; j >= first; j--) {
        for (int64_t c = j + 1; c < n; c++)
            b[j] = multiply_add(-u[j * n + c], b[c], b[j]);
        b[j] /= u[j * n + j];
    }
}

/* solution <- (D + sum w y y')^-1 sum b y, all in double. */
static bool solve_primal_in_double(const struct problem *p)
{
    struct row_workspace *work = p->work;
    int64_t n = work->row_floats;
    double *a = work->dense;
    memset(a, 0, (size_t)(n * n) * sizeof *a);
    memset(work->solution, 0, (size_t)n * sizeof *work->solution);
    for (int64_t c = 0; c < n; c++)
        a[c * n + c] = ridge_of(p, c);
    for (int64_t j = 0; j < p->row->count; j++) {
        double weight, target;
        const float *y = rated_row(p->side, p->row, j);
        weigh_one(p, j, &weight, &target);
        for (int64_t i = work->padding; i < n; i++) {
            double factor = weight * (double)y[i];
            for (int64_t c = i; c < n; c++)
                a[i * n + c] = multiply_add(factor, (double)y[c], a[i * n + c]);
        }
        add_multiple(work->solution, target, y, n);
    }
    if (!cholesky_double(a, n, work->padding))
        return false;
    cholesky_solve_double(a, work->solution, n, work->padding);
    return true;
}

/* I + W^(1/2) Y D^-1 Y' W^(1/2) in work->dense, its right-hand side b / w^(1/2) in work->gradient. */
static void form_dual_in_double(const struct problem *p)
{
    struct row_workspace *work = p->work;
    int64_t n = p->row->count, k = work->row_floats;
    for (int64_t i = 0; i < n; i++) {
        double weight, target;
        const float *y = rated_row(p->side, p->row, i);
        weigh_one(p, i, &weight, &target);
        work->gradient[i] = target / sqrt(weight);
        for (int64_t c = 0; c < k; c++)
            work->solution[c] = c < work->padding ? 0 : sqrt(weight) * (double)y[c] / ridge_of(p, c);
        for (int64_t j = i; j < n; j++) {
            double other;
            weigh_one(p, j, &other, &target);
            work->dense[i * n + j] =
                sqrt(other) * dot_double(rated_row(p->side, p->row, j), work->solution, k) + (i == j ? 1 : 0);
        }
    }
}

/* The same for short rows: solution <- D^-1 Y' W^(1/2) t, whose digits a small ridge does not cost. */
static bool solve_dual_in_double(const struct problem *p)
{
    struct row_workspace *work = p->work;
    int64_t n = p->row->count, k = work->row_floats;
    form_dual_in_double(p);
    if (!cholesky_double(work->dense, n, 0))
        return false;
    cholesky_solve_double(work->dense, work->gradient, n, 0);
    memset(work->solution, 0, (size_t)k * sizeof *work->solution);
    for (int64_t j = 0; j < n; j++) {
        double weight, target;
        weigh_one(p, j, &weight, &target);
        add_multiple(work->solution, work->gradient[j] * sqrt(weight), rated_row(p->side, p->row, j), k);
    }
    for (int64_t c = work->padding; c < k; c++)
        work->solution[c] /= ridge_of(p, c);
    return true;
}
