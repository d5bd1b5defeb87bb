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
    scoped struct top_entry *all = NULL, *best = NULL;
    scoped uint64_t *room = NULL;
    CU_ASSERT_FATAL(allocate(&all, count) == MFALS_OK && allocate(&best, capacity) == MFALS_OK &&
                    allocate(&room, capacity) == MFALS_OK);
    struct top top = {.keys = room, .capacity = capacity};
    int64_t numbers = 0;
    for (int64_t i = 0; i < count; i++) {
        float score = (float)floor(random_uniform(seed, RANDOM_USER_FACTORS, i, 0) * levels) - 1;
        int64_t item = (i * 7919 + 5) % count; /* in no order */
        top_add(&top, item, score == 0 ? NAN : score);
        if (score != 0)
            all[numbers++] = (struct top_entry){item, score};
    }
    qsort(all, (size_t)numbers, sizeof *all, by_rank);
    if (numbers >= capacity)
        CU_ASSERT_EQUAL(top_floor(&top), all[capacity - 1].score);
    top_list(&top, best);
    CU_ASSERT_EQUAL(top.count, numbers < capacity ? numbers : capacity);
    for (int j = 0; j < top.count; j++) {
        CU_ASSERT_EQUAL(best[j].item, all[j].item);
        CU_ASSERT_EQUAL(best[j].score, all[j].score);
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

static void test_extremes(void)
{
    enum { MOST = 7 };
    const float scores[MOST] = {-INFINITY, NAN, INFINITY, -0.0F, 0, 0x1p-149F, -0x1p-149F};
    const int64_t expected[MOST - 1] = {2, 5, 3, 4, 6, 0}; /* -0 and 0 are the same score */
    uint64_t room[MOST];
    struct top_entry best[MOST];
    struct top top = {.keys = room, .capacity = MOST};
    for (int i = 0; i < MOST; i++)
        top_add(&top, i, scores[i]);
    top_add(&top, UINT32_MAX, NAN);
    top_add(&top, UINT32_MAX, -INFINITY);
    top_list(&top, best);
    CU_ASSERT_EQUAL(top.count, MOST);
    for (int i = 0; i < MOST - 1; i++) {
        CU_ASSERT_EQUAL(best[i].item, expected[i]);
        CU_ASSERT_EQUAL(best[i].score, scores[expected[i]]);
    }
    CU_ASSERT_EQUAL(best[MOST - 1].item, UINT32_MAX);
}

static CU_TestInfo tests[] = {{"as sorting gives them, ties by item, no NaN", test_against_sort},
                              {"infinities, zeros and the last item", test_extremes},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "top", tests);
}
