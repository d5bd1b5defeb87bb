/* use/scorer.h: exact scores, and the same bits one by one as all at once. */
#include "base/memory.h"
#include "comm/replica.h"
#include "ranks.h"
#include "solve/kernel.h"
#include "use/scorer.h"
#include "view_sample.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static const char *const level_names[] = {"plain", "x86-64-v3", "x86-64-v4"};

/* Scores of the first own users, each way. */
static void check_users(struct scorer *scorer, const struct view_sample *sample, int count)
{
    const struct view_side *users = &sample->view.side[USERS];
    int64_t items = sample->view.side[ITEMS].rows, padded = scorer_items_padded(scorer), wrong = 0,
            different = 0;
    scoped float *scores = NULL, *listed = NULL;
    scoped uint32_t *list = NULL;
    if (allocate(&scores, count * padded) != MFALS_OK || allocate(&listed, items) != MFALS_OK ||
        allocate(&list, items) != MFALS_OK) {
        CU_FAIL("no memory");
        return;
    }
    for (int64_t i = 0; i < items; i++)
        list[i] = (uint32_t)(items - 1 - i);
    for (int u = 0; u < count; u++)
        scorer_set_row(scorer, u, users, u);
    scorer_all(scorer, scores, count);
    for (int u = 0; u < count; u++) {
        scorer_listed(scorer, listed, u, list, items);
        for (int64_t item = 0; item < items; item++) {
            float score = scores[u * padded + item];
            wrong += score != (float)sample_score(sample, users->offsets[sample->comm->rank] + u, item);
            different += memcmp(&score, &listed[items - 1 - item], sizeof score) != 0;
        }
    }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(different, 0);
}

static void check_sample(const int64_t *rows, int k, bool biases, bool lopsided, int group, const char *level)
{
    struct view_sample sample;
    struct scorer *scorer;
    view_sample_open(&sample, &world, rows, k, biases, false, lopsided);
    REQUIRE_OK(scorer_open(&scorer, &world, &sample.view, group, level));
    int64_t own = sample.offsets[USERS][world.rank + 1] - sample.offsets[USERS][world.rank];
    if (own > 0)
        check_users(scorer, &sample, own < SCORER_USERS ? (int)own : SCORER_USERS);
    if (own > 5)
        check_users(scorer, &sample, 5);
    float factors[64] = {0};
    for (int64_t item = 0; item < rows[ITEMS]; item += 17) {
        scorer_item(scorer, factors, item);
        for (int c = 0; c < k; c++)
            CU_ASSERT_EQUAL(factors[c], (float)sample_factor(&sample, ITEMS, item, c));
    }
    scorer_free(&scorer);
    CU_ASSERT_PTR_NULL(scorer);
    view_sample_close(&sample);
}

static void test_levels(void)
{
    const struct kernel *kernel;
    const int sizes[] = {1, 2, 14, 15, 16, 20, 33};
    for (int l = 0; l < 3; l++) {
        if (kernel_choose(&kernel, level_names[l]) != MFALS_OK) {
            printf("(level %s skipped: not on this processor) ", level_names[l]);
            continue;
        }
        for (int s = 0; s < 7; s++)
            for (int biases = 0; biases < 2; biases++)
                check_sample((int64_t[]){70, 333}, sizes[s], biases, false, REPLICA_NODE, level_names[l]);
    }
}

/* Factors whose products and sums are rounded. */
static void roughen(struct view_sample *sample)
{
    for (int side = USERS; side <= ITEMS; side++) {
        int64_t own = sample->offsets[side][world.rank + 1] - sample->offsets[side][world.rank];
        for (int64_t i = 0; i < own * sample->view.side[side].row_floats; i++)
            sample->factors[side][i] *= 0.3F + (float)(i % 13) / 7;
    }
}

