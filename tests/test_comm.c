/* comm/comm.h: agreement, sums, broadcasts. */
#include "base/memory.h"
#include "ranks.h"

#include <stdbool.h>
#include <stdio.h>

static void test_agreement(void)
{
    CU_ASSERT_EQUAL(agree(&world, MFALS_OK), MFALS_OK);
    for (int r = 0; r < world.size; r++) {
        /* Rank r and all after it fail, each in its own words: r's are everyone's. */
        status mine = world.rank < r
                          ? MFALS_OK
                          : fail(world.rank == r ? MFALS_BAD_DATA : MFALS_IO, "rank %d", world.rank);
        char expected[32];
        snprintf(expected, sizeof expected, "rank %d", r);
        CU_ASSERT_EQUAL(agree(&world, mine), MFALS_BAD_DATA);
        CU_ASSERT_STRING_EQUAL(failure_message(), expected);
    }
}

/* Places in the input, not ranks, decide; ranks do among equal places. */
static void test_agreement_by_position(void)
{
    for (int64_t period = 1; period <= world.size; period++) {
        int64_t position = 100 - world.rank % period; /* the lowest: that of the first period's last rank */
        char expected[32];
        fail(MFALS_BAD_DATA, "rank %d", world.rank);
        snprintf(expected, sizeof expected, "rank %d", (int)period - 1);
        CU_ASSERT_EQUAL(agree_at(&world, position, MFALS_BAD_DATA), MFALS_BAD_DATA);
        CU_ASSERT_STRING_EQUAL(failure_message(), expected);
        CU_ASSERT_EQUAL(comm_first_at(&world, position), (int)period - 1);
    }
    CU_ASSERT_EQUAL(comm_first_at(&world, INT64_MAX), world.size);
    bool last = world.rank == world.size - 1;
    CU_ASSERT_EQUAL(agree_at(&world, last ? INT64_MAX : 0, last ? fail(MFALS_IO, "last") : MFALS_OK),
                    MFALS_IO);
    CU_ASSERT_STRING_EQUAL(failure_message(), "last");
    CU_ASSERT_EQUAL(agree_at(&world, 0, MFALS_OK), MFALS_OK);
}

static void test_sums(void)
{
    int64_t values[2] = {world.rank + 1, (int64_t)1 << 40}, largest = world.rank;
    int64_t size = world.size;
    CU_ASSERT_EQUAL(comm_sum_before(&world, 10), 10 * world.rank);
    comm_sum_int(&world, values, 2);
    CU_ASSERT_EQUAL(values[0], size * (size + 1) / 2);
    CU_ASSERT_EQUAL(values[1], size << 40);
    comm_max_int(&world, &largest, 1);
    CU_ASSERT_EQUAL(largest, size - 1);
    double real = -1.0 - world.rank;
    comm_max_double(&world, &real, 1);
    CU_ASSERT_EQUAL(real, -1);
}

static void test_broadcast(void)
{
    enum { BYTES = 100001 };
    scoped char *data = NULL;
    int root = world.size - 1;
    REQUIRE_OK(allocate(&data, BYTES));
    for (int i = 0; world.rank == root && i < BYTES; i++)
        data[i] = (char)(i * 7);
    comm_broadcast(&world, data, BYTES, root);
    int wrong = 0;
    for (int i = 0; i < BYTES; i++)
        wrong += data[i] != (char)(i * 7);
    CU_ASSERT_EQUAL(wrong, 0);
}

static CU_TestInfo tests[] = {{"the lowest failing rank speaks for all", test_agreement},
                              {"the failure of the lowest position", test_agreement_by_position},
                              {"sums and maxima", test_sums},
                              {"broadcast", test_broadcast},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "comm", tests);
}
