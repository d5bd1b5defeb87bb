/* comm/partition.h: cuts, tiles, owners. */
#include "base/memory.h"
#include "comm/partition.h"
#include "ranks.h"

static void check_partition(const int64_t *offsets, int64_t rows)
{
    CU_ASSERT_EQUAL(offsets[0], 0);
    CU_ASSERT_EQUAL(offsets[world.size], rows);
    for (int p = 0; p < world.size; p++) {
        CU_ASSERT(offsets[p] <= offsets[p + 1]);
        CU_ASSERT(offsets[p] % TILE_ROWS == 0 || offsets[p] == rows);
        if (offsets[p] < offsets[p + 1]) {
            CU_ASSERT_EQUAL(partition_owner(offsets, world.size, offsets[p]), p);
            CU_ASSERT_EQUAL(partition_owner(offsets, world.size, offsets[p + 1] - 1), p);
        }
    }
}

static void test_even(void)
{
    int64_t offsets[world.size + 1];
    const int64_t sizes[] = {0, 1, 63, 64, 65, 1000, 100000};
    for (int i = 0; i < 7; i++) {
        partition_even(offsets, world.size, sizes[i]);
        check_partition(offsets, sizes[i]);
    }
    partition_even(offsets, world.size, (int64_t)TILE_ROWS * world.size);
    for (int p = 0; p < world.size; p++)
        CU_ASSERT_EQUAL(offsets[p], (int64_t)TILE_ROWS * p);
}

/* The heaviest range may exceed the mean by at most the cost of one tile. */
static void test_cut_balances(void)
{
    enum { ROWS = 20000 };
    int64_t offsets[world.size + 1], total = 0, heaviest_tile = 0;
    partition_even(offsets, world.size, ROWS);
    int64_t first = offsets[world.rank], count = offsets[world.rank + 1] - first;
    scoped int64_t *cost = NULL;
    REQUIRE_OK(allocate(&cost, count));
    for (int64_t i = 0; i < count; i++)
        cost[i] = 1 + 1000000 / (1 + first + i);
    int64_t even[world.size + 1];
    memcpy(even, offsets, sizeof even);
    partition_cut(&world, offsets, world.size, even, cost);
    check_partition(offsets, ROWS);
    int64_t mine = 0;
    for (int64_t tile = 0; tile < ROWS; tile += TILE_ROWS) {
        int64_t sum = 0;
        for (int64_t row = tile; row < tile + TILE_ROWS && row < ROWS; row++) {
            sum += 1 + 1000000 / (1 + row);
            if (offsets[world.rank] <= row && row < offsets[world.rank + 1])
                mine += 1 + 1000000 / (1 + row);
        }
        total += sum;
        heaviest_tile = sum > heaviest_tile ? sum : heaviest_tile;
    }
    CU_ASSERT(mine <= total / world.size + heaviest_tile + 1);
}

static void test_cut_of_nothing(void)
{
    int64_t offsets[world.size + 1], even[world.size + 1], cost[1] = {0};
    partition_even(even, world.size, 0);
    partition_cut(&world, offsets, world.size, even, cost);
    check_partition(offsets, 0);
}

static CU_TestInfo tests[] = {{"even", test_even},
                              {"a cut balances cost", test_cut_balances},
                              {"a cut of nothing", test_cut_of_nothing},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "partition", tests);
}
