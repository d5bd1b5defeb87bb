/* use/fold_in.h: a training user's own ratings give the row that training gives, and the one of dense equations. */
#include "use/fold_in.h"

#include "base/memory.h"
#include "ranks.h"
#include "ratings/csr.h"
#include "use/scorer.h"
#include "view_sample.h"

#include <math.h>

enum { SEEN = 2, K = 9, EVERY = 12 };

static const int64_t sample_rows[] = {150, 120};

/* A model trained on the sample's pairs; the sample serves for these and for the partition. */
struct bench {
    struct view_sample sample;
    struct ratings ratings;
    struct solve_options options;
    struct model *model;
    struct phases phases;
};

static status make_items(struct bench *b)
{
    const int64_t *offsets = b->sample.offsets[ITEMS];
    int64_t first = offsets[world.rank], own = offsets[world.rank + 1] - first, count = 0;
    scoped struct pair *pairs = NULL;
    TRY(allocate(&pairs, own * sample_rows[USERS]));
    for (int64_t item = first; item < first + own; item++)
        for (int64_t user = 0; user < sample_rows[USERS]; user++)
            if (sample_has(SEEN, EVERY, user, item))
                pairs[count++] = (struct pair){{(uint32_t)user, (uint32_t)item}, sample_value(user, item)};
    return csr_build(&b->ratings.by[ITEMS], ITEMS, first, own, pairs, count);
}

static void bench_open(struct bench *b, const struct solve_options *options)
{
    *b = (struct bench){.options = *options};
    view_sample_open(&b->sample, &world, sample_rows, K, false, false, false);
    b->ratings = (struct ratings){.rows = {sample_rows[USERS], sample_rows[ITEMS]},
                                  .offsets = {b->sample.offsets[USERS], b->sample.offsets[ITEMS]}};
    sample_pairs(&b->ratings.by[USERS], &b->sample, SEEN, EVERY);
    REQUIRE_OK(make_items(b));
    b->ratings.count = b->ratings.by[USERS].start[b->ratings.by[USERS].rows];
    comm_sum_int(&world, &b->ratings.count, 1);
    REQUIRE_OK(model_open(&b->model, &world, &b->ratings, &b->options));
    REQUIRE_OK(train(b->model, &b->phases, NULL, NULL));
}

static void bench_close(struct bench *b)
{
    model_free(&b->model);
    csr_free(&b->ratings.by[USERS]);
    csr_free(&b->ratings.by[ITEMS]);
    view_sample_close(&b->sample);
}

/* Hu's weights, or with an unobserved weight Rendle's. */
static double dense_weight(const struct solve_options *o, int64_t user, int64_t item, double *target)
{
    double weight = o->weights == WEIGHTS_RENDLE_ONE ? 1 : o->alpha * (double)sample_value(user, item);
    *target = o->weights != WEIGHTS_HU ? weight : 1 + weight;
    return weight;
}

static double dense_unobserved_weight(const struct bench *b)
{
    const struct solve_options *o = &b->options;
    double cells = (double)(sample_rows[USERS] * sample_rows[ITEMS]);
    if (o->weights == WEIGHTS_HU)
        return 1;
    return o->unobserved_ratio > 0 ? o->unobserved_ratio * (double)b->ratings.count / cells
                                   : o->unobserved_weight;
}

/* (a0 Y'Y + lambda I + sum w y y') x = sum b y by Gaussian elimination. */
static void solve_dense(double *x, const struct bench *b, const struct scorer *items, int64_t user)
{
    const struct solve_options *o = &b->options;
    double a[K][K + 1] = {{0}}, a0 = dense_unobserved_weight(b), rated = 0;
    for (int64_t item = 0; item < sample_rows[ITEMS]; item++) {
        float y[K];
        double target = 0, weight = a0;
        scorer_item(items, y, item);
        if (sample_has(SEEN, EVERY, user, item)) {
            weight += dense_weight(o, user, item, &target);
            rated++;
        }
        for (int i = 0; i < K; i++) {
            for (int c = 0; c < K; c++)
                a[i][c] += weight * y[i] * y[c];
            a[i][K] += target * y[i];
        }
    }
    for (int i = 0; i < K; i++)
        a[i][i] += o->lambda * pow(rated + a0 * (double)sample_rows[ITEMS], o->reg_exponent);
    for (int i = 0; i < K; i++)
        for (int r = i + 1; r < K; r++) {
            double factor = a[r][i] / a[i][i];
            for (int c = i; c <= K; c++)
                a[r][c] -= factor * a[i][c];
        }
    for (int i = K - 1; i >= 0; i--) {
        x[i] = a[i][K];
        for (int c = i + 1; c < K; c++)
            x[i] -= a[i][c] * x[c];
        x[i] /= a[i][i];
    }
}

