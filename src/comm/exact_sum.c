#include "comm/exact_sum.h"

#include "base/memory.h"

#include <math.h>

double exact_sum_unit(double bound, int64_t n)
{
    if (bound == 0)
        return 1;
    int bound_exponent, n_exponent;
    frexp(bound, &bound_exponent); /* bound <= 2^bound_exponent */
    frexp((double)n, &n_exponent); /* n <= 2^n_exponent */
    int spare = 62 - n_exponent, exponent = bound_exponent - (spare < 50 ? spare : 50);
    return ldexp(1, exponent < -1022 ? -1022 : exponent); /* 1 / unit must be finite */
}

static status find_bounds(double *bounds, int64_t columns, const double *partials, int64_t tiles)
{
    for (int64_t tile = 0; tile < tiles; tile++)
        for (int64_t c = 0; c < columns; c++) {
            double size = fabs(partials[tile * columns + c]);
            if (!isfinite(size))
                return fail(MFALS_INTERNAL, "a sum over rows is not finite");
            bounds[c] = fmax(bounds[c], size);
        }
    return MFALS_OK;
}

status exact_sum_tiles(const struct comm *comm, double *sums, int64_t columns, const double *partials,
                       int64_t tiles, int64_t all_tiles)
{
    scoped double *bounds = NULL;
    scoped int64_t *integers = NULL;
    status mine = allocate(&bounds, columns);
    if (mine == MFALS_OK)
        mine = allocate(&integers, columns);
    if (mine == MFALS_OK)
        mine = find_bounds(bounds, columns, partials, tiles);
    TRY(agree(comm, mine));
    comm_max_double(comm, bounds, columns);
    for (int64_t c = 0; c < columns; c++) {
        double per_unit = 1 / exact_sum_unit(bounds[c], all_tiles);
        for (int64_t tile = 0; tile < tiles; tile++)
            integers[c] += exact_sum_round(partials[tile * columns + c], per_unit);
    }
    comm_sum_int(comm, integers, columns);
    for (int64_t c = 0; c < columns; c++)
        sums[c] = (double)integers[c] * exact_sum_unit(bounds[c], all_tiles);
    return MFALS_OK;
}
