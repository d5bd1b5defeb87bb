/* Sums over rows that don't depend on the order of the addends, hence not on who owns which rows.
 *
 * Each addend is rounded to a multiple of a unit, a power of two that all ranks derive from an agreed bound, and added
 * as a 64-bit integer. With |addend| <= bound and at most n addends, unit = 2^e is chosen such that
 *     bound / unit <= 2^50     so that double arithmetic converts exactly,
 *     n bound / unit <= 2^62   so that no sum overflows,
 * and e >= -1022, so that 1 / unit is finite. An addend is off by at most unit / 2. (Fixed-point sums as in Demmel and
 * Nguyen, ARITH 2013, with one bin.)
 *
 *     double unit = exact_sum_unit(bound, n);
 *     int64_t sum = 0;
 *     sum += exact_sum_round(addend, 1.0 / unit);            as often as there are addends, on any rank
 *     comm_sum_int(&comm, &sum, 1);
 *     double total = (double)sum * unit;
 */
#ifndef COMM_EXACT_SUM_H
#define COMM_EXACT_SUM_H

#include "comm/comm.h"

/* [local] The unit for n addends of at most bound >= 0 (finite) in size; 1 for a bound of 0. */
double exact_sum_unit(double bound, int64_t n);

/* [local] addend / unit, rounded to nearest even, given 1 / unit; |addend / unit| <= 2^51. */
static inline int64_t exact_sum_round(double addend, double per_unit)
{
    /* Adding 1.5 2^52 leaves the rounded integer in the low bits of the significand. */
    const double magic = 0x1.8p52;
    union {
        double number;
        int64_t bits;
    } shifted = {.number = addend * per_unit + magic}, zero = {.number = magic};
    return shifted.bits - zero.bits;
}

/* [collective] sums[c] = sum over all ranks and tiles of partials[tile * columns + c], the same bits for any
 * distribution of the tiles. A partial that is not finite gives MFALS_INTERNAL on all ranks, sums untouched.
 *   columns  the same on all ranks;  tiles  this rank's, may be 0;  all_tiles  the sum of the ranks' tiles */
status exact_sum_tiles(const struct comm *comm, double *sums, int64_t columns, const double *partials,
                       int64_t tiles, int64_t all_tiles);

#endif
