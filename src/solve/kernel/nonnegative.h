/* A row whose factors must not be negative: in double, by principal pivoting (Kim and Park, SIAM J. Sci. Comput.
 * 2011, with Murty's rule where exchanges of whole blocks stop helping). With A = p_u a0 Y'QY + sum w y y' + lambda I and
 * b the right-hand side of the row without that condition, x is the one point with
 *     x >= 0,  A x - b >= 0,  x'(A x - b) = 0,
 * x being solved for, A x = b, on the places that are not 0. A bias, the last place, is free. */

/* to += factors[0] rows[0] + factors[1] rows[1] + ..., one after the other at each place. */
static void add_multiples(double *to, const double *factors, const double *rows, int64_t stride,
                          int64_t count, int64_t length)
{
    if (count < ADDED_TOGETHER) {
        for (int64_t r = 0; r < count; r++)
            for (int64_t i = 0; i < length; i++)
                to[i] = multiply_add(factors[r], rows[r * stride + i], to[i]);
        return;
    }
    const double *a = rows, *b = a + stride, *c = b + stride, *d = c + stride;
    for (int64_t i = 0; i < length; i++) {
        double sum = multiply_add(factors[0], a[i], to[i]);
        sum = multiply_add(factors[1], b[i], sum);
        sum = multiply_add(factors[2], c[i], sum);
        to[i] = multiply_add(factors[3], d[i], sum);
    }
}

/* Adds ratings j and on, up to ADDED_TOGETHER of them. rated: room for their rows. */
static void add_ratings(const struct problem *p, double *matrix, double *right, double *rated, int64_t n,
                        int64_t j)
{
    double weights[ADDED_TOGETHER], target, factors[ADDED_TOGETHER];
    int64_t count = p->row->count - j < ADDED_TOGETHER ? p->row->count - j : ADDED_TOGETHER;
    for (int64_t r = 0; r < count; r++) {
        const float *row = rated_row(p->side, p->row, j + r) + p->side->padding;
        prefetch_rated(p->side, p->row, j + r + PREFETCH_ROWS, 0, p->side->row_floats);
        weigh_one(p, j + r, &weights[r], &target);
        for (int64_t c = 0; c < n; c++)
            rated[r * n + c] = (double)row[c];
        add_multiples(right, &target, rated + r * n, n, 1, n);
    }
    for (int64_t i = 0; i < n; i++) {
        for (int64_t r = 0; r < count; r++)
            factors[r] = weights[r] * rated[r * n + i];
        add_multiples(matrix + i * n + i, factors, rated + i, n, count, n - i);
    }
}

/* matrix, whole, and right of the row's places, from the padding on. */
static void form_normal(const struct problem *p, struct nonnegative *s, const double *gram)
{
    const int64_t n = p->side->row_floats - p->side->padding;
    double *matrix = s->matrix;
    memset(s->right, 0, (size_t)n * sizeof *s->right);
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = i; c < n; c++)
            matrix[i * n + c] = gram == NULL ? 0 : p->row->unobserved * gram[i * n + c];
    for (int64_t i = 0; i < n; i++)
        matrix[i * n + i] += ridge_of(p, p->side->padding + i);
    for (int64_t j = 0; j < p->row->count; j += ADDED_TOGETHER)
        add_ratings(p, matrix, s->right, s->rated, n, j);
    for (int64_t i = 0; i < n; i++)
        for (int64_t c = 0; c < i; c++)
            matrix[i * n + c] = matrix[c * n + i];
}

/* part: A of the m places, its upper triangle; becomes its Cholesky factor U, A = U'U. False if a pivot is not
 * positive. */
static bool factor_part(double *part, int64_t m)
{
    double factors[ADDED_TOGETHER];
    for (int64_t j = 0; j < m; j++) {
        double *row = part + j * m;
        for (int64_t i = 0; i < j; i += ADDED_TOGETHER) {
            int64_t count = j - i < ADDED_TOGETHER ? j - i : ADDED_TOGETHER;
            for (int64_t r = 0; r < count; r++)
                factors[r] = -part[(i + r) * m + j];
            add_multiples(row + j, factors, part + i * m + j, m, count, m - j);
        }
        if (!(row[j] > 0))
            return false;
        double root = sqrt(row[j]);
        for (int64_t c = j; c < m; c++)
            row[c] /= root;
    }
    return true;
}

