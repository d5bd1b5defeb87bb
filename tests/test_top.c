/* use/top.h against sorting. */
#include "base/memory.h"
#include "base/random.h"
#include "ranks.h"
#include "use/top.h"

#include <math.h>
#include <stdlib.h>

static int by_rank(const void *a, const void *b)
{
    const struct top_entry *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x->item > y->item) - (x->item < y->item);
}

static void check(int capacity, int64_t count, int levels, uint64_t seed)
{
    scoped struct top_entry *all = NULL, *room = NULL;
    CU_ASSERT_FATAL(allocate(&all, count) == MFALS_OK && allocate(&room, capacity) == MFALS_OK);
    struct top top = {.entries = room, .capacity = capacity};
    int64_t numbers = 0;
    for (int64_t i = 0; i < count; i++) {
        float score = (float)floor(random_uniform(seed, RANDOM_USER_FACTORS, i, 0) * levels);
        int64_t item = (i * 7919 + 5) % count; /* in no order */
        top_add(&top, item, score == 0 ? NAN : score);
        if (score != 0)
            all[numbers++] = (struct top_entry){item, score};
    }
    qsort(all, (size_t)numbers, sizeof *all, by_rank);
    top_sort(&top);
    CU_ASSERT_EQUAL(top.count, numbers < capacity ? numbers : capacity);
    for (int j = 0; j < top.count; j++) {
        CU_ASSERT_EQUAL(room[j].item, all[j].item);
        CU_ASSERT_EQUAL(room[j].score, all[j].score);
    }
}

static void test_against_sort(void)
{
    const int capacities[] = {1, 2, 3, 10, 100};
    const int64_t counts[] = {0, 1, 2, 9, 10, 11, 1000};
    const int levels[] = {2, 4, 1000000};
    for (int c = 0; c < 5; c++)
        for (int n = 0; n < 7; n++)
            for (int l = 0; l < 3; l++)
                check(capacities[c], counts[n], levels[l], (uint64_t)(c * 100 + n * 10 + l));
}

static void test_infinities(void)
{
    struct top_entry room[3];
    struct top top = {.entries = room, .capacity = 3};
    top_add(&top, 1, -INFINITY);
    top_add(&top, 2, NAN);
    top_add(&top, 3, INFINITY);
    top_sort(&top);
    CU_ASSERT_EQUAL(top.count, 2);
    CU_ASSERT_EQUAL(room[0].item, 3);
    CU_ASSERT_EQUAL(room[1].item, 1);
}

static CU_TestInfo tests[] = {{"as sorting gives them, ties by item, no NaN", test_against_sort},
                              {"infinities count", test_infinities},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "top", tests);
}
