/* solve/kernel.h: each level against plain double computations, and the levels against each other. */
#include "base/memory.h"
#include "comm/exact_sum.h"
#include "comm/partition.h"
#include "kernel_bench.h"
#include "ranks.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

static const char *const level_names[] = {"plain", "x86-64-v3", "x86-64-v4"};
enum { LEVELS = 3 };

static const double short_bound = 1e-6;

/* The worst row of a level over all shapes; condition is bounded by 1 + the heaviest weight. */
static double worst_error(const char *level, int k, float heaviest, const struct weighting *w, double lambda)
{
    const struct kernel *kernel;
    if (kernel_choose(&kernel, level) != MFALS_OK) {
        printf("(level %s skipped: not on this processor) ", level);
        return 0;
    }
    struct bench b = {0};
    bench_open(&b, k, heaviest);
    const int64_t counts[] = {0,     1, 2,     3,  4,  5,  6,   7,    15,   16,        17,
                              k - 1, k, k + 1, 63, 64, 65, 200, 1024, 1025, FIXED_ROWS};
    _Alignas(64) float x[512];
    double reference[512], worst = 0;
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct row row = {
            .column = b.column, .value = b.value, .count = counts[i], .unobserved = 1, .lambda = lambda};
        enum row_outcome outcome = solve_one(kernel, b.work, x, &row, &b.side, w, 0);
        CU_ASSERT(outcome != ROW_FAILED);
        for (int c = 0; c < b.padding; c++)
            CU_ASSERT_EQUAL(x[c], 0);
        solve_reference(reference, &b, &row, w);
        double error = relative_error(x + b.padding, reference, k);
        worst = error > worst ? error : worst;
        if (!(error < 1e-4))
            printf("%s, k %d, n %ld: error %g, not below 1e-4; solved in %s\n", level, k, (long)counts[i],
                   error, outcome == ROW_SOLVED_IN_DOUBLE ? "double" : "float");
    }
    bench_close(&b);
    return worst;
}

static const int sizes[] = {1, 2, 5, 16, 17, 20, 32, 64, 100, 128};
enum { SIZES = sizeof sizes / sizeof *sizes };

static void check_all(float heaviest, struct weighting w, double lambda, double bound)
{
    for (int l = 0; l < LEVELS; l++)
        for (int s = 0; s < SIZES; s++) {
            double worst = worst_error(level_names[l], sizes[s], heaviest, &w, lambda);
            CU_ASSERT(worst < bound);
            if (!(worst < bound))
                printf("level %s, k %d: %g\n", level_names[l], sizes[s], worst);
        }
}

static void test_light_weights(void)
{
    check_all(5, (struct weighting){.kind = WEIGHTS_HU, .alpha = 40}, 150, 4 * FLT_EPSILON * 201);
}

static void test_small_lambda(void)
{
    check_all(5, (struct weighting){.kind = WEIGHTS_HU, .alpha = 40}, 0.01, 4 * FLT_EPSILON * 201);
}

static void test_unit_weights(void)
{
    check_all(5, (struct weighting){.kind = WEIGHTS_RENDLE_ONE}, 0.1, 1e-5);
}

/* Weights up to 4 million: only refinement and the fallback to double keep these rows exact. */
static void test_heavy_weights(void)
{
    check_all(1e5F, (struct weighting){.kind = WEIGHTS_HU, .alpha = 40}, 1, 1e-6);
}

static void test_zero_weights(void)
{
    check_all(5, (struct weighting){.kind = WEIGHTS_HU}, 150, 1e-5);
}