/* scores of own users 0 .. 15, listed one by one or all at once. */
static void score_rough(float *scores, const struct view_sample *sample, const char *level, bool one_by_one)
{
    struct scorer *scorer;
    REQUIRE_OK(scorer_open(&scorer, &world, &sample->view, REPLICA_NODE, level));
    int64_t padded = scorer_items_padded(scorer);
    int own = (int)(sample->offsets[USERS][world.rank + 1] - sample->offsets[USERS][world.rank]);
    for (int u = 0; u < own && u < SCORER_USERS; u++)
        scorer_set_row(scorer, u, &sample->view.side[USERS], u);
    if (!one_by_one)
        scorer_all(scorer, scores, SCORER_USERS);
    for (int u = 0; one_by_one && u < SCORER_USERS; u++)
        for (uint32_t item = 0; item < padded; item++)
            scorer_listed(scorer, &scores[u * padded + item], u, &item, 1);
    scorer_free(&scorer);
}

static void test_rounded_bits(void)
{
    enum { ITEMS_HERE = 320, FLOATS = SCORER_USERS * ITEMS_HERE };
    const struct kernel *kernel;
    scoped float *first = NULL, *again = NULL;
    struct view_sample sample;
    REQUIRE_OK(allocate(&first, FLOATS));
    REQUIRE_OK(allocate(&again, FLOATS));
    view_sample_open(&sample, &world, (int64_t[]){70, ITEMS_HERE}, 21, true, false, false);
    roughen(&sample);
    for (int l = 0; l < 3; l++) {
        if (kernel_choose(&kernel, level_names[l]) != MFALS_OK)
            continue;
        score_rough(again, &sample, level_names[l], false);
        if (l == 2) /* the levels with fused multiply-adds agree */
            CU_ASSERT_EQUAL(memcmp(first, again, FLOATS * sizeof *first), 0);
        memcpy(first, again, FLOATS * sizeof *first);
        score_rough(again, &sample, level_names[l], true);
        CU_ASSERT_EQUAL(memcmp(first, again, FLOATS * sizeof *first), 0);
    }
    view_sample_close(&sample);
}

static void test_groups(void)
{
    for (int group = 0; group < 4; group++)
        for (int lopsided = 0; lopsided < 2; lopsided++)
            check_sample((int64_t[]){300, 1000}, 20, group % 2 == 0, lopsided, group, "auto");
}

static void test_few_items(void)
{
    check_sample((int64_t[]){3, 1}, 5, true, false, REPLICA_NODE, "auto");
    check_sample((int64_t[]){65, 64}, 5, true, false, REPLICA_RANK, "auto");
}

static void test_view_of_stored(void)
{
    float rows[2][2 * 16] = {{0}}, bias[2][2] = {{1, 2}, {3, 4}};
    struct stored_model model = {.factors = 13, .padding = 3, .row_floats = 16, .global_mean = 2.5};
    for (int side = USERS; side <= ITEMS; side++)
        model.side[side] = (struct stored_side){.rows = 2, .factors = rows[side], .bias = bias[side]};
    rows[ITEMS][16 + 3] = 7; /* the first factor of row 1 */
    struct model_view view = view_of_stored(&model);
    const struct view_side *items = &view.side[ITEMS];
    CU_ASSERT_EQUAL(view.factors, 13);
    CU_ASSERT_EQUAL(view.global_mean, 2.5);
    CU_ASSERT_EQUAL(items->rows, 2);
    CU_ASSERT_EQUAL(items->factors[items->row_floats], 7);
    CU_ASSERT_EQUAL(items->bias[items->bias_step], 4);
    CU_ASSERT_PTR_EQUAL(view.side[USERS].ids, &model.side[USERS].ids);
}

enum { BLOCK_ITEMS = 1100, BLOCK_USERS = 20 };