static double largest_error(const float *x, const double *expected)
{
    double error = 0, size = 0;
    for (int i = 0; i < K; i++) {
        error = fmax(error, fabs((double)x[i] - expected[i]));
        size = fmax(size, fabs(expected[i]));
    }
    return size > 0 ? error / size : error;
}

static void check_dense(const struct bench *b, const struct folded *folded, const struct model_view *view,
                        double bound)
{
    struct scorer *items;
    REQUIRE_OK(scorer_open(&items, &world, view, 0, "auto"));
    const int64_t *offsets = b->sample.offsets[USERS];
    for (int64_t user = offsets[world.rank]; user < offsets[world.rank + 1]; user++) {
        double expected[K];
        solve_dense(expected, b, items, user);
        CU_ASSERT(largest_error(folded->factors + (user - offsets[world.rank]) * K, expected) < bound);
    }
    scorer_free(&items);
}

/* The next iteration's users are in other axes, but their products with each other don't depend on these. */
static void check_next_iteration(struct bench *b, const struct folded *folded)
{
    int64_t row_floats, own = b->ratings.by[USERS].rows;
    b->options.iterations++;
    REQUIRE_OK(train(b->model, &b->phases, NULL, NULL));
    const float *x = model_rows(b->model, USERS, &row_floats);
    for (int64_t i = 0; i < own; i++)
        for (int64_t j = 0; j <= i; j += 7) {
            double expected = 0, got = 0, size_i = 0, size_j = 0;
            for (int c = 0; c < K; c++) {
                expected += (double)x[i * row_floats + c] * x[j * row_floats + c];
                got += (double)folded->factors[i * K + c] * folded->factors[j * K + c];
                size_i += (double)x[i * row_floats + c] * x[i * row_floats + c];
                size_j += (double)x[j * row_floats + c] * x[j * row_floats + c];
            }
            CU_ASSERT_DOUBLE_EQUAL(got, expected, 1e-5 * sqrt(size_i * size_j));
        }
}

static const struct solve_options hu = {.factors = K,
                                        .iterations = 3,
                                        .lambda = 0.5,
                                        .alpha = 10,
                                        .seed = 1,
                                        .init = INIT_UNIFORM,
                                        .init_scale = 0.1,
                                        .kernel = "auto"};

static void check(const struct solve_options *options)
{
    struct bench b;
    struct folded folded;
    bench_open(&b, options);
    struct model_view view = view_of_trained(b.model);
    struct known_ids users = {&b.ratings.ids[USERS], b.sample.offsets[USERS]};
    REQUIRE_OK(fold_in(&folded, &world, &view, &users, &b.ratings.by[USERS], &b.options));
    check_dense(&b, &folded, &view, 1e-5);
    check_next_iteration(&b, &folded);
    folded_free(&folded);
    bench_close(&b);
}

/* Items whose Gram matrix has a wide spectrum are turned twice, and the users back twice. */
static void test_wide_spectrum(void)
{
    struct bench b;
    struct folded folded;
    bench_open(&b, &hu);
    struct model_view view = view_of_trained(b.model);
    float *y = (float *)view.side[ITEMS].factors; /* the bench's own */
    for (int64_t i = 0; i < b.ratings.by[ITEMS].rows; i++)
        for (int c = 0; c < K; c++)
            y[i * view.side[ITEMS].row_floats + c] += 300 * y[i * view.side[ITEMS].row_floats + K - 1];
    struct known_ids users = {&b.ratings.ids[USERS], b.sample.offsets[USERS]};
    REQUIRE_OK(fold_in(&folded, &world, &view, &users, &b.ratings.by[USERS], &b.options));
    check_dense(&b, &folded, &view,
                1e-4); /* float32 items feel their own rounding: eps (g_max / g_min)^(1/2) */
    folded_free(&folded);
    bench_close(&b);
}

static void test_hu(void)
{
    check(&hu);
}