/* Dual rows at rounding level, whatever their condition: those of few ratings, and longer ones. */
static void test_short_rows(void)
{
    for (int l = 0; l < LEVELS; l++) {
        const struct kernel *kernel;
        if (kernel_choose(&kernel, level_names[l]) != MFALS_OK)
            continue;
        for (int s = 0; s < SIZES; s++) {
            struct bench b = {0};
            struct weighting w = {.kind = WEIGHTS_HU, .alpha = 40};
            _Alignas(64) float x[256];
            double reference[256], worst = 0;
            bench_open(&b, sizes[s], 5);
            for (int64_t count = 1; row_is_dual(count, sizes[s]); count++) {
                struct row row = {
                    .column = b.column, .value = b.value, .count = count, .unobserved = 1, .lambda = 1};
                CU_ASSERT_EQUAL(solve_one(kernel, b.work, x, &row, &b.side, &w, 0), ROW_SOLVED);
                solve_reference(reference, &b, &row, &w);
                double error = relative_error(x + b.padding, reference, sizes[s]);
                worst = error > worst ? error : worst;
            }
            CU_ASSERT(worst < short_bound);
            if (!(worst < short_bound))
                printf("level %s, k %d: %g\n", level_names[l], sizes[s], worst);
            bench_close(&b);
        }
    }
}

enum { COMPANY = 53, COMPANY_FLOATS = COMPANY * 128 };

/* Rows of all kinds: of no, few and many ratings; heavy ones that are refined; the 7th has no solution. */
static void draw_company(struct row *rows, const struct bench *b)
{
    static const int64_t counts[] = {0, 1, 2, 3, 4, 5, 6, 7, 12, 20, 21, 40, 64, 65, 100, 150, 300, 1030};
    enum { COUNTS = sizeof counts / sizeof *counts };
    for (int i = 0; i < COMPANY; i++) {
        int64_t count = i == 7 ? 100 : counts[(i * 11) % COUNTS], first = i == 7 ? 0 : 100 + 13 * i;
        rows[i] = (struct row){.column = b->column + first,
                               .value = b->value + first,
                               .count = count,
                               .following = FIXED_ROWS - first - count,
                               .unobserved = 1,
                               .lambda = 1 + i % 3};
    }
    b->value[50] = INFINITY;
    for (int i = 900; i < FIXED_ROWS; i += 100)
        b->value[i] = 1e5F;
}

/* Solves all rows `together` at a time, from place `first` on and around; x[i] and outcomes[i] are row i's. */
static void solve_company(float *x, enum row_outcome *outcomes, const struct kernel *kernel, struct bench *b,
                          const struct row *rows, int first, int together, int steps)
{
    struct weighting w = {.kind = WEIGHTS_HU, .alpha = 40};
    static _Alignas(64) float some[ROWS_TOGETHER * 128];
    for (int i = 0; i < COMPANY; i += together) {
        struct row taken[ROWS_TOGETHER];
        enum row_outcome their[ROWS_TOGETHER];
        int count = COMPANY - i < together ? COMPANY - i : together;
        for (int j = 0; j < count; j++)
            taken[j] = rows[(first + i + j) % COMPANY];
        for (int64_t c = 0; c < count * b->row_floats; c++)
            some[c] = c % b->row_floats < b->padding ? 0 : 0.01F;
        kernel->solve_rows(their, b->work, some, taken, count, &b->side, &w, steps);
        for (int j = 0; j < count; j++) {
            int row = (first + i + j) % COMPANY;
            outcomes[row] = their[j];
            memcpy(x + row * b->row_floats, some + j * b->row_floats, (size_t)b->row_floats * sizeof *x);
        }
    }
}

static int compare_company(const float *x, const enum row_outcome *outcomes, const float *z,
                           const enum row_outcome *others, int64_t row_floats)
{
    int differing = 0;
    for (int i = 0; i < COMPANY; i++)
        differing += outcomes[i] != others[i] ||
                     (outcomes[i] != ROW_FAILED &&
                      memcmp(x + i * row_floats, z + i * row_floats, (size_t)row_floats * sizeof *x) != 0);
    return differing;
}

/* A row's bits and outcome are the same alone and in any company, whose rows may fail or be heavy, and on levels with
 * fused multiply-adds the same as each other's. */
