/* use/evaluate.h against a naive evaluation of all users that every rank makes, and against itself on one rank. */
#include "use/evaluate.h"

#include "base/memory.h"
#include "base/number.h"
#include "ranks.h"
#include "ratings/csr.h"
#include "view_sample.h"

#include <math.h>
#include <stdlib.h>

enum { TEST = 0, SEEN = 1, GIVEN = 2, MANY = 400 };

static const int64_t sample_rows[] = {330, 400};
static const struct evaluation_options all_unseen = {
    .cutoffs = {1, 5, 20, 1000}, .cutoff_count = 4, .seed = 42, .kernel = "auto"};

/* A model with its pairs, as one communicator holds them. */
struct bench {
    struct view_sample sample;
    struct csr test, seen, given;
    struct unknown_pairs unknown; /* of unknown users on the rank that it comes to */
    struct test_ratings tested;
};

/* Ratings that the model does not know: number i is of a known user (or not) and a known item (or not). */
enum { UNKNOWN = 300 };

static struct pair unknown_pair(int i)
{
    struct pair pair = {{ROW_UNKNOWN, ROW_UNKNOWN}, (float)(1 + i % 9)};
    if (i % 3 == 0)
        pair.row[USERS] = (uint32_t)(i * 7 % sample_rows[USERS]);
    if (i % 3 == 1)
        pair.row[ITEMS] = (uint32_t)(i * 11 % sample_rows[ITEMS]);
    return pair;
}

static status take_unknown(struct unknown_pairs *unknown, const struct view_sample *sample)
{
    const int64_t *offsets = sample->view.side[USERS].offsets;
    int rank = sample->comm->rank;
    TRY(allocate(&unknown->pair, UNKNOWN));
    for (int i = 0; i < UNKNOWN; i++) {
        struct pair pair = unknown_pair(i);
        bool own = pair.row[USERS] == ROW_UNKNOWN
                       ? i * i % sample->comm->size == rank
                       : offsets[rank] <= pair.row[USERS] && pair.row[USERS] < offsets[rank + 1];
        if (own)
            unknown->pair[unknown->count++] = pair;
    }
    return MFALS_OK;
}

static void bench_open(struct bench *b, const struct comm *comm, bool distinct)
{
    view_sample_open(&b->sample, comm, sample_rows, 6, true, distinct, false);
    sample_pairs(&b->test, &b->sample, TEST, 40);
    sample_pairs(&b->seen, &b->sample, SEEN, 10);
    sample_pairs(&b->given, &b->sample, GIVEN, 50);
    b->unknown = (struct unknown_pairs){0};
    REQUIRE_OK(take_unknown(&b->unknown, &b->sample));
    b->sample.view.explicit_scores = true;
    b->sample.view.range = (struct value_range){2, 4.25};
    b->tested = (struct test_ratings){&b->test, &b->unknown};
}

static void bench_close(struct bench *b)
{
    csr_free(&b->test);
    csr_free(&b->seen);
    csr_free(&b->given);
    memory_free(b->unknown.pair);
    view_sample_close(&b->sample);
}

static int descending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

static void popularity_of(float *popularity)
{
    for (int64_t item = 0; item < sample_rows[ITEMS]; item++)
        for (int64_t user = 0; user < sample_rows[USERS]; user++)
            popularity[item] += sample_has(SEEN, 10, user, item);
}

struct naive {
    struct metrics sum;
    double squares, absolutes; /* of known users and items */
    double unknown_squares, unknown_absolutes;
    int64_t users, ratings;
};

static double clipped(double score, const struct evaluation_options *options)
{
    return options->clip ? fmin(fmax(score, 2), 4.25) : score;
}

static void add_unknown(struct naive *naive, const struct view_sample *sample,
                        const struct evaluation_options *options)
{
    for (int i = 0; i < UNKNOWN; i++) {
        struct pair pair = unknown_pair(i);
        double score = sample->view.global_mean;
        for (int side = USERS; side <= ITEMS; side++)
            if (pair.row[side] != ROW_UNKNOWN)
                score += sample_bias(sample, side, pair.row[side]);
        double error = (double)pair.value - clipped(score, options);
        naive->unknown_squares += error * error;
        naive->unknown_absolutes += fabs(error);
    }
}

