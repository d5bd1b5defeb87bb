#include "solve/gram.h"
#include "comm/exact_sum.h"
#include "comm/partition.h"

#include <math.h>
#include <string.h>

/* Products of larger factors could pass float32's range. */
static const double largest_factor = 1e17;

/* A tile of this rank's rows; of weights q, times q^(1/2). */
static const float *tile_of(const struct model *model, enum side side, int64_t tile, bool weighted)
{
    const int64_t n = model->row_floats, first = tile * TILE_ROWS;
    const float *rows = model_own_rows(model, side) + first * n;
    if (!weighted)
        return rows;
    for (int64_t r = 0; r < TILE_ROWS; r++) {
        bool there = first + r < model_own_count(model, side);
        double q = there ? row_weight(&model->side[side].weights, model->side[side].counts[first + r]) : 0;
        for (int64_t c = 0; c < n; c++)
            model->scratch.tile[r * n + c] = (float)sqrt(q) * rows[r * n + c];
    }
    return model->scratch.tile;
}

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
static void gram_local(struct model *model, enum side side, bool weighted, double scale)
{
    int64_t n = model->row_floats, packed = 0;
    struct scratch *scratch = &model->scratch;
    memset(scratch->gram, 0, (size_t)(n * n) * sizeof *scratch->gram);
    for (int64_t tile = 0; tile < model_own_tiles(model, side); tile++) {
        const float *rows = tile_of(model, side, tile, weighted);
        if (model->precise)
            model->kernel->gram_tile_double(model->row_workspace, scratch->gram, rows, scratch->units, scale);
        else
            model->kernel->gram_tile(model->row_workspace, scratch->gram, rows, scratch->units, scale);
    }
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

/* [local] The largest number in each column of this rank's rows. */
static void find_largest(struct model *model, enum side side, bool weighted)
{
    const int64_t n = model->row_floats, count = model_own_count(model, side);
    float *largest = model->scratch.largest;
    memset(largest, 0, (size_t)n * sizeof *largest);
    if (!weighted)
        model->kernel->largest(largest, model_own_rows(model, side), n, count);
    for (int64_t tile = 0; weighted && tile < model_own_tiles(model, side); tile++)
        model->kernel->largest(largest, tile_of(model, side, tile, weighted), n, TILE_ROWS);
}

static status sum_gram(double *result, struct model *model, enum side side, bool weighted)
{
    struct scratch *scratch = &model->scratch;
    int64_t n = model->row_floats, k = model->k;
    find_largest(model, side, weighted);
    for (int64_t c = 0; c < n; c++)
        scratch->units[c] = scratch->largest[c];
    comm_max_double(model->comm, scratch->units, n);
    for (int64_t c = 0; c < n; c++)
        if (!(scratch->units[c] <= largest_factor))
            return fail(MFALS_BAD_DATA,
                        "the %s' factors are beyond %g; raise --lambda, or lower --alpha or --init",
                        side == USERS ? "users" : "items", largest_factor);
    double scale = find_units(scratch->units, scratch->units, n, model->ratings->rows[side]);
    gram_local(model, side, weighted, scale);
    comm_sum_int(model->comm, scratch->packed, k * (k + 1) / 2);
    unpack(result, model, scale);
    return MFALS_OK;
}

status gram(struct model *model, enum side side)
{
    return sum_gram(model->side[side].gram, model, side, model->side[side].weights.exponent != 0);
}

status plain_gram(struct model *model, enum side side)
{
    return sum_gram(model->side[side].plain_gram, model, side, false);
}