static void test_company(void)
{
    static const int ks[] = {1, 5, 16, 20, 32, 33, 48, 64, 128}, groups[] = {16, 7, 2};
    static float alone[COMPANY_FLOATS], x[COMPANY_FLOATS], previous[COMPANY_FLOATS];
    enum row_outcome alone_outcomes[COMPANY], outcomes[COMPANY], previous_outcomes[COMPANY];
    int compared = 0, failed = 0;
    for (size_t s = 0; s < sizeof ks / sizeof *ks; s++)
        for (int steps = 0; steps <= 3; steps += 3)
            for (int l = 0; l < LEVELS; l++) {
                const struct kernel *kernel;
                struct bench b = {0};
                struct row rows[COMPANY];
                if (kernel_choose(&kernel, level_names[l]) != MFALS_OK)
                    continue;
                bench_open(&b, ks[s], 5);
                draw_company(rows, &b);
                solve_company(alone, alone_outcomes, kernel, &b, rows, 0, 1, steps);
                for (int i = 0; i < COMPANY; i++)
                    failed += alone_outcomes[i] == ROW_FAILED;
                CU_ASSERT_EQUAL(alone_outcomes[7], ROW_FAILED);
                for (int g = 0; g < 3; g++) {
                    solve_company(x, outcomes, kernel, &b, rows, 5 * g, groups[g], steps);
                    CU_ASSERT_EQUAL(compare_company(alone, alone_outcomes, x, outcomes, b.row_floats), 0);
                    compared += COMPANY;
                }
                if (l == 2)
                    CU_ASSERT_EQUAL(
                        compare_company(alone, alone_outcomes, previous, previous_outcomes, b.row_floats), 0);
                memcpy(previous, alone, sizeof alone);
                memcpy(previous_outcomes, alone_outcomes, sizeof alone_outcomes);
                bench_close(&b);
            }
    printf("(%d rows compared, %d failed as they should) ", compared, failed);
}

static void test_failed_row(void)
{
    const struct kernel *kernel;
    struct bench b = {0};
    _Alignas(64) float x[64];
    REQUIRE_OK(kernel_choose(&kernel, "auto"));
    bench_open(&b, 20, 5);
    struct weighting w = {.kind = WEIGHTS_HU, .alpha = 40};
    struct row row = {.column = b.column, .value = b.value, .count = 100, .unobserved = 1, .lambda = 1};
    b.value[50] = INFINITY;
    CU_ASSERT_EQUAL(solve_one(kernel, b.work, x, &row, &b.side, &w, 0), ROW_FAILED);
    b.value[50] = 1;
    row_workspace_new_side(b.work);
    memset(b.eigenvalues, 0, (size_t)b.row_floats * sizeof *b.eigenvalues);
    row.count = 5;
    row.lambda = 0; /* 5 ratings cannot determine 20 factors without a ridge */
    CU_ASSERT_EQUAL(solve_one(kernel, b.work, x, &row, &b.side, &w, 0), ROW_FAILED);
    row.lambda = 1;
    CU_ASSERT_EQUAL(solve_one(kernel, b.work, x, &row, &b.side, &w, 0), ROW_SOLVED);
    bench_close(&b);
}