/* Scores of 7 levels, NaN and infinities among them, at each length and place of a floor. */
static void test_high_scores(void)
{
    enum { PANELS = 5, FLOATS = 16 * PANELS };
    const struct kernel *kernel;
    const float floors[] = {-INFINITY, -2, -0.5F, 0, 1, 3, INFINITY};
    scoped float *scores = NULL;
    int64_t wrong = 0, checked = 0;
    REQUIRE_OK(allocate(&scores, FLOATS));
    for (int i = 0; i < FLOATS; i++)
        scores[i] = i % 19 == 3   ? NAN
                    : i % 23 == 5 ? INFINITY
                    : i % 29 == 7 ? -INFINITY
                                  : (float)(i * i % 7 - 3);
    for (int l = 0; l < 3; l++)
        for (int f = 0; f < 7 && kernel_choose(&kernel, level_names[l]) == MFALS_OK; f++)
            for (int64_t panels = 0; panels <= PANELS; panels++, checked++) {
                uint32_t places[FLOATS];
                int64_t found = kernel->find_above(places, scores, panels, floors[f]), expected = 0;
                for (uint32_t i = 0; i < 16 * panels; i++)
                    if (scores[i] > floors[f])
                        wrong += expected >= found || places[expected] != i, expected++;
                wrong += found != expected || kernel->count_above(scores, panels, floors[f]) != expected;
            }
    CU_ASSERT_EQUAL(wrong, 0);
    if (world.rank == 0)
        printf("(%" PRId64 " searches) ", checked);
}

/* What a user leaves out: nothing, about one in `every`, or all. */
static int64_t leave_out(uint32_t *item, int64_t items, int u, int every)
{
    int64_t count = 0;
    for (int64_t i = 0; i < items; i++)
        if (every > 0 && (i + u) * 7919 % every == 0)
            item[count++] = (uint32_t)i;
    return count;
}

static bool is_better(struct top_entry a, struct top_entry b)
{
    return a.score > b.score || (a.score == b.score && a.item < b.item);
}

/* The best by insertion among all items, from exact scores; returns how many differ. */
static int64_t differ_from_naive(const struct view_sample *sample, int64_t user, struct item_list left_out,
                                 struct top *top)
{
    int64_t items = sample->view.side[ITEMS].rows, count = 0, wrong = 0, next = 0;
    struct top_entry best[BLOCK_ITEMS + 1], got[BLOCK_ITEMS + 1];
    for (int64_t item = 0; item < items; item++) {
        if (next < left_out.count && left_out.item[next] == item) {
            next++;
            continue;
        }
        struct top_entry entry = {item, (float)sample_score(sample, user, item)};
        int64_t at = count++;
        for (; at > 0 && is_better(entry, best[at - 1]); at--)
            best[at] = best[at - 1];
        best[at] = entry;
    }
    top_list(top, got);
    wrong += top->count != (count < top->capacity ? count : top->capacity);
    for (int j = 0; j < top->count && j < count; j++)
        wrong += got[j].item != best[j].item || got[j].score != best[j].score;
    return wrong;
}

/* Three test items, of which two may score the same, against plain counting. */
static int64_t ranks_differ(struct scorer *scorer, const struct view_sample *sample, const int64_t *user,
                            int count, const struct item_list *left_out)
{
    enum { RELEVANT = 3 };
    float scores[BLOCK_USERS][RELEVANT];
    int64_t above[BLOCK_USERS][RELEVANT], level[BLOCK_USERS][RELEVANT], items = sample->view.side[ITEMS].rows,
                                                                        wrong = 0;
    struct ranking ranking[BLOCK_USERS];
    for (int u = 0; u < count; u++) {
        for (int r = 0; r < RELEVANT; r++) {
            float score = (float)sample_score(sample, user[u], (u * 13 + r * 41) % items);
            int at = r;
            for (; at > 0 && scores[u][at - 1] < score; at--)
                scores[u][at] = scores[u][at - 1];
            scores[u][at] = score;
        }
        ranking[u] = (struct ranking){scores[u], above[u], level[u], RELEVANT, 0};
        ranking_begin(&ranking[u]);
    }
    scorer_rank(scorer, ranking, count, left_out);
    for (int u = 0; u < count; u++) {
        int64_t higher[RELEVANT] = {0}, same[RELEVANT] = {0}, others = 0, next = 0;
        ranking_end(&ranking[u]);
        for (int64_t item = 0; item < items; item++) {
            if (left_out != NULL && next < left_out[u].count && left_out[u].item[next] == item) {
                next++;
                continue;
            }
            others++;
            for (int r = 0; r < RELEVANT; r++) {
                higher[r] += (float)sample_score(sample, user[u], item) > scores[u][r];
                same[r] += (float)sample_score(sample, user[u], item) == scores[u][r];
            }
        }
        wrong += others != ranking[u].others || memcmp(higher, above[u], sizeof higher) != 0 ||
                 memcmp(same, level[u], sizeof same) != 0;
    }
    return wrong;
}

