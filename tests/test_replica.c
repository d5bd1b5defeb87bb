/* comm/replica.h: every grouping brings every row to every rank. */
#include "base/memory.h"
#include "comm/exchange.h"
#include "comm/partition.h"
#include "ranks.h"

#include <stdint.h>
#include <stdio.h>

enum { ROW_FLOATS = 32 };

static float expected(int64_t row, int64_t column, int round)
{
    return (float)((row * 131 + column * 17 + round * 7) % 65521);
}

static void write_own(struct shared_rows *m, const int64_t *offsets, int round)
{
    for (int64_t row = offsets[world.rank]; row < offsets[world.rank + 1]; row++)
        for (int64_t c = 0; c < ROW_FLOATS; c++)
            m->data[row * ROW_FLOATS + c] = expected(row, c, round);
}

static int64_t count_wrong(const struct shared_rows *m, int round)
{
    int64_t wrong = 0;
    for (int64_t row = 0; row < m->rows; row++)
        for (int64_t c = 0; c < ROW_FLOATS; c++)
            wrong += m->data[row * ROW_FLOATS + c] != expected(row, c, round);
    for (int64_t i = m->rows * ROW_FLOATS; i < shared_rows_bytes(m->rows, ROW_FLOATS) / 4; i++)
        wrong += m->data[i] != 0;
    return wrong;
}

static void exchange(int group, int64_t rows, const int64_t *offsets)
{
    struct replica *replica;
    struct shared_rows matrix;
    REQUIRE_OK(replica_open(&replica, &world, group));
    REQUIRE_OK(replica_reserve(replica, shared_rows_bytes(rows, ROW_FLOATS)));
    REQUIRE_OK(shared_rows_open(&matrix, replica, rows, ROW_FLOATS));
    CU_ASSERT_EQUAL((uintptr_t)matrix.data % 64, 0);
    for (int round = 0; round < 2; round++) {
        write_own(&matrix, offsets, round);
        REQUIRE_OK(exchange_all_rows(replica, &matrix, offsets));
        CU_ASSERT_EQUAL(count_wrong(&matrix, round), 0);
        replica_barrier(replica, &matrix);
    }
    shared_rows_close(&matrix);
    replica_free(&replica);
}

static void exchange_all_groupings(int64_t rows)
{
    scoped int64_t *offsets = NULL;
    REQUIRE_OK(allocate(&offsets, world.size + 1));
    for (int group = 0; group <= world.size; group = group < 5 ? group + 1 : group + 4) {
        partition_even(offsets, world.size, rows);
        exchange(group, rows, offsets);
        for (int r = 1; r < world.size; r++) /* all rows with the last rank */
            offsets[r] = 0;
        exchange(group, rows, offsets);
    }
}

static void test_many_rows(void)
{
    exchange_all_groupings(3001);
}

static void test_few_rows(void)
{
    exchange_all_groupings(1);
    exchange_all_groupings(0);
}

/* Blocks longer than a message go in several. */
static void test_cut_messages(void)
{
    replica_set_message_bytes(TILE_ROWS * ROW_FLOATS * 4 * 3);
    exchange_all_groupings(5000);
    replica_set_message_bytes(0);
}

/* Block b, of b % 3 + 1 tiles, goes from rank b to the one before it; in messages of one tile, some ranks send more of
 * them than they receive. */
static void pass_on(int group)
{
    struct replica *replica;
    struct shared_rows matrix;
    int64_t blocks[65] = {0}, wrong = 0;
    int rank = world.rank, size = world.size, next = (rank + 1) % size;
    for (int b = 0; b < size; b++)
        blocks[b + 1] = blocks[b] + (b % 3 + 1) * TILE_ROWS;
    REQUIRE_OK(replica_open(&replica, &world, group));
    REQUIRE_OK(shared_rows_open(&matrix, replica, blocks[size], ROW_FLOATS));
    for (int64_t i = blocks[rank] * ROW_FLOATS; i < blocks[rank + 1] * ROW_FLOATS; i++)
        matrix.data[i] = (float)i;
    replica_pass_rows(replica, &matrix, blocks, rank, (rank + size - 1) % size, next, next);
    replica_barrier(replica, &matrix);
    for (int64_t i = blocks[next] * ROW_FLOATS; i < blocks[next + 1] * ROW_FLOATS; i++)
        wrong += matrix.data[i] != (float)i;
    CU_ASSERT_EQUAL(wrong, 0);
    replica_barrier(replica, &matrix);
    shared_rows_close(&matrix);
    replica_free(&replica);
}

static void test_pass_in_messages(void)
{
    replica_set_message_bytes(1);
    for (int group = 0; group <= world.size && group < 4; group++)
        pass_on(group);
    replica_set_message_bytes(0);
}

static void test_no_room(void)
{
    struct replica *replica;
    REQUIRE_OK(replica_open(&replica, &world, REPLICA_NODE));
    status got = replica_reserve(replica, INT64_MAX / 2);
    CU_ASSERT_EQUAL(got, world.size == 1 ? MFALS_OK : MFALS_NO_MEMORY);
    replica_free(&replica);
}

static void test_failing_allocations(void)
{
    int64_t before = memory_live_blocks();
    for (int64_t n = 1; n < 100; n++) {
        struct replica *replica;
        struct shared_rows matrix = {0};
        memory_fail_at(world.rank == world.size - 1 ? n : 0);
        status got = replica_open(&replica, &world, REPLICA_RANK);
        if (got == MFALS_OK)
            got = shared_rows_open(&matrix, replica, 100, ROW_FLOATS);
        memory_fail_at(0);
        shared_rows_close(&matrix);
        replica_free(&replica);
        CU_ASSERT_EQUAL(memory_live_blocks(), before);
        REQUIRE_ALL(got == MFALS_OK || got == MFALS_NO_MEMORY);
        if (got == MFALS_OK) {
            CU_ASSERT(n > 3);
            return;
        }
    }
    CU_FAIL("still failing after 100 allocations");
}

static CU_TestInfo tests[] = {{"many rows", test_many_rows},
                              {"fewer rows than ranks", test_few_rows},
                              {"messages are cut", test_cut_messages},
                              {"blocks passed on in messages", test_pass_in_messages},
                              {"no room in shared memory", test_no_room},
                              {"failing allocations", test_failing_allocations},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "replica", tests);
}
