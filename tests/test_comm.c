/* comm/comm.h: agreement, sums, broadcasts; comm/same_words.h. */
#include "base/memory.h"
#include "comm/same_words.h"
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

/* A process without MPI: nothing waits for the others. */
static void test_alone(void)
{
    struct comm alone;
    int64_t value = 7;
    REQUIRE_OK(comm_open(&alone, MPI_COMM_NULL));
    CU_ASSERT(comm_is_alone(&alone) && !comm_is_alone(&world));
    CU_ASSERT(alone.rank == 0 && alone.size == 1);
    if (world.rank == 0) {
        CU_ASSERT_EQUAL(agree(&alone, MFALS_OK), MFALS_OK);
        CU_ASSERT_EQUAL(agree(&alone, fail(MFALS_IO, "alone")), MFALS_IO);
        CU_ASSERT_STRING_EQUAL(failure_message(), "alone");
        comm_sum_int(&alone, &value, 1);
        comm_broadcast(&alone, &value, sizeof value, 0);
        CU_ASSERT_EQUAL(value, 7);
        CU_ASSERT_EQUAL(comm_sum_before(&alone, value), 0);
    }
    comm_close(&alone);
}

static const char usual[] = "a.tsv\0-k\00020", longer[] = "a.tsv\0-k\00020\0-n", other[] = "a.tsv\0-k\00030";

/* Rank `odd` has those words, and rank 0 the usual ones. */
static void expect_told(int odd, const char *words, size_t bytes, const char *told)
{
    char expected[80];
    bool is_odd = world.rank == odd;
    status got =
        same_words(&world, is_odd ? words : usual, is_odd ? (int64_t)bytes : (int64_t)sizeof usual, "words");
    snprintf(expected, sizeof expected, "rank %d has other words than rank 0: %s", odd, told);
    CU_ASSERT_EQUAL(got, MFALS_USAGE);
    CU_ASSERT_STRING_EQUAL(failure_message(), expected);
}

static void test_same_words(void)
{
    CU_ASSERT_EQUAL(same_words(&world, usual, sizeof usual, "words"), MFALS_OK);
    CU_ASSERT_EQUAL(same_words(&world, NULL, 0, "words"), MFALS_OK);
    for (int odd = 1; odd < world.size; odd++) {
        expect_told(odd, other, sizeof other, "'30' in place of '20'");
        expect_told(odd, longer, sizeof longer, "'-n' in place of nothing");
        expect_told(odd, usual, sizeof "a.tsv\0-k", "nothing in place of '20'");
        expect_told(odd, usual, 0, "nothing in place of 'a.tsv'");
    }
}

static CU_TestInfo tests[] = {{"the lowest failing rank speaks for all", test_agreement},
                              {"the failure of the lowest position", test_agreement_by_position},
                              {"sums and maxima", test_sums},
                              {"broadcast", test_broadcast},
                              {"a process alone", test_alone},
                              {"the same words on all ranks", test_same_words},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "comm", tests);
}