/* The first own users' best items and rankings. */
static int64_t check_blocks(struct scorer *scorer, const struct view_sample *sample, int top, int every)
{
    const struct view_side *users = &sample->view.side[USERS];
    int own = (int)(users->offsets[world.rank + 1] - users->offsets[world.rank]),
        count = own < BLOCK_USERS ? own : BLOCK_USERS;
    int64_t items = sample->view.side[ITEMS].rows, wrong = 0, user[BLOCK_USERS];
    struct top tops[BLOCK_USERS];
    struct item_list left_out[BLOCK_USERS];
    scoped uint64_t *keys = NULL;
    scoped uint32_t *item = NULL;
    if (allocate(&keys, BLOCK_USERS * top) != MFALS_OK || allocate(&item, BLOCK_USERS * items) != MFALS_OK)
        return 1;
    for (int u = 0; u < count; u++) {
        user[u] = users->offsets[world.rank] + u;
        left_out[u] = (struct item_list){item + u * items, leave_out(item + u * items, items, u, every)};
        tops[u] = (struct top){.keys = keys + u * top, .capacity = top};
        scorer_set_row(scorer, u, users, u);
    }
    scorer_best(scorer, tops, count, every > 0 ? left_out : NULL);
    for (int u = 0; u < count; u++)
        wrong += differ_from_naive(sample, user[u], left_out[u], &tops[u]);
    return wrong + ranks_differ(scorer, sample, user, count, every > 0 ? left_out : NULL);
}

/* Many ties, also where a block of items ends and another begins. */
static void test_blocks(void)
{
    const int64_t items[] = {1, 15, 16, 17, SCORER_ITEMS - 1, SCORER_ITEMS, SCORER_ITEMS + 1, BLOCK_ITEMS};
    const int tops[] = {1, 10, SCORER_ITEMS, BLOCK_ITEMS + 1}, every[] = {0, 1, 2, 9};
    int64_t wrong = 0, checked = 0;
    for (int n = 0; n < 8; n++)
        for (int biases = 0; biases < 2; biases++) {
            struct view_sample sample;
            struct scorer *scorer;
            view_sample_open(&sample, &world, (int64_t[]){BLOCK_USERS, items[n]}, 2, biases, false, false);
            REQUIRE_OK(
                scorer_open(&scorer, &world, &sample.view, REPLICA_NODE, level_names[n % 2 == 0 ? 0 : 1]));
            for (int t = 0; t < 4; t++)
                for (int e = 0; e < 4; e++, checked++)
                    wrong += check_blocks(scorer, &sample, tops[t], every[e]);
            scorer_free(&scorer);
            view_sample_close(&sample);
        }
    CU_ASSERT_EQUAL(wrong, 0);
    if (world.rank == 0)
        printf("(%" PRId64 " sets of users) ", checked);
}

/* More users than one panel and than one block, with rounded scores: the same keys on v3 and v4, and where all items are
 * scored at once. */
