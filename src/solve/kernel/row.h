/* One row: unit ridge in the Gram matrix's eigenbasis.
 *
 * With D = diag(p_u g + lambda), S = W^(1/2) Y_u D^(-1/2) and d = b / w^(1/2) the row is
 *     argmin |S v - d|^2 + |v|^2,  x = D^(-1/2) v:
 * primal  (I + S'S) v = S'd  for long rows,  dual  (I + S S') t = d, v = S't  for short ones.
 *
 * Failure policy: a float32 Cholesky solution is off by about cond(I + S'S) eps. The eigenvalues of the matrix are >=
 * 1, and its largest diagonal element is about the largest of them. Above `well_conditioned` the solution is refined
 * with residuals in double; where that does not converge the row is solved in double. */

static const float well_conditioned = 256;

/* GATHER_VECS: of a row, gathered at a time. */
enum { PREFETCH_ROWS = 16, REFINEMENTS = 4, LINE_FLOATS = 16, GATHER_VECS = 4 * PANEL_VECS };

/* One row's problem as its steps see it. */
struct problem {
    struct row_workspace *work;
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

/* weights = 1, targets = r - mean - the fixed row's own bias. */
static void weigh_alike(const struct problem *p, float *weights, float *targets, int64_t first, int64_t count)
{
    const struct fixed_side *side = p->side;
    for (int64_t j = 0; j < count; j++) {
        float bias = side->biased ? rated_row(side, p->row, first + j)[side->padding - 1] : 0;
        weights[j] = 1;
        targets[j] = p->row->value[first + j] - p->weighting->mean - bias;
    }
}

/* roots = w^(1/2), targets = b / w^(1/2) of explicit ratings. */
static void weigh_explicit(const struct problem *p, float *roots, float *targets, int64_t first,
                           int64_t count)
{
    weigh_alike(p, roots, targets, first, count);
    for (int64_t j = 0; p->row->weight != NULL && j < count; j++) {
        roots[j] = sqrtf(p->row->weight[first + j]);
        targets[j] *= roots[j];
    }
}

/* roots = w^(1/2), targets = b / w^(1/2) of implicit ratings; count a constant. */
ALWAYS_INLINE void weigh_implicit(const struct weighting *weighting, float *roots, float *targets,
                                  const float *values, const int count)
{
    const float plus = weighting->kind == WEIGHTS_HU ? 1 : 0;
    for (int j = 0; j < count; j++) {
        roots[j] = sqrtf(weight_of(weighting, values[j]));
        targets[j] = is_negative(values[j]) ? 0 : plus / roots[j] + roots[j];
    }
}

/* The same of ratings first .. first + count - 1, and of padding that fills a panel. */
static void weigh(const struct problem *p, float *roots, float *targets, int64_t first, int64_t count)
{
    if (p->weighting->kind == WEIGHTS_EXPLICIT) {
        weigh_explicit(p, roots, targets, first, count);
        return;
    }
    float rest[PANEL] = {0};
    for (int64_t j = 0; j < count; j += PANEL) {
        const float *values = p->row->value + first + j;
        if (count - j < PANEL)
            values = memcpy(rest, values, (size_t)(count - j) * sizeof *rest);
        weigh_implicit(p->weighting, roots + j, targets + j, values, PANEL);
    }
}

/* D_cc */
ALWAYS_INLINE double ridge_of(const struct problem *p, int64_t c)
{
    return p->row->unobserved * p->side->eigenvalues[c] + p->row->lambda;
}

static void find_scale(const struct problem *p)
{
    struct row_workspace *work = p->work;
    if (work->scaled_unobserved == p->row->unobserved && work->scaled_lambda == p->row->lambda)
        return;
    work->scaled_unobserved = p->row->unobserved;
    work->scaled_lambda = p->row->lambda;
    for (int64_t c = 0; c < work->row_floats; c++)
        work->scale[c] = (float)(1 / sqrt(ridge_of(p, c)));
    for (int c = 0; c < work->padding; c++)
        work->scale[c] = 0;
}

/* `floats` numbers of a rated row, of this row's or of those of the rows after it. */
ALWAYS_INLINE void prefetch_rated(const struct fixed_side *side, const struct row *row, int64_t j,
                                  int64_t from, int64_t floats)
{
    if (j >= row->count + row->following)
        return;
    const float *y = rated_row(side, row, j) + from;
    for (int64_t c = 0; c < floats; c += LINE_FLOATS)
        __builtin_prefetch(y + c);
}

/* Some panels, from column `from` on, of S of ratings first .. first + count - 1:  root y D^(-1/2), row j at
 * to + j * to_row. Adds S'd of these to right. */
ALWAYS_INLINE void gather_panels(const struct problem *p, float *right, float *to, int64_t to_row,
                                 int64_t to_panel, int64_t from, int64_t first, int64_t count,
                                 const int panels)
{
    const struct row_workspace *work = p->work;
    vec scale[GATHER_VECS], sum[GATHER_VECS];
    UNROLL
    for (int v = 0; v < panels * PANEL_VECS; v++) {
        scale[v] = vec_load(work->scale + from + v * VEC_FLOATS);
        sum[v] = vec_load(right + from + v * VEC_FLOATS);
    }
    for (int64_t j = 0; j < count; j++) {
        const float *y = rated_row(p->side, p->row, first + j) + from;
        float *s = to + j * to_row + from / PANEL * to_panel;
        vec root = vec_broadcast(work->roots[j]), target = vec_broadcast(work->targets[j]);
        prefetch_rated(p->side, p->row, first + j + PREFETCH_ROWS, from, panels * PANEL);
        UNROLL
        for (int v = 0; v < panels * PANEL_VECS; v++) {
            vec scaled = vec_multiply(vec_multiply(root, vec_load(y + v * VEC_FLOATS)), scale[v]);
            vec_store(s + v / PANEL_VECS * to_panel + v % PANEL_VECS * VEC_FLOATS, scaled);
            sum[v] = vec_multiply_add(target, scaled, sum[v]);
        }
    }
    UNROLL
    for (int v = 0; v < panels * PANEL_VECS; v++)
        vec_store(right + from + v * VEC_FLOATS, sum[v]);
}

/* The same of all panels; weighs the ratings before. */
static void gather(const struct problem *p, float *right, float *to, int64_t to_row, int64_t to_panel,
                   int64_t first, int64_t count)
{
    const int64_t n = p->work->row_floats;
    int64_t c = 0;
    weigh(p, p->work->roots, p->work->targets, first, count);
    for (; n - c >= 4 * PANEL; c += 4 * PANEL)
        gather_panels(p, right, to, to_row, to_panel, c, first, count, 4);
    if (n - c >= 2 * PANEL) {
        gather_panels(p, right, to, to_row, to_panel, c, first, count, 2);
        c += 2 * PANEL;
    }
    if (c < n)
        gather_panels(p, right, to, to_row, to_panel, c, first, count, 1);
}

/* Adds I, and returns the largest element of the diagonal. */
static float add_identity(struct symmetric *a)
{
    float largest = 1;
    for (int64_t p = 0; p < a->panels; p++) {
        float *block = a->data + p * (a->panel + PANEL * PANEL);
        for (int l = p == 0 ? a->padding : 0; l < PANEL; l++) {
            float diagonal = block[l * PANEL + l] += 1;
            largest = diagonal > largest ? diagonal : largest;
        }
    }
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
    struct row_workspace *work = p->work;
    bool blocks = p->row->count > BLOCK_ROWS;
    float *total = p->matrix.data, *matrix = blocks ? work->block : total;
    float *right = blocks ? work->block_right : work->right;
    clear_upper(total, work->matrix_panel, work->panels);
    memset(work->right, 0, (size_t)work->row_floats * sizeof(float));
    if (blocks) {
        clear_upper(work->block, work->matrix_panel, work->panels);
        memset(work->block_right, 0, (size_t)work->row_floats * sizeof(float));
    }
    for (int64_t first = 0; first < p->row->count; first += CHUNK_ROWS) {
        int64_t count = p->row->count - first < CHUNK_ROWS ? p->row->count - first : CHUNK_ROWS;
        gather(p, right, work->chunk, PANEL, work->chunk_panel, first, count);
        product_symmetric((struct result){matrix, PANEL, work->matrix_panel},
                          (struct operand){work->chunk, PANEL, work->chunk_panel}, count, work->padding,
                          work->panels);
        if (blocks && (first + count == p->row->count || (first + count) % BLOCK_ROWS == 0)) {
            for (int64_t panel = 0; panel < work->panels; panel++)
                add_block(total + panel * work->matrix_panel, matrix + panel * work->matrix_panel,
                          (panel + 1) * PANEL * PANEL);
            add_block(work->right, right, work->row_floats);
        }
    }
}

/* S S' of all ratings; the dual right-hand side is d. Ratings take the last places, as factors do. */
static void form_dual(struct problem *p)
{
    struct row_workspace *work = p->work;
    struct symmetric *a = &p->matrix;
    int64_t n = p->row->count;
    float *first = work->rated + a->padding * work->row_floats;
    memset(work->rated, 0, (size_t)(a->padding * work->row_floats) * sizeof(float));
    gather(p, work->right, first, work->row_floats, PANEL, 0, n);
    for (int64_t q = 0; q < a->panels; q++)
        for (int64_t panel = 0; panel < work->panels; panel++)
            transpose_block(work->transposed + q * work->matrix_panel + panel * PANEL * PANEL, PANEL,
                            work->rated + q * PANEL * work->row_floats + panel * PANEL, work->row_floats);
    clear_upper(a->data, a->panel, a->panels);
    product_symmetric((struct result){a->data, PANEL, a->panel},
                      (struct operand){work->transposed + work->padding * PANEL, PANEL, work->matrix_panel},
                      work->row_floats - work->padding, a->padding, a->panels);
}

/* The matrix, in its place or that of a batch. True where float32 solves it accurately. */
static bool form(struct problem *p, float *data)
{
    struct row_workspace *work = p->work;
    int64_t n = p->dual ? p->row->count : work->row_floats - work->padding;
    int64_t panels = (n + PANEL - 1) / PANEL;
    p->matrix = (struct symmetric){.data = data,
                                   .inverse = work->inverse,
                                   .copy = work->copy,
                                   .panel = work->matrix_panel,
                                   .panels = panels,
                                   .padding = (int)(panels * PANEL - n)};
    if (p->dual)
        form_dual(p);
    else if (!p->formed)
        form_primal(p);
    return add_identity(&p->matrix) <= well_conditioned;
}

/* v = S't for t in the places of the ratings. */
static void multiply_rated(const struct problem *p, float *v, const float *t)
{
    struct row_workspace *work = p->work;
    int padding = p->matrix.padding;
    product_set((struct result){v, 0, PANEL}, (struct operand){t + padding, 1, 0},
                (struct operand){work->rated + padding * work->row_floats, work->row_floats, PANEL},
                p->row->count, 1, work->panels);
}

/* right <- v, the solution in the unit-ridge variable. */
static void solve_factored(const struct problem *p)
{
    struct row_workspace *work = p->work;
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

/* Makes x a row of the fixed side to be. False where it is not finite. */
static bool finish_row(const struct fixed_side *side, float *x)
{
    uint32_t largest = 0;
    for (int64_t c = 0; c < side->row_floats; c++) {
        uint32_t bits;
        memcpy(&bits, x + c, sizeof bits);
        bits &= 0x7fffffff; /* |x|, in the order of integers: infinities and NaN come last */
        largest = bits > largest ? bits : largest;
    }
    if (side->biased) {
        x[side->padding - 1] = x[side->row_floats - 1];
        x[side->row_floats - 1] = 1;
    }
    return largest < 0x7f800000;
}

/* x = D^(-1/2) v */
static bool finish_scaled(const struct fixed_side *side, float *x, const float *scale, const float *v)
{
    for (int64_t c = 0; c < side->row_floats; c++)
        x[c] = scale[c] * v[c];
    return finish_row(side, x);
}

static bool finish_double(const struct problem *p, float *x)
{
    for (int64_t c = 0; c < p->side->row_floats; c++)
        x[c] = c < p->side->padding ? 0 : (float)p->work->solution[c];
    return finish_row(p->side, x);
}

/* What float32 cannot do. */
static enum row_outcome solve_in_double(const struct problem *p, float *x)
{
    bool solved = p->dual ? solve_dual_in_double(p) : solve_primal_in_double(p);
    return solved && finish_double(p, x) ? ROW_SOLVED_IN_DOUBLE : ROW_FAILED;
}

/* The solution by way of p's matrix, formed and by itself. */
static enum row_outcome solve_formed(struct problem *p, float *x, bool accurate)
{
    struct row_workspace *work = p->work;
    if (cholesky(&p->matrix)) {
        solve_factored(p);
        if (accurate && finish_scaled(p->side, x, work->scale, work->right))
            return ROW_SOLVED;
        for (int64_t c = 0; c < work->row_floats; c++)
            work->solution[c] = (double)work->scale[c] * (double)work->right[c];
        if (!accurate && refine(p) && finish_double(p, x))
            return ROW_SOLVED;
    }
    return solve_in_double(p, x);
}
