/* Conjugate gradients on the unit-ridge problem (I + S'S) v = S'd, from the row as it stands (Hestenes and Stiefel
 * 1952; for implicit feedback Takacs, Pilaszy and Tikk, RecSys 2011).
 *
 * S is never formed: S'S p = D^(-1/2) Y_u' W Y_u D^(-1/2) p, one pass over the rated rows, a few at a time. As no
 * eigenvalue of the matrix is below 1, v is off by at most the size of its residual. */

static const float rounding_level = FLT_EPSILON * FLT_EPSILON; /* of squares */

/* Ratings at a time: up to k = 256 their rows fit the first cache. GROUP: panels whose sums fit the registers. */
enum { PASS_ROWS = 32, GROUP_VECS = 8, GROUP = GROUP_VECS / PANEL_VECS };

/* w and b of ratings first .. first + count - 1. */
static void weigh_plainly(const struct problem *p, float *weights, float *targets, int64_t first,
                          int64_t count)
{
    if (p->weighting->kind == WEIGHTS_EXPLICIT) {
        weigh_alike(p, weights, targets, first, count);
        for (int64_t j = 0; p->row->weight != NULL && j < count; j++) {
            weights[j] = p->row->weight[first + j];
            targets[j] *= weights[j];
        }
        return;
    }
    const float plus = p->weighting->kind == WEIGHTS_HU ? 1 : 0;
    for (int64_t j = 0; j < count; j++) {
        const float value = p->row->value[first + j];
        weights[j] = weight_of(p->weighting, value);
        targets[j] = is_negative(value) ? 0 : plus + weights[j];
    }
}

/* sum += factors Y, `panels` panels from column `from` on. */
ALWAYS_INLINE void add_panels(float *sum, const float *const *y, const float *factors, int64_t count,
                              int64_t from, const int panels)
{
    vec part[GROUP_VECS], one = vec_broadcast(1);
    UNROLL
    for (int v = 0; v < panels * PANEL_VECS; v++)
        part[v] = vec_zero();
    for (int64_t j = 0; j < count; j++) {
        vec factor = vec_broadcast(factors[j]);
        UNROLL
        for (int v = 0; v < panels * PANEL_VECS; v++)
            part[v] = vec_multiply_add(factor, vec_load(y[j] + from + v * VEC_FLOATS), part[v]);
    }
    UNROLL
    for (int v = 0; v < panels * PANEL_VECS; v++) {
        float *to = sum + from + v * VEC_FLOATS;
        vec_store(to, vec_multiply_add(one, part[v], vec_load(to)));
    }
}

static void add_rows(float *sum, const float *const *y, const float *factors, int64_t count, int64_t panels)
{
    int64_t p = 0;
    for (; panels - p >= GROUP; p += GROUP)
        add_panels(sum, y, factors, count, p * PANEL, GROUP);
    for (; GROUP > 4 && panels - p >= 4; p += 4)
        add_panels(sum, y, factors, count, p * PANEL, 4);
    for (; GROUP > 2 && panels - p >= 2; p += 2)
        add_panels(sum, y, factors, count, p * PANEL, 2);
    for (; p < panels; p++)
        add_panels(sum, y, factors, count, p * PANEL, 1);
}

/* sum <- Y'(b - W Y x), or -Y'W Y x without the targets. */
static void pass(const struct problem *p, float *sum, const float *x, bool with_targets)
{
    const struct row *row = p->row;
    const int64_t panels = p->work->panels;
    float weights[PASS_ROWS], targets[PASS_ROWS], factors[PASS_ROWS];
    const float *y[PASS_ROWS];
    memset(sum, 0, (size_t)p->work->row_floats * sizeof *sum);
    for (int64_t first = 0; first < row->count; first += PASS_ROWS) {
        int64_t count = row->count - first < PASS_ROWS ? row->count - first : PASS_ROWS;
        weigh_plainly(p, weights, targets, first, count);
        for (int64_t j = 0; j < count; j++) {
            prefetch_rated(p->side, row, first + j + PREFETCH_ROWS, 0, p->side->row_floats);
            y[j] = rated_row(p->side, row, first + j);
            factors[j] = (with_targets ? targets[j] : 0) - weights[j] * dot(y[j], x, panels);
        }
        add_rows(sum, y, factors, count, panels);
    }
}

/* v <- D^(1/2) x, right <- S'd - (I + S'S) v. */
static void start(const struct problem *p, float *v)
{
    struct row_workspace *work = p->work;
    if (p->side->biased)
        v[work->row_floats - 1] = v[work->padding - 1];
    memset(v, 0, (size_t)work->padding * sizeof *v);
    pass(p, work->right, v, true);
    for (int64_t c = work->padding; c < work->row_floats; c++)
        v[c] /= work->scale[c];
    for (int64_t c = 0; c < work->row_floats; c++)
        work->right[c] = work->scale[c] * work->right[c] - v[c];
}

/* to <- a + factor b */
static void combine(float *to, const float *a, float factor, const float *b, int64_t row_floats)
{
    vec f = vec_broadcast(factor);
    for (int64_t c = 0; c < row_floats; c += VEC_FLOATS)
        vec_store(to + c, vec_multiply_add(f, vec_load(b + c), vec_load(a + c)));
}

static void multiply_each(float *to, const float *a, const float *b, int64_t row_floats)
{
    for (int64_t c = 0; c < row_floats; c++)
        to[c] = a[c] * b[c];
}

/* At most so many steps; fewer where the residual is at rounding level. False where it is not finite. */
static bool descend_conjugate(const struct problem *p, float *v, int steps)
{
    struct row_workspace *work = p->work;
    const int64_t n = work->row_floats, panels = work->panels;
    float *residual = work->right, *direction = work->direction, *image = work->block_right;
    float size = dot(residual, residual, panels);
    memcpy(direction, residual, (size_t)n * sizeof *direction);
    for (int s = 0; s < steps && size > rounding_level * dot(v, v, panels); s++) {
        multiply_each(work->scaled, work->scale, direction, n);
        pass(p, image, work->scaled, false);
        multiply_each(image, work->scale, image, n);
        combine(image, direction, -1, image, n); /* (I + S'S) direction */
        float length = size / dot(direction, image, panels), before = size;
        combine(v, v, length, direction, n);
        combine(residual, residual, -length, image, n);
        size = dot(residual, residual, panels);
        combine(direction, residual, size / before, direction, n);
    }
    return size <= FLT_MAX;
}

/* False where the steps lead to no finite answer; x is then undefined. */
static bool improve_row(const struct problem *p, float *x, int steps)
{
    find_scale(p);
    start(p, x);
    return descend_conjugate(p, x, steps) && finish_scaled(p->side, x, p->work->scale, x);
}
