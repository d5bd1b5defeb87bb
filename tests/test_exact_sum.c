/* comm/exact_sum.h: sums that don't depend on order or owner, and stay within their bounds. */
#include "base/memory.h"
#include "base/random.h"
#include "comm/exact_sum.h"
#include "comm/partition.h"
#include "ranks.h"

#include <math.h>

enum { TILES = 1000, COLUMNS = 3 };

/* Values of very different sizes and both signs. */
static double addend(int64_t tile, int64_t column)
{
    double u = random_uniform(1, RANDOM_USER_FACTORS, tile, column);
    return (column == 1 ? 1 : u - 0.5) * pow(10, 8 * random_uniform(2, RANDOM_ITEM_FACTORS, tile, column));
}

/* The tiles whose number times stride is mine: another stride, another distribution and order. */
static void sum_dealt(double *sums, int64_t stride)
{
    scoped double *partials = NULL;
    int64_t mine = 0;
    REQUIRE_OK(allocate(&partials, TILES * COLUMNS));
    for (int64_t i = 0; i < TILES; i++) {
        int64_t tile = i * stride % TILES;
        if (i % world.size != world.rank)
            continue;
        for (int64_t c = 0; c < COLUMNS; c++)
            partials[mine * COLUMNS + c] = addend(tile, c);
        mine++;
    }
    REQUIRE_OK(exact_sum_tiles(&world, sums, COLUMNS, partials, mine, TILES));
}

static void test_order_free(void)
{
    double first[COLUMNS], again[COLUMNS];
    const int64_t strides[] = {3, 7, 9, 11, 999};
    sum_dealt(first, 1);
    for (int i = 0; i < 5; i++) {
        sum_dealt(again, strides[i]);
        CU_ASSERT_EQUAL(memcmp(first, again, sizeof first), 0);
    }
    for (int64_t c = 0; c < COLUMNS; c++) {
        long double exact = 0;
        for (int64_t tile = 0; tile < TILES; tile++)
            exact += addend(tile, c);
        CU_ASSERT(fabsl(first[c] - exact) <= 1e-12L * fabsl(exact));
    }
}

static void test_not_finite(void)
{
    double sums[1] = {5}, partial = world.rank == world.size - 1 ? NAN : 1;
    status got = exact_sum_tiles(&world, sums, 1, &partial, 1, world.size);
    CU_ASSERT_EQUAL(got, MFALS_INTERNAL);
    CU_ASSERT_EQUAL(sums[0], 5);
}

static void test_nothing(void)
{
    double sums[2] = {1, 1};
    REQUIRE_OK(exact_sum_tiles(&world, sums, 2, NULL, 0, 1));
    CU_ASSERT_EQUAL(sums[0], 0);
    CU_ASSERT_EQUAL(sums[1], 0);
}

/* The promise of the header: bound / unit <= 2^50 and n bound / unit <= 2^62. */
static void test_unit(void)
{
    const double bounds[] = {1e-300, 1e-30, 0.3, 1, 1.5, 4, 1e30, 1e300};
    const int64_t counts[] = {1, 2, 1000, 4095, 4096, 4097, (int64_t)1 << 30, (int64_t)1 << 40};
    for (int b = 0; b < 8; b++)
        for (int c = 0; c < 8; c++) {
            double unit = exact_sum_unit(bounds[b], counts[c]), ratio = bounds[b] / unit;
            CU_ASSERT(ratio <= 0x1p50);
            CU_ASSERT(ratio * (double)counts[c] <= 0x1p62);
            CU_ASSERT(unit == 0x1p-1022 || ratio >= fmin(0x1p48, 0x1p60 / (double)counts[c]));
        }
    CU_ASSERT_EQUAL(exact_sum_round(0x1p50, 1), (int64_t)1 << 50);
    CU_ASSERT_EQUAL(exact_sum_round(-0x1p50, 1), -((int64_t)1 << 50));
    CU_ASSERT_EQUAL(exact_sum_round(2.5, 1), 2);
    CU_ASSERT_EQUAL(exact_sum_round(-3.5, 1), -4);
}

/* Near the end of the exponents 1 / unit stays finite, and no addend is off by more than unit / 2. */
static void test_tiny(void)
{
    const double bounds[] = {1e-290, 1e-300, 0x1p-1022, 5e-324};
    for (int b = 0; b < 4; b++) {
        double unit = exact_sum_unit(bounds[b], world.size), partials[2] = {bounds[b], -bounds[b]},
               sums[1] = {NAN};
        CU_ASSERT(unit > 0 && isfinite(1 / unit));
        REQUIRE_OK(exact_sum_tiles(&world, sums, 1, partials, 1, world.size));
        CU_ASSERT(fabs(sums[0] - world.size * bounds[b]) <= world.size * unit / 2);
        REQUIRE_OK(exact_sum_tiles(&world, sums, 1, partials, 2, 2 * (int64_t)world.size));
        CU_ASSERT_EQUAL(sums[0], 0);
    }
}

static CU_TestInfo tests[] = {{"order and owners don't matter", test_order_free},
                              {"a partial that is not finite", test_not_finite},
                              {"no tiles at all", test_nothing},
                              {"units keep to their bounds", test_unit},
                              {"tiny addends", test_tiny},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "exact sum", tests);
}
