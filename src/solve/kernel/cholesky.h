/* Cholesky A = U'U of a symmetric matrix in panel layout, by block rows of 16, left-looking.
 *
 * Element (r, 16 p + l) is data[p * panel + 16 r + l]; the first `padding` rows and columns are no part of the matrix.
 * Of each diagonal block the inverse is kept, so that all triangular solves are products. */

struct symmetric {
    float *data;    /* upper triangle: A, then U */
    float *inverse; /* [panels][2][16][16]: the inverse of each diagonal block of U, and its transpose */
    float *copy;    /* [panels][16][16]: scratch */
    int64_t panel;  /* distance from panel to panel */
    int64_t panels;
    int padding;
};

static int first_of(const struct symmetric *a, int64_t p)
{
    return p == 0 ? a->padding : 0;
}

static float *block_of(const struct symmetric *a, int64_t block_row, int64_t p)
{
    return a->data + p * a->panel + block_row * PANEL * PANEL;
}

static float *inverse_of(const struct symmetric *a, int64_t p)
{
    return a->inverse + p * 2 * PANEL * PANEL;
}

/* rows[r] -= factors[r] rows[pivot] for all rows below. */
ALWAYS_INLINE void subtract_pivot_row(vec rows[PANEL][PANEL_VECS], const vec *factors, const int pivot)
{
    UNROLL
    for (int r = pivot + 1; r < PANEL; r++) {
        vec factor = vec_lane(factors, r);
        UNROLL
        for (int v = 0; v < PANEL_VECS; v++)
            rows[r][v] = vec_subtract_product(factor, rows[pivot][v], rows[r][v]);
    }
}

/* data[r] <- factors[r] data[r] */
static void scale_rows(float *data, const float *factors)
{
    for (int r = 0; r < PANEL; r++)
        for (int v = 0; v < PANEL; v += VEC_FLOATS)
            vec_store(data + r * PANEL + v,
                      vec_multiply(vec_broadcast(factors[r]), vec_load(data + r * PANEL + v)));
}

/* A = L D L' in registers, by elimination; the same steps turn the identity in `lower` into L^-1. On return the block
 * is D L'. */
ALWAYS_INLINE void eliminate_block(float *block, int first, float *lower)
{
    vec rows[PANEL][PANEL_VECS], inverse[PANEL][PANEL_VECS], factors[PANEL_VECS];
    UNROLL
    for (int v = 0; v < PANEL * PANEL_VECS; v++) {
        rows[v / PANEL_VECS][v % PANEL_VECS] = vec_load(block + v * VEC_FLOATS);
        inverse[v / PANEL_VECS][v % PANEL_VECS] = vec_load(lower + v * VEC_FLOATS);
    }
    UNROLL
    for (int j = 0; j < PANEL; j++) {
        if (j < first)
            continue;
        vec reciprocal = vec_divide(vec_broadcast(1), vec_lane(rows[j], j));
        UNROLL
        for (int v = 0; v < PANEL_VECS; v++)
            factors[v] = vec_multiply(reciprocal, rows[j][v]);
        subtract_pivot_row(rows, factors, j);
        subtract_pivot_row(inverse, factors, j);
    }
    UNROLL
    for (int v = 0; v < PANEL * PANEL_VECS; v++) {
        vec_store(block + v * VEC_FLOATS, rows[v / PANEL_VECS][v % PANEL_VECS]);
        vec_store(lower + v * VEC_FLOATS, inverse[v / PANEL_VECS][v % PANEL_VECS]);
    }
}

/* A diagonal block to U = D^(1/2) L', and its inverse and that one's transpose U^-T = D^(-1/2) L^-1. False if a pivot
 * is not a positive number. */
static bool factor_block(float *block, int first, float *inverse)
{
    float *transposed = inverse + PANEL * PANEL;
    _Alignas(64) float roots[PANEL];
    bool positive = true;
    memset(transposed, 0, PANEL * PANEL * sizeof *transposed);
    for (int i = first; i < PANEL; i++)
        transposed[i * PANEL + i] = 1;
    eliminate_block(block, first, transposed);
    for (int i = 0; i < PANEL; i++) {
        float pivot = i < first ? 1 : block[i * PANEL + i];
        positive = positive && pivot > 0 && pivot <= FLT_MAX;
        roots[i] = 1 / sqrtf(pivot);
    }
    scale_rows(block, roots);
    scale_rows(transposed, roots);
    transpose_block(inverse, PANEL, transposed, PANEL);
    return positive;
}

/* A to U. False if A is not positive definite to working precision. */
static bool cholesky(struct symmetric *a)
{
    for (int64_t i = 0; i < a->panels; i++) {
        int first = first_of(a, i);
        int64_t right = a->panels - i;
        struct result rows = {block_of(a, i, i) + first * PANEL, PANEL, a->panel};
        if (i > 0) {
            struct operand above = {a->data + i * a->panel + a->padding * PANEL, PANEL, a->panel};
            product_subtract(rows, above, above, i * PANEL - a->padding, PANEL, right);
        }
        if (!factor_block(block_of(a, i, i), first, inverse_of(a, i)))
            return false;
        if (right == 1)
            break;
        for (int64_t p = 1; p < right; p++)
            memcpy(a->copy + p * PANEL * PANEL, block_of(a, i, i + p), PANEL * PANEL * sizeof(float));
        rows.data += a->panel;
        product_set(rows, (struct operand){inverse_of(a, i) + first * PANEL + first, PANEL, 0},
                    (struct operand){a->copy + PANEL * PANEL + first * PANEL, PANEL, PANEL * PANEL},
                    PANEL - first, PANEL - first, right - 1);
    }
    return true;
}

/* Solves U'U x = b in place; b has 16 panels numbers, of which the first `padding` stay 0. */
static void cholesky_solve(const struct symmetric *u, float *b)
{
    _Alignas(64) float part[PANEL], lanes[PANEL][PANEL];
    for (int64_t i = 0; i < u->panels; i++) { /* U'z = b */
        memcpy(part, b + i * PANEL, sizeof part);
        product_set((struct result){b + i * PANEL, 0, 0}, (struct operand){part, 1, 0},
                    (struct operand){inverse_of(u, i), PANEL, 0}, PANEL, 1, 1);
        if (i + 1 < u->panels)
            product_subtract(
                (struct result){b + (i + 1) * PANEL, 0, PANEL}, (struct operand){b + i * PANEL, 1, 0},
                (struct operand){block_of(u, i, i + 1), PANEL, u->panel}, PANEL, 1, u->panels - i - 1);
    }
    for (int64_t i = u->panels - 1; i >= 0; i--) { /* U x = z */
        memcpy(part, b + i * PANEL, sizeof part);
        if (i + 1 < u->panels) {
            float right[PANEL];
            for (int r = 0; r < PANEL; r++)
                multiply_lanes(lanes[r], b + (i + 1) * PANEL, block_of(u, i, i + 1) + r * PANEL, u->panel,
                               u->panels - i - 1);
            sum_lanes(right, lanes);
            for (int r = 0; r < PANEL; r++)
                part[r] -= right[r];
        }
        product_set((struct result){b + i * PANEL, 0, 0}, (struct operand){part, 1, 0},
                    (struct operand){inverse_of(u, i) + PANEL * PANEL, PANEL, 0}, PANEL, 1, 1);
    }
}
