/* comm/exchange.h: every group gets the rows it needs, and in time; others stay as they were. */
#include "base/memory.h"
#include "base/number.h"
#include "comm/exchange.h"
#include "comm/partition.h"
#include "ranks.h"

#include <stdio.h>

enum { ROW_FLOATS = 16, ROUNDS = 2 };

struct sample {
    struct replica *replica;
    struct shared_rows matrix;
    struct exchange *exchange;
    int64_t *offsets;
    int64_t *overlapped; /* the middle of each rank's rows; some ranks have none */
    uint64_t *needed;    /* by this rank's group */
    int64_t tiles;
};

static float expected(int64_t row, int64_t column, int round)
{
    return (float)((row * 131 + column * 17 + (round + 1) * 7) % 65521 + 1);
}

/* All rows with the last rank, or evenly. */
static void deal_rows(int64_t *offsets, int64_t rows, int lopsided)
{
    partition_even(offsets, world.size, rows);
    for (int r = 1; lopsided && r < world.size; r++)
        offsets[r] = 0;
}

/* A rank needs `percent` of the rows, each rank others. */
static void open_sample(struct sample *s, int group, int64_t rows, int percent, int lopsided)
{
    *s = (struct sample){.tiles = number_divide_up(rows, TILE_ROWS)};
    REQUIRE_OK(allocate(&s->offsets, world.size + 1));
    REQUIRE_OK(allocate(&s->needed, s->tiles));
    deal_rows(s->offsets, rows, lopsided);
    REQUIRE_OK(allocate(&s->overlapped, 2 * (int64_t)world.size));
    for (int r = 0; r < world.size; r++) {
        int64_t count = s->offsets[r + 1] - s->offsets[r];
        s->overlapped[2 * r] = s->offsets[r] + (r % 3 == 0 ? 0 : count / 5);
        s->overlapped[2 * r + 1] = s->offsets[r + 1] - (r % 3 == 1 ? count : r % 3 == 2 ? 0 : count / 6);
    }
    for (int64_t row = 0; row < rows; row++)
        if ((row * 7919 + world.rank * 104729) % 1009 < percent * 1009 / 100)
            s->needed[row / TILE_ROWS] |= (uint64_t)1 << row % TILE_ROWS;
    REQUIRE_OK(replica_open(&s->replica, &world, group));
    REQUIRE_OK(shared_rows_open(&s->matrix, s->replica, rows, ROW_FLOATS));
    REQUIRE_OK(exchange_open(&s->exchange, s->replica, &s->matrix, s->offsets, s->overlapped, s->needed));
}

static void close_sample(struct sample *s)
{
    exchange_free(&s->exchange);
    shared_rows_close(&s->matrix);
    replica_free(&s->replica);
    memory_free(s->offsets);
    memory_free(s->overlapped);
    memory_free(s->needed);
}

static void write_rows(struct sample *s, int64_t first, int64_t end, int round, int overlapped)
{
    for (int64_t row = first; row < end; row++) {
        for (int64_t c = 0; c < ROW_FLOATS; c++)
            s->matrix.data[row * ROW_FLOATS + c] = expected(row, c, round);
        if (overlapped && (row + world.rank) % 37 == 0)
            exchange_progress(s->exchange, row + 1);
    }
}

/* Writes this rank's overlapped rows, or a share of them, and sends them as it goes; then the others. */
static void write_and_send(struct sample *s, int round, double share)
{
    int64_t *overlapped = s->overlapped + 2 * world.rank, *own = s->offsets + world.rank;
    exchange_begin(s->exchange);
    if (overlapped[0] >= overlapped[1])
        overlapped[0] = overlapped[1] = own[0];
    write_rows(s, overlapped[0], overlapped[0] + (int64_t)(share * (double)(overlapped[1] - overlapped[0])),
               round, 1);
    write_rows(s, own[0], overlapped[0], round, 0);
    write_rows(s, overlapped[1], own[1], round, 0);
    exchange_end(s->exchange);
}

static int row_is_right(const struct sample *s, int64_t row, int round)
{
    int right = 1;
    for (int64_t c = 0; c < ROW_FLOATS; c++)
        right = right && s->matrix.data[row * ROW_FLOATS + c] == expected(row, c, round);
    return right;
}

static int is_needed(const struct sample *s, int64_t row)
{
    return s->needed[row / TILE_ROWS] >> row % TILE_ROWS & 1;
}

/* Rows that the group neither owns nor needs, and of these those that were sent all the same. */
static void count_spared(const struct sample *s, int round, int64_t *spared, int64_t *sent)
{
    int mine = replica_group_of(s->replica, world.rank);
    *spared = *sent = 0;
    for (int64_t row = 0; row < s->matrix.rows; row++) {
        int owner = partition_owner(s->offsets, world.size, row);
        if (replica_group_of(s->replica, owner) == mine || is_needed(s, row))
            continue;
        ++*spared;
        *sent += row_is_right(s, row, round);
    }
}

