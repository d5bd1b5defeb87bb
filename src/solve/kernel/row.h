/* One row: unit ridge in the Gram's axes.
 *
 * With D = diag(g + lambda), S = W^(1/2) Y_u D^(-1/2) and d = b / w^(1/2) the row is
 *     argmin |S v - d|^2 + |v|^2,  x = D^(-1/2) v:
 * primal  (I + S'S) v = S'd  for long rows,  dual  (I + S S') t = d, v = S't  for short ones.
 *
 * Failure policy: a float32 Cholesky solution is off by about cond(I + S'S) eps. The eigenvalues of the matrix are >= 1,
 * and its largest diagonal element is about the largest of them. Above `well_conditioned` the solution is refined with
 * residuals in double; where that does not converge the row is solved in double. */

static const float well_conditioned = 256;
static const float smallest_weight =
    FLT_MIN; /* its square root still has a reciprocal: a weight of 0 has none */

enum { PREFETCH_ROWS = 8, REFINEMENTS = 4, LINE_FLOATS = 16 };

/* One row's problem as its steps see it. */
struct problem {
    struct row_work *work;
    const struct row *row;
    const struct fixed_side *side;
    const struct weighting *weighting;
    bool dual;
    bool formed;             /* the matrix stands already, a sum of blocks */
    struct symmetric matrix; /* I + S'S or I + S S', then its Cholesky factor */
};

static const float *rated_row(const struct fixed_side *side, const struct row *row, int64_t j)
{
    return side->rows + (int64_t)row->column[j] * side->row_floats;
}

static float weight_of(const struct weighting *weighting, float value)
{
    bool valued = weighting->kind == WEIGHTS_HU || weighting->kind == WEIGHTS_RENDLE;
    float weight = valued ? weighting->alpha * value : 1;
    return weight < smallest_weight ? smallest_weight : weight;
}

/* targets = r - mean - the fixed row's own bias. */
static void weigh_explicit(const struct problem *p, float *roots, float *targets, int64_t first,
                           int64_t count)
{
    const struct fixed_side *side = p->side;
    for (int64_t j = 0; j < count; j++) {
        float bias = side->biased ? rated_row(side, p->row, first + j)[side->padding - 1] : 0;
        roots[j] = 1;
        targets[j] = p->row->value[first + j] - p->weighting->mean - bias;
    }
}

/* roots = w^(1/2), targets = b / w^(1/2) of ratings first .. first + count - 1. */
static void weigh(const struct problem *p, float *roots, float *targets, int64_t first, int64_t count)
{
    if (p->weighting->kind == WEIGHTS_EXPLICIT) {
        weigh_explicit(p, roots, targets, first, count);
        return;
    }
    const float plus = p->weighting->kind == WEIGHTS_HU ? 1 : 0;
    for (int64_t j = 0; j < count; j++) {
        roots[j] = sqrtf(weight_of(p->weighting, p->row->value[first + j]));
        targets[j] = plus / roots[j] + roots[j];
    }
}

static void find_scale(const struct problem *p)
{
    struct row_work *work = p->work;
    if (work->scaled_lambda == p->row->lambda)
        return;
    work->scaled_lambda = p->row->lambda;
    for (int64_t c = 0; c < work->row_floats; c++)
        work->scale[c] = (float)(1 / sqrt(p->side->eigenvalues[c] + p->row->lambda));
    for (int c = 0; c < work->padding; c++)
        work->scale[c] = 0;
}

/* to[panel][0..15] = root y D^(-1/2): a row of S. */
static void scale_rated(float *to, int64_t to_panel, const float *y, float root, const struct row_work *work)
{
    vec r = vec_broadcast(root);
    for (int64_t panel = 0; panel < work->panels; panel++)
        for (int v = 0; v < PANEL; v += VEC_FLOATS)
            vec_store(to + panel * to_panel + v,
                      vec_multiply(vec_multiply(r, vec_load(y + panel * PANEL + v)),
                                   vec_load(work->scale + panel * PANEL + v)));
}

