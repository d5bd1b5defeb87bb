/* The one product behind everything: C (+|-)= A'B in register tiles.
 *
 * Matrices come in panels of 16 columns. Element (d, 16 p + l) of an operand is data[p * panel + d * depth + l]: with
 * depth = 16 each panel is contiguous, with panel = 16 the matrix is row-major. Each element of C is one chain of fused
 * multiply-adds in the order of d, so its bits depend neither on the tile's shape nor on the width of a register. */

enum { PANEL = 16, PANEL_VECS = PANEL / VEC_FLOATS };

enum update { SET, ADD, SUBTRACT };

struct operand {
    const float *data;
    int64_t depth, panel; /* distances in floats */
};

struct result {
    float *data;
    int64_t row, panel; /* distances in floats */
};

#if defined(__clang__)
#define UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNROLL _Pragma("GCC unroll 24")
#endif
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* rows x 16 panels elements of C; rows and panels are constants wherever this is expanded. */
ALWAYS_INLINE void register_tile(struct result c, struct operand a, struct operand b, int64_t depth,
                                 enum update update, const int rows, const int panels)
{
    vec sum[PANEL][TILE_PANELS * PANEL_VECS];
    UNROLL
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int v = 0; v < panels * PANEL_VECS; v++) {
            const float *from = c.data + r * c.row + v / PANEL_VECS * c.panel + v % PANEL_VECS * VEC_FLOATS;
            sum[r][v] = update == SET ? vec_zero() : vec_load(from);
        }
    }
    for (int64_t d = 0; d < depth; d++) {
        vec column[TILE_PANELS * PANEL_VECS];
        UNROLL
        for (int v = 0; v < panels * PANEL_VECS; v++)
            column[v] =
                vec_load(b.data + d * b.depth + v / PANEL_VECS * b.panel + v % PANEL_VECS * VEC_FLOATS);
        UNROLL
        for (int r = 0; r < rows; r++) {
            vec factor = vec_broadcast(a.data[d * a.depth + r]);
            UNROLL
            for (int v = 0; v < panels * PANEL_VECS; v++)
                sum[r][v] = update == SUBTRACT ? vec_subtract_product(factor, column[v], sum[r][v])
                                               : vec_multiply_add(factor, column[v], sum[r][v]);
        }
    }
    UNROLL
    for (int r = 0; r < rows; r++) {
        UNROLL
        for (int v = 0; v < panels * PANEL_VECS; v++)
            vec_store(c.data + r * c.row + v / PANEL_VECS * c.panel + v % PANEL_VECS * VEC_FLOATS, sum[r][v]);
    }
}

#define PRODUCT_HEIGHT(height)                                                                               \
    for (; rows - r >= (height); r += (height))                                                              \
        register_tile((struct result){c.data + r * c.row, c.row, c.panel},                                   \
                      (struct operand){a.data + r, a.depth, a.panel}, b, depth, update, height, panels);

ALWAYS_INLINE void product_strip(struct result c, struct operand a, struct operand b, int64_t depth, int rows,
                                 enum update update, const int panels)
{
    int r = 0;
    if (panels == 1) {
        SINGLE_PANEL_HEIGHTS(PRODUCT_HEIGHT)
    }
    TILE_HEIGHTS(PRODUCT_HEIGHT)
}

/* C[rows x 16 panels] of update: set to, added or subtracted A'B, where A's columns are a.data[0 .. rows - 1] of one
 * panel and the sum runs over depth rows of A and B. */
ALWAYS_INLINE void product_of(struct result c, struct operand a, struct operand b, int64_t depth, int rows,
                              int64_t panels, enum update update)
{
    int64_t p = 0;
    for (; panels - p >= TILE_PANELS; p += TILE_PANELS)
        product_strip((struct result){c.data + p * c.panel, c.row, c.panel}, a,
                      (struct operand){b.data + p * b.panel, b.depth, b.panel}, depth, rows, update,
                      TILE_PANELS);
    if (TILE_PANELS > 2 && panels - p == 2) {
        product_strip((struct result){c.data + p * c.panel, c.row, c.panel}, a,
                      (struct operand){b.data + p * b.panel, b.depth, b.panel}, depth, rows, update, 2);
        return;
    }
    for (; p < panels; p++)
        product_strip((struct result){c.data + p * c.panel, c.row, c.panel}, a,
                      (struct operand){b.data + p * b.panel, b.depth, b.panel}, depth, rows, update, 1);
}

static void product_set(struct result c, struct operand a, struct operand b, int64_t depth, int rows,
                        int64_t panels)
{
    product_of(c, a, b, depth, rows, panels, SET);
}