static void test_sides(void)
{
    for (int l = 0; l < LEVELS; l++) {
        const struct kernel *kernel;
        if (kernel_choose(&kernel, level_names[l]) != MFALS_OK)
            continue;
        struct bench b = {0};
        bench_open(&b, 37, 5);
        int64_t n = b.row_floats;
        scoped int64_t *sum = NULL;
        scoped double *per_unit = NULL;
        scoped float *rotation = NULL;
        scoped double *scored = NULL, *row = NULL;
        REQUIRE_OK(allocate(&sum, n * n));
        REQUIRE_OK(allocate(&per_unit, n));
        REQUIRE_OK(allocate(&rotation, n * n));
        REQUIRE_OK(allocate(&scored, FIXED_ROWS));
        REQUIRE_OK(allocate(&row, n));
        for (int64_t c = 0; c < n; c++)
            per_unit[c] = 1;
        kernel->gram_tile(b.work, sum, b.rows, per_unit, 0x1p40);
        for (int64_t i = b.padding; i < n; i++)
            for (int64_t c = i; c < n; c++) {
                double exact = 0;
                for (int r = 0; r < TILE_ROWS; r++)
                    exact += (double)b.rows[r * n + i] * b.rows[r * n + c];
                CU_ASSERT_DOUBLE_EQUAL((double)sum[i * n + c] * 0x1p-40, exact, 64 * 4e-7);
            }
        for (int64_t i = b.padding; i < n; i++)
            for (int64_t c = b.padding; c < n; c++)
                rotation[i * n + c] = (float)(uniform(i, c) - 0.5);
        double expected[TILE_ROWS][64];
        for (int r = 0; r < TILE_ROWS; r++)
            for (int64_t c = 0; c < n; c++) {
                expected[r][c] = 0;
                for (int64_t i = 0; i < n; i++)
                    expected[r][c] += (double)b.rows[r * n + i] * rotation[i * n + c];
            }
        kernel->rotate_tile(b.work, b.rows, rotation);
        for (int r = 0; r < TILE_ROWS; r++)
            for (int64_t c = 0; c < n; c++)
                CU_ASSERT_DOUBLE_EQUAL(b.rows[r * n + c], expected[r][c], 1e-6);
        for (int64_t c = 0; c < n; c++)
            row[c] = b.rows[c];
        kernel->scores(scored, row, &b.side, &(struct row){.column = b.column, .count = 1999});
        for (int j = 0; j < 1999; j++) {
            double exact = 0;
            for (int64_t c = 0; c < n; c++)
                exact += (double)b.rows[c] * b.rows[(int64_t)b.column[j] * n + c];
            CU_ASSERT_DOUBLE_EQUAL(scored[j], exact, 1e-14);
        }
        bench_close(&b);
    }
}

/* Row bits of two levels with fused multiply-adds. */
static void test_levels_agree(void)
{
    const struct kernel *v3, *v4;
    if (kernel_choose(&v3, "x86-64-v3") != MFALS_OK || kernel_choose(&v4, "x86-64-v4") != MFALS_OK) {
        printf("(skipped: this processor lacks a level) ");
        return;
    }
    for (int s = 0; s < SIZES; s++)
        for (int heavy = 0; heavy < 2; heavy++) {
            struct bench b = {0};
            bench_open(&b, sizes[s], heavy ? 1e5F : 5);
            struct weighting w = {.kind = WEIGHTS_HU, .alpha = 40};
            _Alignas(64) float x[256], z[256];
            for (int64_t count = 1; count <= FIXED_ROWS; count += 1 + count / 3) {
                struct row row = {
                    .column = b.column, .value = b.value, .count = count, .unobserved = 1, .lambda = 3};
                CU_ASSERT_EQUAL(solve_one(v3, b.work, x, &row, &b.side, &w, 0),
                                solve_one(v4, b.work, z, &row, &b.side, &w, 0));
                CU_ASSERT_EQUAL(memcmp(x, z, (size_t)b.row_floats * sizeof *x), 0);
            }
            bench_close(&b);
        }
}

static CU_TestInfo tests[] = {{"light weights", test_light_weights},
                              {"small lambda", test_small_lambda},
                              {"unit weights", test_unit_weights},
                              {"heavy weights", test_heavy_weights},
                              {"zero weights", test_zero_weights},
                              {"short rows at rounding level", test_short_rows},
                              {"a row that fails says so", test_failed_row},
                              {"the same bits in any company", test_company},
                              {"Gram, rotation and scores", test_sides},
                              {"levels give the same bits", test_levels_agree},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "kernels", tests);
}