static void prefetch_rated(const struct fixed_side *side, const struct row *row, int64_t j)
{
    if (j >= row->count)
        return;
    const float *y = rated_row(side, row, j);
    for (int64_t c = 0; c < side->row_floats; c += LINE_FLOATS)
        __builtin_prefetch(y + c);
}

/* S of ratings first .. first + count - 1; row j at to + j * to_row. */
static void gather(const struct problem *p, float *to, int64_t to_row, int64_t to_panel, const float *roots,
                   int64_t first, int64_t count)
{
    for (int64_t j = 0; j < count; j++) {
        prefetch_rated(p->side, p->row, first + j + PREFETCH_ROWS);
        scale_rated(to + j * to_row, to_panel, rated_row(p->side, p->row, first + j), roots[j], p->work);
    }
}

static void add_identity(struct symmetric *a)
{
    for (int64_t i = a->padding; i < a->panels * PANEL; i++)
        a->data[i / PANEL * a->panel + i * PANEL + i % PANEL] += 1;
}

static float largest_diagonal(const struct symmetric *a)
{
    float largest = 1;
    for (int64_t i = a->padding; i < a->panels * PANEL; i++)
        largest = fmaxf(largest, a->data[i / PANEL * a->panel + i * PANEL + i % PANEL]);
    return largest;
}

static void add_block(float *total, float *block, int64_t floats)
{
    for (int64_t i = 0; i < floats; i++) {
        total[i] += block[i];
        block[i] = 0;
    }
}

/* S'S and S'd, 64 ratings at a time. Long rows are summed in blocks, whose rounding errors don't pile up. */
static void form_primal(struct problem *p)
{
    struct row_work *work = p->work;
    bool blocks = p->row->count > BLOCK_ROWS;
    float *matrix = blocks ? work->block : work->matrix, *right = blocks ? work->block_right : work->right;
    clear_upper(work->matrix, work->matrix_panel, work->panels);
    memset(work->right, 0, (size_t)work->row_floats * sizeof(float));
    if (blocks) {
        clear_upper(work->block, work->matrix_panel, work->panels);
        memset(work->block_right, 0, (size_t)work->row_floats * sizeof(float));
    }
    for (int64_t first = 0; first < p->row->count; first += CHUNK_ROWS) {
        int64_t count = p->row->count - first < CHUNK_ROWS ? p->row->count - first : CHUNK_ROWS;
        weigh(p, work->roots, work->targets, first, count);
        gather(p, work->chunk, PANEL, work->chunk_panel, work->roots, first, count);
        struct operand ratings = {work->chunk, PANEL, work->chunk_panel};
        product_symmetric((struct result){matrix, PANEL, work->matrix_panel}, ratings, count, work->padding,
                          work->panels);
        product_add((struct result){right, 0, PANEL}, (struct operand){work->targets, 1, 0}, ratings, count,
                    1, work->panels);
        if (blocks && (first + count == p->row->count || (first + count) % BLOCK_ROWS == 0)) {
            for (int64_t panel = 0; panel < work->panels; panel++)
                add_block(work->matrix + panel * work->matrix_panel, matrix + panel * work->matrix_panel,
                          (panel + 1) * PANEL * PANEL);
            add_block(work->right, right, work->row_floats);
        }
    }
}

/* S S' of all ratings; the dual right-hand side is d. Ratings take the last places, as factors do. */
static void form_dual(struct problem *p)
{
    struct row_work *work = p->work;
    struct symmetric *a = &p->matrix;
    int64_t n = p->row->count;
    weigh(p, work->roots, work->targets, 0, n);
    float *first = work->rated + a->padding * work->row_floats;
    memset(work->rated, 0, (size_t)(a->padding * work->row_floats) * sizeof(float));
    gather(p, first, work->row_floats, PANEL, work->roots, 0, n);
    for (int64_t q = 0; q < a->panels; q++)
        for (int64_t panel = 0; panel < work->panels; panel++)
            transpose_block(work->transposed + q * work->matrix_panel + panel * PANEL * PANEL, PANEL,
                            work->rated + q * PANEL * work->row_floats + panel * PANEL, work->row_floats);
    clear_upper(a->data, a->panel, a->panels);
    product_symmetric((struct result){a->data, PANEL, a->panel},
                      (struct operand){work->transposed + work->padding * PANEL, PANEL, work->matrix_panel},
                      work->row_floats - work->padding, a->padding, a->panels);
}

