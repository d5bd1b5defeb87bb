/* use/metrics.h against all orders of equal scores, and use/candidates.h. */
#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"
#include "ranks.h"
#include "use/candidates.h"
#include "use/metrics.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 7 };

/* Candidates in the order they were put in; the first `relevant` are the test items. */
struct list {
    int score[MOST], count, relevant;
};

/* The metrics of one order, straight from their definitions. */
static void add_order(struct metrics *sum, const struct list *list, const int *order,
                      const struct cutoffs *cutoffs)
{
    double pairs = 0, right = 0;
    int first = 0, relevant = list->relevant;
    for (int cut = 0; cut < cutoffs->count; cut++) {
        int top = cutoffs->top[cut], reachable = relevant < top ? relevant : top, found = 0;
        double gain = 0, best = 0, precision = 0;
        for (int p = 1; p <= reachable; p++)
            best += 1 / log2(1 + p);
        for (int p = 1; p <= list->count && p <= top; p++)
            if (order[p - 1] < relevant) {
                found++;
                gain += 1 / log2(1 + p);
                precision += (double)found / p;
            }
        sum->value[METRIC_HR][cut] += found > 0;
        sum->value[METRIC_NDCG][cut] += gain / best;
        sum->value[METRIC_RECALL][cut] += (double)found / (cutoffs->recall_cut_k ? reachable : relevant);
        sum->value[METRIC_PRECISION][cut] += (double)found / top;
        sum->value[METRIC_MAP][cut] += precision / reachable;
    }
    while (order[first] >= relevant)
        first++;
    for (int i = 0; i < relevant; i++)
        for (int j = relevant; j < list->count; j++, pairs++)
            right += list->score[i] > list->score[j] ? 1 : list->score[i] == list->score[j] ? 0.5 : 0;
    sum->value[METRIC_MRR][0] += 1.0 / (first + 1);
    sum->value[METRIC_AUC][0] += pairs > 0 ? right / pairs : 0.5;
}

/* Adds every order in which no lower score stands before a higher one. Returns their number. */
static int add_orders(struct metrics *sum, const struct list *list, int *order, int placed, unsigned used,
                      const struct cutoffs *cutoffs)
{
    int orders = 0;
    if (placed == list->count) {
        add_order(sum, list, order, cutoffs);
        return 1;
    }
    for (int i = 0; i < list->count; i++) {
        bool best = !(used >> i & 1);
        for (int j = 0; j < list->count; j++)
            best = best && (used >> j & 1 || list->score[j] <= list->score[i]);
        if (best) {
            order[placed] = i;
            orders += add_orders(sum, list, order, placed + 1, used | 1u << i, cutoffs);
        }
    }
    return orders;
}

static struct metrics computed(const struct list *list, const struct cutoffs *cutoffs)
{
    struct metrics sum = {0};
    float scores[MOST];
    int64_t above[MOST], level[MOST];
    for (int i = 0; i < list->relevant; i++) {
        int at = i;
        for (; at > 0 && scores[at - 1] < (float)list->score[i]; at--)
            scores[at] = scores[at - 1];
        scores[at] = (float)list->score[i];
    }
    struct ranking ranking = {scores, above, level, list->relevant, 0};
    ranking_begin(&ranking);
    for (int j = 0; j < list->count; j++)
        ranking_count(&ranking, &(float){(float)list->score[j]}, 1, 1);
    ranking_count(&ranking, scores, list->relevant, -1); /* test items are no others */
    ranking_end(&ranking);
    CU_ASSERT_EQUAL(ranking.others, list->count - list->relevant);
    metrics_add(&sum, &ranking, cutoffs);
    return sum;
}

