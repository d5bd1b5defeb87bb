#include "solve/row_weights.h"

#include "base/memory.h"
#include "base/number.h"
#include "comm/exact_sum.h"
#include "comm/partition.h"

#include <math.h>

/* n^exponent, of which 0 has none. */
static double power(int64_t n, double exponent)
{
    return n == 0 ? 0 : pow((double)n, exponent);
}

status row_weights_find(struct row_weights *weights, const struct comm *comm, const int64_t *counts,
                        int64_t own_rows, int64_t all_rows, double exponent)
{
    const int64_t tiles = number_divide_up(own_rows, TILE_ROWS);
    double sum, largest = 0;
    *weights = ROW_WEIGHTS_ALIKE;
    if (exponent == 0)
        return MFALS_OK;
    scoped double *partials = NULL;
    TRY(allocate_on_all(comm, &partials, tiles));
    for (int64_t i = 0; i < own_rows; i++) {
        partials[i / TILE_ROWS] += power(counts[i], exponent);
        largest = fmax(largest, power(counts[i], exponent));
    }
    TRY(exact_sum_tiles(comm, &sum, 1, partials, tiles, all_rows / TILE_ROWS + 1));
    comm_max_double(comm, &largest, 1);
    double scale = sum > 0 ? (double)all_rows / sum : 1;
    *weights = (struct row_weights){.exponent = exponent, .scale = scale, .largest = scale * largest};
    return MFALS_OK;
}

double row_weight(const struct row_weights *weights, int64_t n)
{
    return weights->exponent == 0 ? 1 : weights->scale * power(n, weights->exponent);
}