/* Everything of one user by plain loops; metrics_add has tests of its own. */
static void add_user(struct naive *naive, const struct view_sample *sample, int64_t user, bool given,
                     const float *popularity, const struct evaluation_options *options)
{
    float mine[MANY], score[MANY];
    int64_t above[MANY] = {0}, level[MANY] = {0}, relevant = 0, others = 0;
    for (int64_t item = 0; item < sample_rows[ITEMS]; item++) {
        score[item] = popularity != NULL ? popularity[item] : (float)sample_score(sample, user, item);
        if (sample_has(TEST, 40, user, item) && !sample_has(SEEN, 10, user, item)) {
            double error =
                (double)sample_value(user, item) - clipped(sample_score(sample, user, item), options);
            naive->squares += error * error;
            naive->absolutes += fabs(error);
            mine[relevant++] = score[item];
        }
    }
    if (relevant == 0)
        return;
    qsort(mine, (size_t)relevant, sizeof *mine, descending);
    for (int64_t item = 0; item < sample_rows[ITEMS]; item++) {
        bool test = sample_has(TEST, 40, user, item), seen = sample_has(SEEN, 10, user, item);
        if (given ? !sample_has(GIVEN, 50, user, item) || (test && !seen) : test || seen)
            continue;
        others++;
        for (int64_t r = 0; r < relevant; r++) {
            above[r] += score[item] > mine[r];
            level[r] += score[item] == mine[r];
        }
    }
    metrics_add(&naive->sum, &(struct ranking){mine, above, level, relevant, others},
                &(struct cutoffs){options->cutoffs, options->cutoff_count, options->recall_cut_k});
    naive->users++;
    naive->ratings += relevant;
}