static void check_orders(const struct list *list, const struct cutoffs *cutoffs)
{
    struct metrics sum = {0}, got = computed(list, cutoffs);
    int order[MOST], orders = add_orders(&sum, list, order, 0, 0, cutoffs);
    for (int cut = 0; cut < cutoffs->count; cut++) {
        CU_ASSERT_DOUBLE_EQUAL(got.value[METRIC_HR][cut], sum.value[METRIC_HR][cut] / orders, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(got.value[METRIC_NDCG][cut], sum.value[METRIC_NDCG][cut] / orders, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(got.value[METRIC_RECALL][cut], sum.value[METRIC_RECALL][cut] / orders, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(got.value[METRIC_PRECISION][cut], sum.value[METRIC_PRECISION][cut] / orders,
                               1e-12);
        CU_ASSERT_DOUBLE_EQUAL(got.value[METRIC_MAP][cut], sum.value[METRIC_MAP][cut] / orders, 1e-12);
    }
    CU_ASSERT_DOUBLE_EQUAL(got.value[METRIC_MRR][0], sum.value[METRIC_MRR][0] / orders, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(got.value[METRIC_AUC][0], sum.value[METRIC_AUC][0] / orders, 1e-12);
}

/* Also with a K beyond all candidates. */
static void test_all_orders_of_ties(void)
{
    const int tops[] = {1, 2, 3, 5, 20};
    for (int trial = 0; trial < 600; trial++) {
        struct list list = {.count = 1 + trial % MOST};
        list.relevant = 1 + trial / MOST % list.count;
        int levels = 1 + trial / 50 % 5;
        for (int i = 0; i < list.count; i++)
            list.score[i] = (int)(random_uniform(3, RANDOM_USER_FACTORS, trial, i) * levels);
        struct cutoffs cutoffs = {tops, 5, trial % 2 == 0};
        check_orders(&list, &cutoffs);
    }
}

static void test_constant_is_chance(void)
{
    const int tops[] = {10};
    struct cutoffs cutoffs = {tops, 1, false};
    const float scores[] = {2, 2};
    int64_t none[] = {0, 0}, all[] = {98, 98}, others = 98;
    struct metrics one = {0}, two = {0};
    metrics_add(&one, &(struct ranking){scores, none, all, 1, others}, &cutoffs);
    metrics_add(&two, &(struct ranking){scores, none, all, 2, others}, &cutoffs);
    CU_ASSERT_DOUBLE_EQUAL(one.value[METRIC_HR][0], 10.0 / 99, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(two.value[METRIC_HR][0], 1 - 90.0 * 89 / (100 * 99), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(two.value[METRIC_RECALL][0], 0.1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(two.value[METRIC_AUC][0], 0.5, 1e-12);
}

static void test_perfect_is_one(void)
{
    const int tops[] = {1, 3};
    struct cutoffs cutoffs = {tops, 2, true};
    const float scores[] = {5, 4, 3};
    int64_t none[] = {0, 0, 0};
    struct metrics got = {0};
    metrics_add(&got, &(struct ranking){scores, none, none, 3, 50}, &cutoffs);
    for (int cut = 0; cut < 2; cut++) {
        CU_ASSERT_DOUBLE_EQUAL(got.value[METRIC_HR][cut], 1, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(got.value[METRIC_NDCG][cut], 1, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(got.value[METRIC_RECALL][cut], 1, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(got.value[METRIC_PRECISION][cut], 1, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(got.value[METRIC_MAP][cut], 1, 1e-12);
    }
    CU_ASSERT_DOUBLE_EQUAL(got.value[METRIC_MRR][0], 1, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(got.value[METRIC_AUC][0], 1, 1e-12);
}

static void test_drawn_are_unseen_and_different(void)
{
    enum { ITEMS_HERE = 60 };
    char mark[ITEMS_HERE] = {0};
    uint32_t excluded[ITEMS_HERE], drawn[ITEMS_HERE];
    for (int64_t wanted = 0; wanted <= ITEMS_HERE; wanted++) {
        int64_t count = 0;
        for (uint32_t item = 0; item < ITEMS_HERE; item++)
            if (item % 3 == wanted % 3 || item < wanted / 2)
                excluded[count++] = item;
        int64_t got = candidates_draw(drawn, wanted, ITEMS_HERE, excluded, count, 5, wanted, mark);
        CU_ASSERT_EQUAL(got, number_min(wanted, ITEMS_HERE - count));
        int times[ITEMS_HERE] = {0};
        for (int64_t i = 0; i < got; i++) {
            CU_ASSERT_FATAL(drawn[i] < ITEMS_HERE);
            CU_ASSERT_EQUAL(times[drawn[i]]++, 0);
            CU_ASSERT_FALSE(candidates_have(excluded, count, drawn[i]));
        }
        for (int item = 0; item < ITEMS_HERE; item++)
            CU_ASSERT_EQUAL(mark[item], 0);
    }
}

/* Each of 90 items is drawn 10 of 90 times by 9,000 users: 1,000 times, give or take 30. */
static void test_drawn_evenly(void)
{
    enum { ITEMS_HERE = 100, USERS_HERE = 9000 };
    char mark[ITEMS_HERE] = {0};
    uint32_t excluded[10], drawn[10];
    int times[ITEMS_HERE] = {0};
    for (uint32_t e = 0; e < 10; e++)
        excluded[e] = 7 * e;
    for (int64_t user = 0; user < USERS_HERE; user++) {
        int64_t count = candidates_draw(drawn, 10, ITEMS_HERE, excluded, 10, 42, user, mark);
        for (int64_t i = 0; i < count; i++)
            times[drawn[i]]++;
    }
    for (uint32_t item = 0; item < ITEMS_HERE; item++)
        CU_ASSERT(candidates_have(excluded, 10, item) ? times[item] == 0 : abs(times[item] - 1000) < 150);
}

static void test_merge_and_without(void)
{
    const uint32_t a[] = {1, 3, 5, 9}, b[] = {0, 3, 4, 9, 12}, all[] = {0, 1, 3, 4, 5, 9, 12};
    uint32_t got[9];
    CU_ASSERT_EQUAL(candidates_merge(got, a, 4, b, 5), 7);
    CU_ASSERT_EQUAL(memcmp(got, all, sizeof all), 0);
    CU_ASSERT_EQUAL(candidates_merge(got, a, 0, b, 5), 5);
    CU_ASSERT_EQUAL(candidates_merge(got, a, 4, b, 0), 4);
    CU_ASSERT_EQUAL(candidates_without(got, a, 4, b, 5), 2);
    CU_ASSERT(got[0] == 1 && got[1] == 5);
}

static CU_TestInfo tests[] = {{"all orders of equal scores", test_all_orders_of_ties},
                              {"a constant model is chance", test_constant_is_chance},
                              {"a perfect ranking is 1", test_perfect_is_one},
                              {"drawn items are unseen and different", test_drawn_are_unseen_and_different},
                              {"drawn items are drawn evenly", test_drawn_evenly},
                              {"lists of items", test_merge_and_without},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "metrics", tests);
}
