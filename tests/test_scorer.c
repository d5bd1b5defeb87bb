/* use/scorer.h: exact scores, and the same bits one by one as all at once. */
#include "base/memory.h"
#include "comm/replica.h"
#include "ranks.h"
#include "solve/kernel.h"
#include "store/header.h"
#include "use/scorer.h"
#include "view_sample.h"

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
    static struct header header = {.complete = true};
    struct stored_model model = {
        .factors = 13, .padding = 3, .row_floats = 16, .global_mean = 2.5, .header = &header};
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
                              {"the view of a stored model", test_view_of_stored},
                              {"an unknown level", test_unknown_level},
                              {"failing allocations", test_failing_allocations},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "scorer", tests);
}
