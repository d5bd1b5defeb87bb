/* comm/report.h: time and memory over the ranks. */
#include "base/memory.h"
#include "comm/replica.h"
#include "comm/report.h"
#include "ranks.h"

#include <string.h>

static void test_phases(void)
{
    struct phases phases = {0};
    struct phase_summary table[PHASES];
    phases.seconds[PHASE_SOLVE] = world.rank + 1;
    phases.calls[PHASE_SOLVE] = 10 + world.rank;
    phases.seconds[PHASE_READ] = 5;
    report_phases(&world, table, &phases);
    CU_ASSERT_EQUAL(table[PHASE_SOLVE].max_s, world.size);
    CU_ASSERT_EQUAL(table[PHASE_SOLVE].max_rank, world.size - 1);
    CU_ASSERT_EQUAL(table[PHASE_SOLVE].calls, 9 + world.size);
    CU_ASSERT_DOUBLE_EQUAL(table[PHASE_SOLVE].mean_s, 0.5 * (world.size + 1), 1e-12);
    CU_ASSERT_EQUAL(table[PHASE_READ].max_rank, 0);
    CU_ASSERT_EQUAL(table[PHASE_WRITE].calls, 0);
}

/* [collective] The bytes of all nodes, on every rank. */
static int64_t total_memory(void)
{
    struct node_memory *nodes;
    int count;
    int64_t bytes = 0, ranks = 0;
    REQUIRE_OK(report_memory(&world, &nodes, &count));
    CU_ASSERT_EQUAL(count > 0, world.rank == 0);
    for (int i = 0; i < count; i++) {
        bytes += nodes[i].bytes;
        ranks += nodes[i].ranks;
        CU_ASSERT(nodes[i].name[0] != '\0');
    }
    CU_ASSERT(world.rank != 0 || ranks == world.size);
    memory_free(nodes);
    comm_max_int(&world, &bytes, 1);
    return bytes;
}

static void test_own_memory_grows_by_what_is_touched(void)
{
    if (world.rank > 0)
        return;
    enum { BYTES = 8 << 20 };
    scoped char *block = NULL;
    int64_t before = report_own_memory();
    CU_ASSERT_EQUAL_FATAL(allocate_raw(&block, BYTES), MFALS_OK);
    memset(block, 1, BYTES);
    int64_t grown = report_own_memory() - before;
    CU_ASSERT(grown > BYTES / 2);
    CU_ASSERT(grown < BYTES * 3 / 2);
}

/* A window that all ranks of a node touch is there once. */
static void test_shared_memory_counts_once(void)
{
    enum { ROWS = 1 << 16, FLOATS = 256 };
    const int64_t bytes = (int64_t)ROWS * FLOATS * 4;
    struct replica *replica;
    struct shared_rows rows;
    int64_t before = total_memory();
    REQUIRE_OK(replica_open(&replica, &world, REPLICA_NODE));
    REQUIRE_OK(shared_rows_open(&rows, replica, ROWS, FLOATS));
    float sum = 0;
    for (int64_t i = 0; i < (int64_t)ROWS * FLOATS; i += 512)
        sum += rows.data[i];
    CU_ASSERT_EQUAL(sum, 0);
    int64_t grown = total_memory() - before;
    CU_ASSERT(grown > bytes / 2);
    CU_ASSERT(grown < bytes * 3 / 2);
    shared_rows_close(&rows);
    replica_free(&replica);
}

static void test_failing_allocation(void)
{
    struct node_memory *nodes;
    int count;
    int64_t before = memory_live_blocks();
    memory_fail_at(world.rank == 0);
    CU_ASSERT_EQUAL(report_memory(&world, &nodes, &count), MFALS_NO_MEMORY);
    memory_fail_at(0);
    CU_ASSERT(nodes == NULL && count == 0);
    CU_ASSERT_EQUAL(memory_live_blocks(), before);
}

/* The order matters: a high-water mark does not go down, so the larger block comes last. */
static CU_TestInfo tests[] = {
    {"phases", test_phases},
    {"a failing allocation", test_failing_allocation},
    {"own memory grows by what is touched", test_own_memory_grows_by_what_is_touched},
    {"shared memory counts once", test_shared_memory_counts_once},
    CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "report", tests);
}
