/* use/scorer.h in blocks: best items and rankings against plain loops over exact scores; the same bits on all
 * levels. */
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
            REQUIRE_OK(scorer_open(&scorer, &world, &sample.view, REPLICA_NODE, "auto"));
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

/* Factors whose products and sums are rounded. */
static void roughen(struct view_sample *sample)
{
    for (int side = USERS; side <= ITEMS; side++) {
        int64_t own = sample->offsets[side][world.rank + 1] - sample->offsets[side][world.rank];
        for (int64_t i = 0; i < own * sample->view.side[side].row_floats; i++)
            sample->factors[side][i] *= 0.3F + (float)(i % 13) / 7;
    }
}

/* More users than a panel and than a block hold, with rounded scores: the same keys on v3 and v4, and the scores of all
 * items at once. */
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

static CU_TestInfo tests[] = {{"the places of high scores", test_high_scores},
                              {"best items and rankings, block by block", test_blocks},
                              {"the same bits in blocks", test_block_bits},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "score_blocks", tests);
}