static bool form_and_factor(struct problem *p, float *largest)
{
    struct row_work *work = p->work;
    int64_t n = p->dual ? p->row->count : work->row_floats - work->padding;
    int64_t panels = (n + PANEL - 1) / PANEL;
    p->matrix = (struct symmetric){.data = work->matrix,
                                   .inverse = work->inverse,
                                   .copy = work->copy,
                                   .panel = work->matrix_panel,
                                   .panels = panels,
                                   .padding = (int)(panels * PANEL - n)};
    if (p->dual)
        form_dual(p);
    else if (!p->formed)
        form_primal(p);
    add_identity(&p->matrix);
    *largest = largest_diagonal(&p->matrix);
    return cholesky(&p->matrix);
}

/* v = S't for t in the places of the ratings. */
static void multiply_rated(const struct problem *p, float *v, const float *t)
{
    struct row_work *work = p->work;
    int padding = p->matrix.padding;
    product_set((struct result){v, 0, PANEL}, (struct operand){t + padding, 1, 0},
                (struct operand){work->rated + padding * work->row_floats, work->row_floats, PANEL},
                p->row->count, 1, work->panels);
}

/* right <- v, the solution in the unit-ridge variable. */
static void solve_factored(const struct problem *p)
{
    struct row_work *work = p->work;
    if (!p->dual) {
        cholesky_solve(&p->matrix, work->right);
        return;
    }
    memset(work->dual_right, 0, (size_t)p->matrix.padding * sizeof(float));
    memcpy(work->dual_right + p->matrix.padding, work->targets, (size_t)p->row->count * sizeof(float));
    cholesky_solve(&p->matrix, work->dual_right);
    multiply_rated(p, work->right, work->dual_right);
}

#include "solve/kernel/refine.h"

/* The solution as a row of the fixed side to be. */
static enum row_outcome finish_row(const struct problem *p, float *x, enum row_outcome outcome)
{
    const struct row_work *work = p->work;
    float check = 0;
    for (int64_t c = work->padding; c < work->row_floats; c++) {
        x[c] = (float)work->solution[c];
        check += x[c] * 0; /* not 0 only for infinities and NaN */
    }
    memset(x, 0, (size_t)work->padding * sizeof *x);
    if (p->side->biased) {
        x[work->padding - 1] = x[work->row_floats - 1];
        x[work->row_floats - 1] = 1;
    }
    return check == 0 ? outcome : ROW_FAILED;
}

static enum row_outcome solve_problem(struct problem *p, float *x)
{
    struct row_work *work = p->work;
    float largest = 0;
    find_scale(p);
    if (form_and_factor(p, &largest)) {
        solve_factored(p);
        for (int64_t c = 0; c < work->row_floats; c++)
            work->solution[c] = (double)work->scale[c] * (double)work->right[c];
        if ((largest <= well_conditioned || refine(p)) && finish_row(p, x, ROW_SOLVED) == ROW_SOLVED)
            return ROW_SOLVED;
    }
    if (!(p->dual ? solve_dual_in_double(p) : solve_primal_in_double(p)))
        return ROW_FAILED;
    return finish_row(p, x, ROW_SOLVED_IN_DOUBLE);
}

static enum row_outcome solve_row(struct row_work *work, float *x, const struct row *row,
                                  const struct fixed_side *side, const struct weighting *weighting)
{
    struct problem p = {.work = work,
                        .row = row,
                        .side = side,
                        .weighting = weighting,
                        .dual = row_is_dual(row->count, (int)(work->row_floats - work->padding))};
    if (row->count > 0)
        return solve_problem(&p, x);
    memset(work->solution, 0, (size_t)work->row_floats * sizeof *work->solution);
    return finish_row(&p, x, ROW_SOLVED);
}
