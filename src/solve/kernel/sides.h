/* Work on a whole side, tile by tile: scores of rated rows, Gram matrix, rotation. */
static void scores(double *result, const double *x, const struct fixed_side *side, const struct row *row)
{
    for (int64_t j = 0; j < row->count; j++) {
        prefetch_rated(side, row, j + PREFETCH_ROWS, 0, side->row_floats);
        result[j] = dot_double(rated_row(side, row, j), x, side->row_floats);
    }
}

static void find_largest(float *result, const float *rows, int64_t row_floats, int64_t count)
{
    for (int64_t r = 0; r < count; r++)
        for (int64_t c = 0; c < row_floats; c++) {
            float size = fabsf(rows[r * row_floats + c]);
            result[c] = size > result[c] ? size : result[c];
        }
}

/* The float32 product of a tile, in work->matrix, is converted element by element. */
static void gram_tile(struct row_workspace *work, int64_t *sum, const float *rows, const double *per_unit,
                      double scale)
{
    int64_t n = work->row_floats;
    clear_upper(work->matrix, work->matrix_panel, work->panels);
    product_symmetric((struct result){work->matrix, PANEL, work->matrix_panel},
                      (struct operand){rows, n, PANEL}, TILE_ROWS, work->padding, work->panels);
    for (int64_t i = work->padding; i < n; i++) {
        double row_unit = per_unit[i] * scale;
        for (int64_t p = i / PANEL; p < work->panels; p++) {
            const float *product = work->matrix + p * work->matrix_panel + i * PANEL;
            for (int l = 0; l < PANEL; l++)
                sum[i * n + p * PANEL + l] += exact_sum_round(product[l], row_unit * per_unit[p * PANEL + l]);
        }
    }
}

static void gram_tile_double(struct row_workspace *work, int64_t *sum, const float *rows,
                             const double *per_unit, double scale)
{
    int64_t n = work->row_floats;
    for (int64_t i = work->padding; i < n; i++) {
        double row_unit = per_unit[i] * scale;
        for (int64_t c = i / PANEL * PANEL; c < n; c += PANEL) {
            double product[PANEL] = {0};
            for (int64_t r = 0; r < TILE_ROWS; r++)
                for (int l = 0; l < PANEL; l++)
                    product[l] =
                        multiply_add((double)rows[r * n + i], (double)rows[r * n + c + l], product[l]);
            for (int l = 0; l < PANEL; l++)
                sum[i * n + c + l] += exact_sum_round(product[l], row_unit * per_unit[c + l]);
        }
    }
}

static void rotate_tile(struct row_workspace *work, float *rows, const float *rotation)
{
    int64_t n = work->row_floats;
    for (int64_t r = 0; r < TILE_ROWS; r += PANEL) {
        for (int64_t p = 0; p < work->panels; p++)
            transpose_block(work->transposed + p * PANEL * PANEL, PANEL, rows + r * n + p * PANEL, n);
        product_set((struct result){rows + r * n, n, PANEL},
                    (struct operand){work->transposed + work->padding * PANEL, PANEL, 0},
                    (struct operand){rotation + work->padding * n, n, PANEL}, n - work->padding, PANEL,
                    work->panels);
    }
}
