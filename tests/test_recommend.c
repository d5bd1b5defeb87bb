/* use/recommend.h against sorting all items. */
#include "use/recommend.h"

#include "base/memory.h"
#include "base/number.h"
#include "comm/replica.h"
#include "ranks.h"
#include "ratings/csr.h"
#include "view_sample.h"

#include <math.h>
#include <stdlib.h>

enum { SEEN = 1, MANY = 400 };

static const int64_t sample_rows[] = {200, 400};

/* What the writer is checked against, and what it has seen. */
struct listener {
    const struct view_sample *sample;
    bool has_seen;
    int top;
    const char *wanted;
    int64_t last, calls, fail_at;
};

static int by_rank(const void *a, const void *b)
{
    const struct top_entry *x = a, *y = b;
    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x->item > y->item) - (x->item < y->item);
}

static status check_list(int64_t own_user, const struct top_entry *entries, int count, void *context)
{
    struct listener *l = context;
    struct top_entry all[MANY];
    int64_t user = l->sample->offsets[USERS][world.rank] + own_user, left = 0, wrong = 0;
    for (int64_t item = 0; item < sample_rows[ITEMS]; item++)
        if (!l->has_seen || !sample_has(SEEN, 3, user, item))
            all[left++] = (struct top_entry){item, (float)sample_score(l->sample, user, item)};
    qsort(all, (size_t)left, sizeof *all, by_rank);
    CU_ASSERT_EQUAL(count, number_min(l->top, left));
    for (int j = 0; j < count && j < left; j++)
        wrong += entries[j].item != all[j].item || entries[j].score != all[j].score;
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT(own_user > l->last);
    CU_ASSERT(l->wanted == NULL || l->wanted[own_user]);
    l->last = own_user;
    return ++l->calls == l->fail_at ? fail(MFALS_IO, "the listener is full") : MFALS_OK;
}

static void check(bool has_seen, int top, bool some, int replica)
{
    struct view_sample sample;
    struct csr seen;
    view_sample_open(&sample, &world, sample_rows, 5, true, false, false);
    sample_pairs(&seen, &sample, SEEN, 3);
    int64_t own = seen.rows, expected = own;
    scoped char *wanted = NULL;
    REQUIRE_OK(allocate(&wanted, own));
    for (int64_t i = 0; some && i < own; i++)
        expected -= !(wanted[i] = i % 3 != 1);
    struct listener l = {
        .sample = &sample, .has_seen = has_seen, .top = top, .wanted = some ? wanted : NULL, .last = -1};
    struct recommend_options options = {top, replica, "auto", false};
    REQUIRE_OK(recommend(&world, &sample.view, l.wanted, has_seen ? &seen : NULL, &options, check_list, &l));
    CU_ASSERT_EQUAL(l.calls, expected);
    csr_free(&seen);
    view_sample_close(&sample);
}

static void test_lists(void)
{
    check(false, 10, false, REPLICA_NODE);
    check(true, 10, true, REPLICA_RANK);
    check(true, 1, true, 2);
}

/* Longer than all items; some users have seen every one. */
static void test_long_lists(void)
{
    check(true, 1000, false, REPLICA_NODE);
    check(false, 1000, true, REPLICA_NODE);
}

static void test_writer_fails(void)
{
    struct view_sample sample;
    view_sample_open(&sample, &world, sample_rows, 5, true, false, false);
    struct listener l = {.sample = &sample, .top = 3, .last = -1, .fail_at = world.rank == 0 ? 20 : 0};
    struct recommend_options options = {3, REPLICA_NODE, "auto", false};
    CU_ASSERT_EQUAL(recommend(&world, &sample.view, NULL, NULL, &options, check_list, &l), MFALS_IO);
    CU_ASSERT(world.rank != 0 || l.calls == 20);
    view_sample_close(&sample);
}

static double cosine(const struct view_sample *sample, int64_t a, int64_t b)
{
    double ab = 0, aa = 0, bb = 0;
    for (int c = 0; c < sample->view.factors; c++) {
        double x = sample_factor(sample, ITEMS, a, c), y = sample_factor(sample, ITEMS, b, c);
        ab += x * y;
        aa += x * x;
        bb += y * y;
    }
    return ab / sqrt(aa * bb);
}