static void check_rows(const struct sample *s, int round)
{
    int64_t wrong = 0;
    for (int64_t row = 0; row < s->matrix.rows; row++)
        wrong += is_needed(s, row) && !row_is_right(s, row, round);
    CU_ASSERT_EQUAL(wrong, 0);
}

/* Over the group, each needed tile of other groups is received once. */
static void check_tiles(const struct sample *s)
{
    int groups = replica_groups(s->replica), mine = replica_group_of(s->replica, world.rank);
    int64_t count, wrong = 0, times[groups][s->tiles + 1];
    const int64_t *tiles = exchange_tiles(s->exchange, &count);
    memset(times, 0, sizeof times);
    for (int64_t i = 0; i < count; i++)
        times[mine][tiles[i]]++;
    comm_sum_int(&world, times[0], groups * (s->tiles + 1));
    for (int64_t t = 0; t < s->tiles; t++) {
        int owner = partition_owner(s->offsets, world.size, t * TILE_ROWS);
        int own = replica_group_of(s->replica, owner) == mine;
        int64_t got = times[mine][t];
        wrong += own ? got != 0 : got > 1 || (got == 0 && s->needed[t] != 0);
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void exchange_sample(int group, int64_t rows, int percent, int lopsided)
{
    struct sample s;
    int64_t spared, sent;
    open_sample(&s, group, rows, percent, lopsided);
    check_tiles(&s);
    for (int round = 0; round < ROUNDS; round++) {
        write_and_send(&s, round, 1);
        check_rows(&s, round);
        count_spared(&s, round, &spared, &sent);
        if (replica_groups(s.replica) == world.size)
            CU_ASSERT_EQUAL(sent, percent < 75 ? 0 : spared);
        replica_barrier(s.replica, &s.matrix);
        MPI_Barrier(world.mpi); /* nobody reads any more */
    }
    close_sample(&s);
}

static void exchange_all_groupings(int64_t rows, int percent)
{
    for (int group = 0; group <= world.size; group = group < 3 ? group + 1 : 2 * group)
        for (int lopsided = 0; lopsided < 2; lopsided++)
            exchange_sample(group, rows, percent, lopsided);
}

static void test_shares(void)
{
    static const int percents[] = {0, 20, 50, 74, 80, 100};
    for (size_t i = 0; i < sizeof percents / sizeof *percents; i++)
        exchange_all_groupings(3001, percents[i]);
}

static void test_few_rows(void)
{
    exchange_all_groupings(1, 100);
    exchange_all_groupings(0, 100);
    exchange_all_groupings(130, 30);
}

/* Pieces of several tiles, and more than 32 pieces: messages of one tile. */
static void test_long_pieces(void)
{
    for (int percent = 50; percent <= 100; percent += 50) {
        exchange_all_groupings(20000, percent);
        replica_set_message_bytes(1);
        exchange_all_groupings(20000, percent);
        replica_set_message_bytes(0);
    }
}

/* Some ranks stop in the middle; the next exchange is whole again. */
static void test_interrupted(void)
{
    for (int group = 0; group < 4; group++)
        for (int percent = 40; percent <= 100; percent += 60) {
            struct sample s;
            open_sample(&s, group, 5000, percent, 0);
            write_and_send(&s, 0, world.rank % 2 == 0 ? 0.4 : 1);
            MPI_Barrier(world.mpi);
            write_and_send(&s, 1, 1);
            check_rows(&s, 1);
            MPI_Barrier(world.mpi);
            close_sample(&s);
        }
}

/* All rows wanted, or few: NULL, or s->needed. */
static void fail_each_allocation(struct sample *s, uint64_t *needed)
{
    int64_t before = memory_live_blocks(), n = 0;
    status got = MFALS_NO_MEMORY;
    while (got != MFALS_OK && n++ < 100) {
        memory_fail_at(world.rank == world.size - 1 ? n : 0);
        got = exchange_open(&s->exchange, s->replica, &s->matrix, s->offsets, s->overlapped, needed);
        memory_fail_at(0);
        REQUIRE_ALL(got == MFALS_OK || got == MFALS_NO_MEMORY);
        CU_ASSERT((s->exchange != NULL) == (got == MFALS_OK));
        exchange_free(&s->exchange);
        CU_ASSERT_EQUAL(memory_live_blocks(), before);
    }
    if (world.rank == 0)
        printf("%d allocations ... ", (int)n - 1);
    CU_ASSERT_EQUAL(got, MFALS_OK);
    CU_ASSERT(n > (world.size == 1 ? 1 : 5));
}

static void test_failing_allocations(void)
{
    struct sample s;
    open_sample(&s, REPLICA_RANK, 500, 30, 0);
    exchange_free(&s.exchange);
    fail_each_allocation(&s, s.needed);
    fail_each_allocation(&s, NULL);
    close_sample(&s);
}

static CU_TestInfo tests[] = {{"many and few needs", test_shares},
                              {"fewer rows than ranks", test_few_rows},
                              {"long pieces, messages cut", test_long_pieces},
                              {"interrupted in the middle", test_interrupted},
                              {"failing allocations", test_failing_allocations},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "exchange", tests);
}