static void product_add(struct result c, struct operand a, struct operand b, int64_t depth, int rows,
                        int64_t panels)
{
    product_of(c, a, b, depth, rows, panels, ADD);
}

static void product_subtract(struct result c, struct operand a, struct operand b, int64_t depth, int rows,
                             int64_t panels)
{
    product_of(c, a, b, depth, rows, panels, SUBTRACT);
}

/* The upper triangle of C += A'A for A[depth x 16 panels], whose first `padding` columns are left out. Row r of C is
 * c.data + r * c.row; elements left of the diagonal panel are untouched. */
static void product_symmetric(struct result c, struct operand a, int64_t depth, int padding, int64_t panels)
{
    for (int64_t p = 0; p < panels; p++) {
        int first = p == 0 ? padding : 0;
        struct result rows = {c.data + (p * PANEL + first) * c.row + p * c.panel, c.row, c.panel};
        struct operand left = {a.data + p * a.panel + first, a.depth, a.panel};
        struct operand right = {a.data + p * a.panel, a.depth, a.panel};
        product_add(rows, left, right, depth, PANEL - first, panels - p);
    }
}

/* Sets to 0 what product_symmetric adds to. */
static void clear_upper(float *matrix, int64_t panel, int64_t panels)
{
    for (int64_t p = 0; p < panels; p++)
        memset(matrix + p * panel, 0, (size_t)((p + 1) * PANEL * PANEL) * sizeof *matrix);
}

/* sums[r] = the sum of the 16 lanes of row r, by halving: the same order on every level. lanes is destroyed. */
static void sum_lanes(float sums[PANEL], float lanes[PANEL][PANEL])
{
    for (int half = PANEL / 2; half > 0; half /= 2)
        for (int r = 0; r < PANEL; r++)
            for (int l = 0; l < half; l++)
                lanes[r][l] += lanes[r][l + half];
    for (int r = 0; r < PANEL; r++)
        sums[r] = lanes[r][0];
}

/* lanes[l] = sum over panels of a[16 p + l] b[p * panel + l], a chain in the order of p. */
static void multiply_lanes(float lanes[PANEL], const float *a, const float *b, int64_t b_panel,
                           int64_t panels)
{
    vec sum[PANEL_VECS];
    UNROLL
    for (int v = 0; v < PANEL_VECS; v++)
        sum[v] = vec_zero();
    for (int64_t p = 0; p < panels; p++) {
        UNROLL
        for (int v = 0; v < PANEL_VECS; v++)
            sum[v] = vec_multiply_add(vec_load(a + p * PANEL + v * VEC_FLOATS),
                                      vec_load(b + p * b_panel + v * VEC_FLOATS), sum[v]);
    }
    UNROLL
    for (int v = 0; v < PANEL_VECS; v++)
        vec_store(lanes + v * VEC_FLOATS, sum[v]);
}

/* a . b of whole rows: a chain in the order of panels for each lane, then the lanes. */
static float dot(const float *x, const float *y, int64_t panels)
{
    vec products[PANEL_VECS];
    UNROLL
    for (int v = 0; v < PANEL_VECS; v++)
        products[v] = vec_multiply(vec_load(x + v * VEC_FLOATS), vec_load(y + v * VEC_FLOATS));
    for (int64_t c = PANEL; c < panels * PANEL; c += PANEL) {
        UNROLL
        for (int v = 0; v < PANEL_VECS; v++)
            products[v] = vec_multiply_add(vec_load(x + c + v * VEC_FLOATS), vec_load(y + c + v * VEC_FLOATS),
                                           products[v]);
    }
    return vec_total(products);
}

typedef float quad __attribute__((vector_size(16), aligned(16), may_alias));
typedef double pair __attribute__((vector_size(16), aligned(16), may_alias));

/* to[column][row] = from[row][column] of a 4 x 4 block. */
static inline void transpose_quads(float *to, int64_t to_row, const float *from, int64_t from_row)
{
    quad a = *(const quad *)from, b = *(const quad *)(from + from_row);
    quad c = *(const quad *)(from + 2 * from_row), d = *(const quad *)(from + 3 * from_row);
    quad ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5),
         cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    quad ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7),
         cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(quad *)to = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
    *(quad *)(to + to_row) = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
    *(quad *)(to + 2 * to_row) = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
    *(quad *)(to + 3 * to_row) = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

/* The same of a 16 x 16 block; distances in floats from row to row, multiples of 4. */
static void transpose_block(float *to, int64_t to_row, const float *from, int64_t from_row)
{
    for (int r = 0; r < PANEL; r += 4)
        for (int l = 0; l < PANEL; l += 4)
            transpose_quads(to + l * to_row + r, to_row, from + r * from_row + l, from_row);
}
