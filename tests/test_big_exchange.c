/* An exchange of more than 2^31 bytes, most of them from one rank. Skipped (77) without the memory for it. */
#include "base/memory.h"
#include "comm/exchange.h"
#include "comm/partition.h"
#include "ranks.h"

#include <stdio.h>
#include <sys/statvfs.h>
#include <unistd.h>

enum { ROW_FLOATS = 1024, ROWS = 560000 };

static void exchange(int group)
{
    struct replica *replica;
    struct shared_rows matrix;
    int64_t offsets[64] = {0}, wrong = 0;
    CU_ASSERT(shared_rows_bytes(ROWS, ROW_FLOATS) > (int64_t)1 << 31);
    for (int r = 1; r <= world.size; r++) /* rank 0 has all but the last tiles */
        offsets[r] = ROWS - (world.size - r) * TILE_ROWS * (int64_t)10;
    REQUIRE_OK(replica_open(&replica, &world, group));
    REQUIRE_OK(shared_rows_open(&matrix, replica, ROWS, ROW_FLOATS));
    for (int64_t row = offsets[world.rank]; row < offsets[world.rank + 1]; row++)
        for (int64_t c = 0; c < ROW_FLOATS; c += 64)
            matrix.data[row * ROW_FLOATS + c] = (float)((row + c) % 1000003);
    REQUIRE_OK(exchange_all_rows(replica, &matrix, offsets));
    for (int64_t row = 0; row < ROWS; row++)
        for (int64_t c = 0; c < ROW_FLOATS; c += 64)
            wrong += matrix.data[row * ROW_FLOATS + c] != (float)((row + c) % 1000003);
    CU_ASSERT_EQUAL(wrong, 0);
    replica_barrier(replica, &matrix);
    shared_rows_close(&matrix);
    replica_free(&replica);
}

static void test_plain_memory(void)
{
    exchange(REPLICA_RANK);
}

static CU_TestInfo tests[] = {{"more than 2^31 bytes", test_plain_memory}, CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    int64_t available = (int64_t)sysconf(_SC_AVPHYS_PAGES) * sysconf(_SC_PAGESIZE);
    if (available < (int64_t)7 << 30) {
        printf("skipped: an exchange above 2^31 bytes on 2 ranks needs 7 GiB of free memory\n");
        return 77;
    }
    return run_suite(&argc, &argv, "big exchange", tests);
}