/* Near ties may come in another order, so the scores are compared, and each item with its score. */
static void check_similar(const struct view_sample *sample, int64_t item, const struct top_entry *entries,
                          int filled, int top)
{
    struct top_entry all[MANY];
    int64_t left = 0;
    for (int64_t other = 0; other < sample_rows[ITEMS]; other++)
        if (other != item && other != 5 && item != 5)
            all[left++] = (struct top_entry){other, (float)cosine(sample, item, other)};
    qsort(all, (size_t)left, sizeof *all, by_rank);
    CU_ASSERT_EQUAL(filled, number_min(top, left));
    for (int j = 0; j < filled; j++) {
        CU_ASSERT_DOUBLE_EQUAL(entries[j].score, all[j].score, 1e-6);
        CU_ASSERT_DOUBLE_EQUAL(entries[j].score, cosine(sample, item, entries[j].item), 1e-6);
        CU_ASSERT(entries[j].item != item && entries[j].item != 5);
    }
}

static void test_similar(void)
{
    enum { ASKED = 50, TOP = 7 };
    struct view_sample sample;
    struct recommend_options options = {TOP, REPLICA_NODE, "auto", false};
    int64_t items[ASKED];
    int filled[ASKED], zero_found = 0;
    scoped struct top_entry *entries = NULL;
    REQUIRE_OK(allocate(&entries, ASKED * TOP));
    view_sample_open(&sample, &world, sample_rows, 5, true, false, false);
    for (int c = 0; c < ASKED; c++) {
        items[c] = (c * 8 + 5) % sample_rows[ITEMS];
        filled[c] = -1;
    }
    REQUIRE_OK(similar(&world, &sample.view, items, ASKED, &options, entries, filled));
    for (int c = 0; c < ASKED; c++) {
        check_similar(&sample, items[c], entries + c * TOP, filled[c], TOP);
        zero_found += items[c] == 5 && filled[c] == 0;
    }
    CU_ASSERT_EQUAL(zero_found, 1);
    view_sample_close(&sample);
}

static void test_similar_all(void)
{
    struct view_sample sample;
    struct recommend_options options = {1000, REPLICA_RANK, "auto", false};
    int filled = -1;
    scoped struct top_entry *entries = NULL;
    REQUIRE_OK(allocate(&entries, 1000));
    view_sample_open(&sample, &world, sample_rows, 5, false, false, true);
    REQUIRE_OK(similar(&world, &sample.view, (int64_t[]){7}, 1, &options, entries, &filled));
    check_similar(&sample, 7, entries, filled, 1000);
    view_sample_close(&sample);
}

static void test_failing_allocations(void)
{
    struct view_sample sample;
    struct recommend_options options = {3, REPLICA_RANK, "auto", false};
    view_sample_open(&sample, &world, sample_rows, 5, true, false, false);
    int64_t before = memory_live_blocks();
    status got[2] = {MFALS_NO_MEMORY, MFALS_NO_MEMORY};
    for (int call = 0; call < 2; call++)
        for (int64_t n = 1; n < 100 && got[call] != MFALS_OK; n++) {
            struct listener l = {.sample = &sample, .top = 3, .last = -1};
            struct top_entry entries[3];
            int filled;
            memory_fail_at(world.rank == world.size - 1 ? n : 0);
            got[call] = call == 0
                            ? recommend(&world, &sample.view, NULL, NULL, &options, check_list, &l)
                            : similar(&world, &sample.view, (int64_t[]){9}, 1, &options, entries, &filled);
            memory_fail_at(0);
            CU_ASSERT_EQUAL(memory_live_blocks(), before);
            REQUIRE_ALL(got[call] == MFALS_OK || got[call] == MFALS_NO_MEMORY);
            CU_ASSERT(got[call] != MFALS_OK || n > 6);
        }
    CU_ASSERT(got[0] == MFALS_OK && got[1] == MFALS_OK);
    view_sample_close(&sample);
}

static CU_TestInfo tests[] = {{"lists", test_lists},
                              {"lists longer than what is unseen", test_long_lists},
                              {"a writer that fails", test_writer_fails},
                              {"similar items", test_similar},
                              {"all items by similarity", test_similar_all},
                              {"failing allocations", test_failing_allocations},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "recommend", tests);
}
