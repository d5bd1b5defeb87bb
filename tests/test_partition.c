/* comm/partition.h: cuts, tiles, owners. */
#include "base/memory.h"
#include "comm/partition.h"
#include "ranks.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Costs that don't fit a sum of 64 bits are cut in equal parts all the same. */
static void test_costs_beyond_64_bits(void)
{
    enum { TILES = 96 };
    int64_t even[world.size + 1], offsets[world.size + 1];
    struct split_point cuts[world.size + 1];
    partition_even(even, world.size, TILES * TILE_ROWS);
    int64_t count = even[world.rank + 1] - even[world.rank];
    scoped int64_t *cost = NULL, *lengths = NULL;
    REQUIRE_OK(allocate(&cost, count));
    REQUIRE_OK(allocate(&lengths, count));
    for (int64_t i = 0; i < count; i++)
        cost[i] = (int64_t)1 << 62;
    partition_cut(&world, offsets, world.size, even, cost);
    partition_share(&world, cuts, world.size, even, cost, lengths, &(struct grain){INT64_MAX, 1});
    for (int p = 0; p <= world.size; p++) {
        CU_ASSERT(llabs(offsets[p] - (int64_t)TILES * TILE_ROWS * p / world.size) <= TILE_ROWS / 2);
        CU_ASSERT(llabs(cuts[p].row - (int64_t)TILES * TILE_ROWS * p / world.size) <= 1);
    }
}

enum { WORK_ROWS = 300, PARTS = 7, LONG = 40, GRAIN = 8 };

static int64_t length_of(int64_t row, int trial)
{
    int64_t length = (row * row * 7919 + row * 31 + trial * 17) % 61;
    return row % 97 == trial ? 1000 * (trial + 1) : length;
}

static int64_t work_of(int64_t row, int trial)
{
    return 5 + 3 * length_of(row, trial);
}

/* The work of the part that ends at `cut`, and before it: that of a long row in proportion. */
static double work_before(const struct split_point *cut, int trial)
{
    double work = 0;
    for (int64_t row = 0; row < cut->row; row++)
        work += (double)work_of(row, trial);
    if (cut->rating > 0)
        work += (double)work_of(cut->row, trial) * (double)cut->rating / (double)cut->length;
    return work;
}

/* The least that the heaviest part can have with cuts at the same places: by trial, place after place. */
static double best_part(int trial, const struct grain *grain)
{
    enum { MOST = 4000 };
    static double place[MOST], least[MOST], next[MOST];
    int places = 0;
    for (int64_t row = 0; row <= WORK_ROWS; row++) {
        int64_t length = row < WORK_ROWS ? length_of(row, trial) : 0;
        place[places++] = work_before(&(struct split_point){.row = row}, trial);
        for (int64_t r = grain->ratings; length >= grain->long_row && r < length; r += grain->ratings)
            place[places++] = work_before(&(struct split_point){row, r, length}, trial);
    }
    for (int i = 0; i < places; i++)
        least[i] = place[i];
    for (int parts = 2; parts <= PARTS; parts++) {
        for (int i = 0; i < places; i++) {
            next[i] = INFINITY;
            for (int j = 0; j <= i; j++)
                next[i] = fmin(next[i], fmax(least[j], place[i] - place[j]));
        }
        memcpy(least, next, sizeof least);
    }
    return least[places - 1];
}

/* However the rows are held, the parts are the same, and the heaviest has no more than one piece beyond the best there
 * is. */
static void test_shares(void)
{
    const struct grain grain = {LONG, GRAIN};
    for (int trial = 0; trial < 5; trial++) {
        struct split_point cuts[PARTS + 1], others[PARTS + 1];
        for (int held = 0; held < 2; held++) {
            int64_t offsets[world.size + 1], costs[WORK_ROWS], lengths[WORK_ROWS];
            for (int p = 0; p <= world.size; p++) /* evenly, or all by the last */
                offsets[p] = held == 0         ? (int64_t)WORK_ROWS * p / world.size
                             : p == world.size ? WORK_ROWS
                                               : 0;
            for (int64_t row = offsets[world.rank]; row < offsets[world.rank + 1]; row++) {
                costs[row - offsets[world.rank]] = work_of(row, trial);
                lengths[row - offsets[world.rank]] = length_of(row, trial);
            }
            partition_share(&world, held == 0 ? cuts : others, PARTS, offsets, costs, lengths, &grain);
        }
        CU_ASSERT(memcmp(cuts, others, sizeof cuts) == 0);
        double heaviest = 0, piece = 5 + 3.0 * LONG;
        for (int p = 0; p < PARTS; p++) {
            CU_ASSERT(cuts[p].rating % GRAIN == 0);
            CU_ASSERT(cuts[p].rating == 0 ||
                      (cuts[p].length == length_of(cuts[p].row, trial) && cuts[p].rating < cuts[p].length));
            double work = work_before(&cuts[p + 1], trial) - work_before(&cuts[p], trial);
            CU_ASSERT(work >= 0);
            heaviest = fmax(heaviest, work);
        }
        double best = best_part(trial, &grain);
        if (world.rank == 0)
            printf("\n    %d parts: heaviest %.0f, best %.0f", PARTS, heaviest, best);
        CU_ASSERT(heaviest >= best - 1e-9 && heaviest <= best + piece);
    }
}

static CU_TestInfo tests[] = {{"even", test_even},
                              {"a cut balances cost", test_cut_balances},
                              {"a cut of nothing", test_cut_of_nothing},
                              {"costs beyond 64 bits", test_costs_beyond_64_bits},
                              {"shares of the work", test_shares},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "partition", tests);
}