static void compare(const struct evaluation *got, const struct naive *naive,
                    const struct evaluation_options *options)
{
    double users = (double)naive->users, ratings = (double)naive->ratings;
    CU_ASSERT_EQUAL(got->users, naive->users);
    CU_ASSERT_EQUAL(got->ratings, naive->ratings);
    for (int cut = 0; cut < options->cutoff_count; cut++) {
        CU_ASSERT_DOUBLE_EQUAL(got->mean.value[METRIC_HR][cut], naive->sum.value[METRIC_HR][cut] / users,
                               1e-12);
        CU_ASSERT_DOUBLE_EQUAL(got->mean.value[METRIC_NDCG][cut], naive->sum.value[METRIC_NDCG][cut] / users,
                               1e-12);
        CU_ASSERT_DOUBLE_EQUAL(got->mean.value[METRIC_RECALL][cut],
                               naive->sum.value[METRIC_RECALL][cut] / users, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(got->mean.value[METRIC_PRECISION][cut],
                               naive->sum.value[METRIC_PRECISION][cut] / users, 1e-12);
        CU_ASSERT_DOUBLE_EQUAL(got->mean.value[METRIC_MAP][cut], naive->sum.value[METRIC_MAP][cut] / users,
                               1e-12);
    }
    CU_ASSERT_DOUBLE_EQUAL(got->mean.value[METRIC_MRR][0], naive->sum.value[METRIC_MRR][0] / users, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(got->mean.value[METRIC_AUC][0], naive->sum.value[METRIC_AUC][0] / users, 1e-12);
    double all = ratings + UNKNOWN;
    CU_ASSERT_EQUAL(got->unknown, UNKNOWN);
    CU_ASSERT_DOUBLE_EQUAL(got->mean.value[METRIC_RMSE_KNOWN][0], sqrt(naive->squares / ratings), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(got->mean.value[METRIC_MAE_KNOWN][0], naive->absolutes / ratings, 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(got->mean.value[METRIC_RMSE][0],
                           sqrt((naive->squares + naive->unknown_squares) / all), 1e-12);
    CU_ASSERT_DOUBLE_EQUAL(got->mean.value[METRIC_MAE][0],
                           (naive->absolutes + naive->unknown_absolutes) / all, 1e-12);
}

/* [collective] The same call on all ranks together and on this one alone must agree in every bit. */
static struct evaluation evaluate_both(bool distinct, bool given, const struct evaluation_options *options)
{
    struct comm self;
    struct bench together, alone;
    struct evaluation got[2] = {0};
    REQUIRE_OK(comm_open(&self, MPI_COMM_SELF));
    bench_open(&together, &world, distinct);
    bench_open(&alone, &self, distinct);
    REQUIRE_OK(evaluate(&got[0], &world, &together.sample.view, &together.tested, &together.seen,
                        given ? &together.given : NULL, options));
    REQUIRE_OK(evaluate(&got[1], &self, &alone.sample.view, &alone.tested, &alone.seen,
                        given ? &alone.given : NULL, options));
    CU_ASSERT_EQUAL(memcmp(&got[0], &got[1], sizeof got[0]), 0);
    bench_close(&together);
    bench_close(&alone);
    comm_close(&self);
    return got[0];
}

static void check_naive(bool distinct, bool given, const struct evaluation_options *options)
{
    struct evaluation got = evaluate_both(distinct, given, options);
    struct naive naive = {0};
    struct view_sample sample;
    float popularity[MANY] = {0};
    view_sample_open(&sample, &world, sample_rows, 6, true, distinct, false);
    popularity_of(popularity);
    for (int64_t user = 0; user < sample_rows[USERS]; user++)
        add_user(&naive, &sample, user, given, options->popular ? popularity : NULL, options);
    add_unknown(&naive, &sample, options);
    compare(&got, &naive, options);
    view_sample_close(&sample);
}

static void test_all_unseen(void)
{
    check_naive(true, false, &all_unseen);
    check_naive(false, false, &all_unseen);
}

static void test_recall_cut(void)
{
    struct evaluation_options options = all_unseen;
    options.recall_cut_k = true;
    check_naive(false, false, &options);
}

static void test_given_candidates(void)
{
    check_naive(true, true, &all_unseen);
    check_naive(false, true, &all_unseen);
}

static void test_popularity(void)
{
    struct evaluation_options options = all_unseen;
    options.popular = true;
    check_naive(false, false, &options);
    check_naive(false, true, &options);
}

static void test_clip(void)
{
    struct evaluation_options options = all_unseen;
    options.clip = true;
    check_naive(true, false, &options);
    check_naive(false, true, &options);
}

/* Nothing to clip to: no ratings, or none that are known. */
static void test_no_range(void)
{
    struct bench b;
    struct evaluation got;
    struct evaluation_options options = all_unseen;
    options.clip = true;
    bench_open(&b, &world, false);
    b.sample.view.range = (struct value_range){NAN, 5};
    CU_ASSERT_EQUAL(evaluate(&got, &world, &b.sample.view, &b.tested, &b.seen, NULL, &options),
                    MFALS_BAD_DATA);
    b.sample.view.explicit_scores = false;
    CU_ASSERT_EQUAL(evaluate(&got, &world, &b.sample.view, &b.tested, &b.seen, NULL, &options), MFALS_USAGE);
    bench_close(&b);
}

/* As many drawn as there are is all unseen; few are drawn the same whoever draws. */
static void test_drawn_negatives(void)
{
    struct evaluation_options options = all_unseen;
    struct evaluation all = evaluate_both(false, false, &options);
    options.negatives = sample_rows[ITEMS];
    struct evaluation drawn = evaluate_both(false, false, &options);
    CU_ASSERT_EQUAL(memcmp(&all, &drawn, sizeof all), 0);
    options.negatives = 9;
    struct evaluation few = evaluate_both(false, false, &options);
    CU_ASSERT(few.mean.value[METRIC_HR][1] > all.mean.value[METRIC_HR][1]);
    options.seed = 43;
    struct evaluation other = evaluate_both(false, false, &options);
    CU_ASSERT(other.mean.value[METRIC_MRR][0] != few.mean.value[METRIC_MRR][0]);
    CU_ASSERT_DOUBLE_EQUAL(other.mean.value[METRIC_MRR][0], few.mean.value[METRIC_MRR][0], 0.1);
    CU_ASSERT_EQUAL(few.mean.value[METRIC_RMSE][0], all.mean.value[METRIC_RMSE][0]);
}

/* Without a `seen` all popularities are 0: each user with one of 100 places at random. */
static void test_constant_is_chance(void)
{
    struct view_sample sample;
    struct csr test;
    struct evaluation got;
    struct evaluation_options options = all_unseen;
    options.popular = true;
    options.negatives = 50;
    view_sample_open(&sample, &world, sample_rows, 6, false, false, false);
    sample_pairs(&test, &sample, TEST, 40);
    REQUIRE_OK(
        evaluate(&got, &world, &sample.view, &(struct test_ratings){.by_user = &test}, NULL, NULL, &options));
    CU_ASSERT_DOUBLE_EQUAL(got.mean.value[METRIC_AUC][0], 0.5, 1e-12);
    double expected = 0;
    for (int64_t user = 0; user < sample_rows[USERS]; user++) {
        int64_t relevant = 0;
        for (int64_t item = 0; item < sample_rows[ITEMS]; item++)
            relevant += sample_has(TEST, 40, user, item);
        expected += relevant > 0 ? (double)relevant / (double)(relevant + 50) : 0; /* at place 1 */
    }
    CU_ASSERT_DOUBLE_EQUAL(got.mean.value[METRIC_HR][0], expected / (double)got.users, 1e-12);
    csr_free(&test);
    view_sample_close(&sample);
}

static void test_nothing_to_test(void)
{
    struct bench b;
    struct evaluation got;
    bench_open(&b, &world, false);
    CU_ASSERT_EQUAL(evaluate(&got, &world, &b.sample.view, &b.tested, &b.test, NULL, &all_unseen),
                    MFALS_BAD_DATA);
    bench_close(&b);
}

static void test_infinite_score(void)
{
    struct bench b;
    struct evaluation got;
    bench_open(&b, &world, false);
    if (world.rank == 0)
        b.sample.factors[USERS][3] = INFINITY;
    CU_ASSERT_EQUAL(evaluate(&got, &world, &b.sample.view, &b.tested, &b.seen, NULL, &all_unseen),
                    MFALS_BAD_DATA);
    bench_close(&b);
}

static void test_failing_allocations(void)
{
    struct bench b;
    struct evaluation_options options = all_unseen;
    options.popular = true;
    bench_open(&b, &world, false);
    int64_t before = memory_live_blocks();
    status got = MFALS_NO_MEMORY;
    for (int64_t n = 1; n < 100 && got != MFALS_OK; n++) {
        struct evaluation result;
        memory_fail_at(world.rank == world.size / 2 ? n : 0);
        got = evaluate(&result, &world, &b.sample.view, &b.tested, &b.seen, NULL, &options);
        memory_fail_at(0);
        CU_ASSERT_EQUAL(memory_live_blocks(), before);
        REQUIRE_ALL(got == MFALS_OK || got == MFALS_NO_MEMORY);
        CU_ASSERT(got != MFALS_OK || n > 15);
    }
    CU_ASSERT_EQUAL(got, MFALS_OK);
    bench_close(&b);
}

static CU_TestInfo tests[] = {{"all unseen items", test_all_unseen},
                              {"recall over what K can hold", test_recall_cut},
                              {"given candidates", test_given_candidates},
                              {"popularity", test_popularity},
                              {"clipped scores", test_clip},
                              {"nothing to clip to", test_no_range},
                              {"drawn negatives", test_drawn_negatives},
                              {"a constant ranking is chance", test_constant_is_chance},
                              {"no user with a test item", test_nothing_to_test},
                              {"an infinite score", test_infinite_score},
                              {"failing allocations", test_failing_allocations},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "evaluate", tests);
}