static void test_block_bits(void)
{
    enum { TOP = 30, ITEMS_HERE = 1000 };
    const struct kernel *kernel;
    scoped uint64_t *first = NULL, *again = NULL;
    scoped float *all = NULL;
    struct view_sample sample;
    int64_t compared = 0;
    REQUIRE_OK(allocate(&first, SCORER_USERS * TOP));
    REQUIRE_OK(allocate(&again, SCORER_USERS * TOP));
    view_sample_open(&sample, &world, (int64_t[]){SCORER_USERS + 11, ITEMS_HERE}, 21, true, false, false);
    roughen(&sample);
    int own = (int)(sample.offsets[USERS][world.rank + 1] - sample.offsets[USERS][world.rank]);
    for (int l = 0; l < 3; l++) {
        struct scorer *scorer;
        struct top tops[SCORER_USERS];
        int count = own < SCORER_USERS ? own : SCORER_USERS;
        if (kernel_choose(&kernel, level_names[l]) != MFALS_OK)
            continue;
        REQUIRE_OK(scorer_open(&scorer, &world, &sample.view, REPLICA_NODE, level_names[l]));
        memory_free(all);
        REQUIRE_OK(allocate(&all, SCORER_USERS * scorer_items_padded(scorer)));
        for (int u = 0; u < count; u++) {
            scorer_set_row(scorer, u, &sample.view.side[USERS], u);
            tops[u] = (struct top){.keys = again + u * TOP, .capacity = TOP};
        }
        scorer_best(scorer, tops, count, NULL);
        scorer_all(scorer, all, count);
        for (int u = 0; u < count; u++) {
            struct top_entry best[TOP];
            top_list(&tops[u], best);
            for (int j = 0; j < TOP; j++, compared++)
                CU_ASSERT(memcmp(&best[j].score, &all[u * scorer_items_padded(scorer) + best[j].item], 4) ==
                          0);
        }
        if (l == 2) /* the levels with fused multiply-adds agree, in the heap's order too */
            CU_ASSERT_EQUAL(memcmp(first, again, (size_t)(count * TOP) * sizeof *first), 0);
        memcpy(first, again, SCORER_USERS * TOP * sizeof *first);
        scorer_free(&scorer);
    }
    if (world.rank == 0)
        printf("(%" PRId64 " scores) ", compared);
    view_sample_close(&sample);
}

static void test_unknown_level(void)
{
    struct view_sample sample;
    struct scorer *scorer;
    view_sample_open(&sample, &world, (int64_t[]){10, 10}, 4, false, false, false);
    CU_ASSERT_EQUAL(scorer_open(&scorer, &world, &sample.view, REPLICA_NODE, "abacus"), MFALS_USAGE);
    CU_ASSERT_PTR_NULL(scorer);
    view_sample_close(&sample);
}

static void test_failing_allocations(void)
{
    struct view_sample sample;
    view_sample_open(&sample, &world, (int64_t[]){100, 200}, 4, true, false, false);
    int64_t before = memory_live_blocks();
    status got = MFALS_NO_MEMORY;
    for (int64_t n = 1; n < 100 && got != MFALS_OK; n++) {
        struct scorer *scorer;
        memory_fail_at(world.rank == world.size - 1 ? n : 0);
        got = scorer_open(&scorer, &world, &sample.view, REPLICA_RANK, "auto");
        memory_fail_at(0);
        scorer_free(&scorer);
        CU_ASSERT_EQUAL(memory_live_blocks(), before);
        REQUIRE_ALL(got == MFALS_OK || got == MFALS_NO_MEMORY);
        CU_ASSERT(got != MFALS_OK || n > 4);
    }
    CU_ASSERT_EQUAL(got, MFALS_OK);
    view_sample_close(&sample);
}

static CU_TestInfo tests[] = {{"exact and the same bits, on every level", test_levels},
                              {"the same bits where scores are rounded", test_rounded_bits},
                              {"any replica group, any partition", test_groups},
                              {"few items", test_few_items},
                              {"the places of high scores", test_high_scores},
                              {"best items and rankings, block by block", test_blocks},
                              {"the same bits in blocks", test_block_bits},
                              {"the view of a stored model", test_view_of_stored},
                              {"an unknown level", test_unknown_level},
                              {"failing allocations", test_failing_allocations},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "scorer", tests);
}