/* v <- (U'U)^-1 v */
static void solve_part(double *v, const double *factor, int64_t m)
{
    for (int64_t j = 0; j < m; j++) {
        v[j] /= factor[j * m + j];
        for (int64_t c = j + 1; c < m; c++)
            v[c] = multiply_add(-factor[j * m + c], v[j], v[c]);
    }
    for (int64_t j = m - 1; j >= 0; j--) {
        for (int64_t c = j + 1; c < m; c++)
            v[j] = multiply_add(-factor[j * m + c], v[c], v[j]);
        v[j] /= factor[j * m + j];
    }
}

/* values[i] <- x of a place in `passive`, (A x - b) of one that is 0. */
static bool solve_passive(struct nonnegative *s, int64_t n)
{
    int64_t m = 0;
    for (int64_t i = 0; i < n; i++)
        if (s->passive[i])
            s->places[m++] = i;
    for (int64_t a = 0; a < m; a++) {
        s->vector[a] = s->right[s->places[a]];
        for (int64_t c = a; c < m; c++)
            s->part[a * m + c] = s->matrix[s->places[a] * n + s->places[c]];
    }
    if (!factor_part(s->part, m))
        return false;
    solve_part(s->vector, s->part, m);
    for (int64_t i = 0; i < n; i++)
        s->values[i] = -s->right[i];
    for (int64_t a = 0; a < m; a++)
        add_multiples(s->values, &s->vector[a], s->matrix + s->places[a] * n, n, 1, n);
    for (int64_t a = 0; a < m; a++)
        s->values[s->places[a]] = s->vector[a];
    return true;
}

/* The places whose value is below 0 by more than rounding, and the last of them. */
static int64_t count_wrong(const struct nonnegative *s, int64_t n, int64_t constrained, int64_t *last)
{
    double largest = 0;
    int64_t infeasible = 0;
    for (int64_t i = 0; i < n; i++)
        largest = fmax(largest, fabs(s->right[i]));
    for (int64_t i = 0; i < constrained; i++)
        if (s->values[i] < (s->passive[i] ? 0 : -1e-12 * largest)) {
            infeasible++;
            *last = i;
        }
    return infeasible;
}

static void exchange_places(struct nonnegative *s, int64_t constrained, int64_t only)
{
    if (only >= 0) {
        s->passive[only] = !s->passive[only];
        return;
    }
    for (int64_t i = 0; i < constrained; i++)
        if (s->values[i] < 0)
            s->passive[i] = !s->passive[i];
}

static bool pivot(struct nonnegative *s, int64_t n, int64_t constrained)
{
    enum { TRIES = 3 };
    int64_t fewest = n + 1, tries = TRIES, last = -1;
    for (int64_t i = 0; i < n; i++)
        s->passive[i] = true;
    for (int64_t step = 0; step < 100 + 100 * n; step++) {
        if (!solve_passive(s, n))
            return false;
        int64_t infeasible = count_wrong(s, n, constrained, &last);
        if (infeasible == 0)
            return true;
        if (infeasible < fewest) {
            fewest = infeasible;
            tries = TRIES;
        } else {
            tries--;
        }
        exchange_places(s, constrained, tries >= 0 ? -1 : last);
    }
    return false;
}

static enum row_outcome solve_nonnegative(struct row_workspace *work, float *x, const struct row *row,
                                          const struct fixed_side *side, const struct weighting *weighting,
                                          const double *gram)
{
    struct problem p = {.work = work, .row = row, .side = side, .weighting = weighting};
    struct nonnegative *s = &work->nonnegative;
    int64_t n = side->row_floats - side->padding;
    if (row->count == 0) {
        memset(x, 0, (size_t)side->row_floats * sizeof *x);
        return finish_row(side, x) ? ROW_SOLVED : ROW_FAILED;
    }
    form_normal(&p, s, gram);
    if (!pivot(s, n, side->biased ? n - 1 : n))
        return ROW_FAILED;
    for (int64_t c = 0; c < side->padding; c++)
        x[c] = 0;
    for (int64_t i = 0; i < n; i++)
        x[side->padding + i] = s->passive[i] ? (float)s->values[i] : 0;
    return finish_row(side, x) ? ROW_SOLVED : ROW_FAILED;
}
