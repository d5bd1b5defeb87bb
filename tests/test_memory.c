/* base/memory.h: blocks that grow keep what they hold; memory given back is that of whole pages within, and no
 * other. */
#include "base/memory.h"
#include "base/number.h"
#include "ranks.h"

#include <pthread.h>
#include <unistd.h>

static unsigned char byte_of(int64_t i)
{
    return (unsigned char)(1 + i % 251);
}

/* Over several of the parts in which a large block is moved. */
static void test_grow(void)
{
    static const int64_t first = 40000001, second = 100000003;
    scoped unsigned char *block = NULL;
    int64_t capacity = 0, wrong = 0, before = memory_live_blocks();
    REQUIRE_OK(memory_grow(&block, &capacity, first, 1));
    CU_ASSERT(capacity >= first);
    for (int64_t i = 0; i < first; i++)
        block[i] = byte_of(i);
    REQUIRE_OK(memory_grow(&block, &capacity, second, 1));
    CU_ASSERT(capacity >= second);
    for (int64_t i = 0; i < first; i++)
        wrong += block[i] != byte_of(i);
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(memory_live_blocks(), before + 1);
}

/* Bytes first .. end - 1 of a block: those outside stand; whole pages inside read as 0, for the system has them. */
static void check_given_back(int64_t size, int64_t first, int64_t end)
{
    scoped unsigned char *block = NULL;
    int64_t page = sysconf(_SC_PAGESIZE), lost = 0, wrong = 0;
    REQUIRE_OK(allocate_raw(&block, size));
    for (int64_t i = 0; i < size; i++)
        block[i] = byte_of(i);
    memory_give_back(block, first, end);
    for (int64_t i = 0; i < size; i++) {
        wrong += block[i] != byte_of(i) && (i < first || i >= end || block[i] != 0);
        lost += block[i] == 0;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(lost <= number_max(0, end - first) && lost > end - first - 2 * page && lost % page == 0);
}

static void test_give_back(void)
{
    static const int64_t size = 3000000;
    check_given_back(size, 0, size);
    check_given_back(size, 1, size - 1);
    check_given_back(size, 1000000, 2000000);
    check_given_back(size, 4096, 4096);
    check_given_back(100, 0, 100);
}

static void *take_and_free(void *failed)
{
    for (int i = 0; i < 200000; i++) {
        scoped char *block = NULL;
        if (allocate_raw(&block, 1) != MFALS_OK)
            *(bool *)failed = true;
    }
    return NULL;
}

/* Blocks of all threads are counted, none twice. */
static void test_threads(void)
{
    pthread_t other;
    bool failed = false, other_failed = false;
    const int64_t before = memory_live_blocks();
    CU_ASSERT_FATAL(pthread_create(&other, NULL, take_and_free, &other_failed) == 0);
    take_and_free(&failed);
    pthread_join(other, NULL);
    CU_ASSERT(!failed && !other_failed);
    CU_ASSERT_EQUAL(memory_live_blocks(), before);
}

static CU_TestInfo tests[] = {{"a block that grows keeps its contents", test_grow},
                              {"given back: whole pages within", test_give_back},
                              {"threads", test_threads},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "memory", tests);
}
