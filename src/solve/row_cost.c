#include "solve/row_cost.h"

#include "base/number.h"
#include "solve/kernel.h"
#include "solve/options.h"

#include <math.h>

/* Picoseconds, fitted by scripts/fit_row_cost.py on an EPYC with AVX-512, whose terms these are; of other processors
 * only the proportions matter. They shape the partition, and no bit of a model. */
enum { SMALL_ROW = 8, BATCHED = 48 };
static const struct {
    double row, gathered, elimination;
} few = {1.982e4, 164.7, 265.1};
static const struct {
    double row, gathered, products, cholesky;
} dual = {2.056e5, 348.4, 5.102, 2.334};
static const struct {
    double row, gathered, products, cholesky_batched, cholesky;
} primal = {7.319e4, 147.5, 6.706, 4.649, 4.899};
static const double step = 75; /* conjugate gradients: of a pass, per factor and rating */

static double exact_cost(int64_t row_ratings, int factors)
{
    const double n = (double)row_ratings, k = factors, width = (double)(number_divide_up(factors, 16) * 16),
                 length = (double)(number_divide_up(row_ratings, 16) * 16);
    const double triangle =
        (k - width + 16) * width + width * (width - 16) / 2; /* elements computed of S'S */
    if (!row_is_dual(row_ratings, factors))
        return primal.row + n * (primal.gathered * width + primal.products * triangle) +
               k * width * width * (width <= BATCHED ? primal.cholesky_batched : primal.cholesky);
    if (row_ratings <= SMALL_ROW)
        return few.row + few.gathered * n * width + few.elimination * n * n * n;
    return dual.row + dual.gathered * n * width + length * length * (dual.products * k + dual.cholesky * n);
}

int64_t solve_row_cost(int64_t row_ratings, const void *context)
{
    static const double most = 0x1p62;
    const struct solve_options *options = context;
    int k = options->factors, steps = solve_options_steps(options);
    if (options->algorithm == ALGORITHM_SGD)
        return row_ratings;
    if (row_is_exact(row_ratings, k, steps))
        return (int64_t)fmin(most, exact_cost(row_ratings, k));
    return (int64_t)fmin(most, primal.row + step * (double)row_ratings * k * (steps + 1));
}
