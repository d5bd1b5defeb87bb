#include "solve/gram.h"
#include "comm/exact_sum.h"
#include "comm/partition.h"

#include <math.h>
#include <string.h>

/* Products of larger factors could pass float32's range. */
static const double largest_factor = 1e17;

/* An element (i, j) of a tile's product is at most TILE_ROWS a_i a_j in size, with a_c the largest entry of column c,
 * and all of them sum to at most rows a_i a_j. So unit_ij = 2^(e_i + e_j) / scale, with a_c <= 2^e_c, keeps to the
 * bounds of comm/exact_sum.h, and small columns are summed as precisely as large ones. */
static double find_units(double *per_unit, const double *largest, int64_t row_floats, int64_t rows)
{
    for (int64_t c = 0; c < row_floats; c++) {
        int exponent;
        frexp(largest[c], &exponent);
        per_unit[c] = ldexp(1, -exponent);
    }
    return 1 / exact_sum_unit(TILE_ROWS, rows / TILE_ROWS + 1);
}

/* [local] This rank's tiles, in integers, packed by rows of the upper triangle. */
static void gram_local(struct model *model, enum side side, double scale)
{
    int64_t n = model->row_floats, packed = 0;
    const float *rows = model_own_rows(model, side);
    struct scratch *scratch = &model->scratch;
    memset(scratch->gram, 0, (size_t)(n * n) * sizeof *scratch->gram);
    for (int64_t tile = 0; tile < model_own_tiles(model, side); tile++, rows += TILE_ROWS * n)
        if (model->precise)
            model->kernel->gram_tile_double(model->row_workspace, scratch->gram, rows, scratch->units, scale);
        else
            model->kernel->gram_tile(model->row_workspace, scratch->gram, rows, scratch->units, scale);
    for (int64_t i = model->padding; i < n; i++)
        for (int64_t j = i; j < n; j++)
            scratch->packed[packed++] = scratch->gram[i * n + j];
}

static void unpack(double *gram, const struct model *model, double scale)
{
    int64_t k = model->k, packed = 0;
    const double *per_unit = model->scratch.units + model->padding;
    for (int64_t i = 0; i < k; i++)
        for (int64_t j = i; j < k; j++) {
            double element = (double)model->scratch.packed[packed++] / (per_unit[i] * scale * per_unit[j]);
            gram[i * k + j] = element;
            gram[j * k + i] = element;
        }
}

status gram(struct model *model, enum side side)
{
    struct scratch *scratch = &model->scratch;
    int64_t n = model->row_floats, k = model->k;
    memset(scratch->largest, 0, (size_t)n * sizeof *scratch->largest);
    model->kernel->largest(scratch->largest, model_own_rows(model, side), n, model_own_count(model, side));
    for (int64_t c = 0; c < n; c++)
        scratch->units[c] = scratch->largest[c];
    comm_max_double(model->comm, scratch->units, n);
    for (int64_t c = 0; c < n; c++)
        if (!(scratch->units[c] <= largest_factor))
            return fail(MFALS_BAD_DATA,
                        "the %s' factors are beyond %g; raise --lambda, or lower --alpha or --init",
                        side == USERS ? "users" : "items", largest_factor);
    double scale = find_units(scratch->units, scratch->units, n, model->ratings->rows[side]);
    gram_local(model, side, scale);
    comm_sum_int(model->comm, scratch->packed, k * (k + 1) / 2);
    unpack(model->side[side].gram, model, scale);
    return MFALS_OK;
}
