/* The limits at 2^31 that take gigabytes to cross: with MFALS_SOAK=1 only, and 8 GiB of memory and 9 of disk. */
#include "base/memory.h"
#include "big_rows.h"
#include "comm/redistribute.h"
#include "ranks.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WORDS = 128, RECORDS = 2200000 };

static void test_matrix(void)
{
    big_rows_round_trip(34000000, 64);
}

struct record {
    int64_t word[WORDS];
};

/* All but every 100th of the first rank's records go to the last, more than 2^31 bytes. */
static void test_redistribution(void)
{
    struct received got;
    scoped struct record *records = NULL;
    scoped int *owner = NULL;
    int64_t count = world.rank == 0 ? RECORDS : 1000, wrong = 0, next = 0;
    REQUIRE_OK(allocate_on_all(&world, &records, count));
    REQUIRE_OK(allocate_on_all(&world, &owner, count));
    for (int64_t i = 0; i < count; i++) {
        for (int64_t w = 0; w < WORDS; w++)
            records[i].word[w] = (world.rank * RECORDS + i) * WORDS + w;
        owner[i] = i % 100 == 0 ? 0 : world.size - 1;
    }
    REQUIRE_OK(redistribute(&world, &got, records, count, sizeof *records, owner));
    const struct record *came = got.records;
    for (int64_t j = 0; j < got.count; j++) {
        int64_t from = j >= got.from[1];
        if (j == got.from[from])
            next = 0;
        while ((next % 100 == 0) != (world.rank == 0))
            next++;
        for (int64_t w = 0; w < WORDS; w++)
            wrong += came[j].word[w] != (from * RECORDS + next) * WORDS + w;
        next++;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(got.count, world.rank == 0 ? (RECORDS + 1000) / 100 : (RECORDS + 1000) / 100 * 99);
    if (world.rank == 1)
        CU_ASSERT(got.count * (int64_t)sizeof *came > (int64_t)1 << 31);
    received_free(&got);
}

static CU_TestInfo tests[] = {{"more than 2^31 bytes redistributed", test_redistribution},
                              {"a matrix of more than 2^31 numbers", test_matrix},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    int64_t available = (int64_t)sysconf(_SC_AVPHYS_PAGES) * sysconf(_SC_PAGESIZE);
    if (getenv("MFALS_SOAK") == NULL || available < (int64_t)8 << 30) {
        printf("skipped: without MFALS_SOAK=1 and 8 GiB of free memory\n");
        return 77;
    }
    setenv("MFALS_TEST_LIMIT", "570", 0);
    return run_suite(&argc, &argv, "big soak", tests);
}