static void test_unobserved_weight(void)
{
    struct solve_options options = hu;
    options.weights = WEIGHTS_RENDLE_ONE;
    options.unobserved_weight = 0.1;
    options.lambda = 0.01;
    options.reg_exponent = 1;
    check(&options);
    options.weights = WEIGHTS_RENDLE;
    check(&options);
    options.unobserved_ratio = 3;
    check(&options);
}

static void test_no_ratings_no_factors(void)
{
    struct bench b;
    struct folded folded;
    struct csr none;
    bench_open(&b, &hu);
    struct model_view view = view_of_trained(b.model);
    int64_t own = b.ratings.by[USERS].rows;
    REQUIRE_OK(csr_build(&none, USERS, b.ratings.by[USERS].first_row, own, NULL, 0));
    struct known_ids users = {&b.ratings.ids[USERS], b.sample.offsets[USERS]};
    REQUIRE_OK(fold_in(&folded, &world, &view, &users, &none, &b.options));
    for (int64_t i = 0; i < own * K; i++)
        CU_ASSERT_EQUAL(folded.factors[i], 0);
    struct model_view with = folded_view(&folded, &view, &users);
    CU_ASSERT_PTR_EQUAL(with.side[USERS].factors, folded.factors);
    CU_ASSERT_PTR_EQUAL(with.side[ITEMS].factors, view.side[ITEMS].factors);
    folded_free(&folded);
    csr_free(&none);
    bench_close(&b);
}

/* Explicit models keep their axes: the next iteration's users are the folded ones, bit for bit. */
static void check_explicit(bool biases, int k)
{
    struct bench b;
    struct folded folded;
    struct solve_options options = hu;
    options.algorithm = ALGORITHM_ALS;
    options.biases = biases;
    options.factors = k;
    options.lambda = 0.1;
    options.reg_exponent = 1;
    bench_open(&b, &options);
    struct model_view view = view_of_trained(b.model);
    struct known_ids users = {&b.ratings.ids[USERS], b.sample.offsets[USERS]};
    REQUIRE_OK(fold_in(&folded, &world, &view, &users, &b.ratings.by[USERS], &b.options));
    b.options.iterations++;
    REQUIRE_OK(train(b.model, &b.phases, NULL, NULL));
    int64_t row_floats, step;
    const float *x = model_rows(b.model, USERS, &row_floats), *bias = model_bias(b.model, USERS, &step);
    CU_ASSERT_EQUAL(bias != NULL, biases);
    for (int64_t i = 0; i < b.ratings.by[USERS].rows; i++) {
        CU_ASSERT_EQUAL(memcmp(x + i * row_floats, folded.factors + i * k, (size_t)k * sizeof *x), 0);
        if (biases)
            CU_ASSERT_EQUAL(bias[i * step], folded.bias[i]);
    }
    folded_free(&folded);
    bench_close(&b);
}

static void test_explicit_model(void)
{
    check_explicit(false, K);
    check_explicit(true, K);
    check_explicit(true, 15); /* whole panels of factors and biases */
}

static void test_failing_allocations(void)
{
    struct bench b;
    bench_open(&b, &hu);
    struct model_view view = view_of_trained(b.model);
    struct known_ids users = {&b.ratings.ids[USERS], b.sample.offsets[USERS]};
    int64_t before = memory_live_blocks();
    status got = MFALS_NO_MEMORY;
    for (int64_t n = 1; n < 200 && got != MFALS_OK; n++) {
        struct folded folded;
        memory_fail_at(world.rank == world.size / 2 ? n : 0);
        got = fold_in(&folded, &world, &view, &users, &b.ratings.by[USERS], &b.options);
        memory_fail_at(0);
        folded_free(&folded);
        CU_ASSERT_EQUAL(memory_live_blocks(), before);
        REQUIRE_ALL(got == MFALS_OK || got == MFALS_NO_MEMORY);
        CU_ASSERT(got != MFALS_OK || n > 20);
    }
    CU_ASSERT_EQUAL(got, MFALS_OK);
    bench_close(&b);
}

static CU_TestInfo tests[] = {{"weights of Hu et al.", test_hu},
                              {"unobserved weight", test_unobserved_weight},
                              {"no ratings, no factors", test_no_ratings_no_factors},
                              {"explicit models", test_explicit_model},
                              {"a wide spectrum", test_wide_spectrum},
                              {"failing allocations", test_failing_allocations},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "fold_in", tests);
}
