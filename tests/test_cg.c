/* solve/kernel.h: rows improved by conjugate gradients, against the same steps in plain double. */
#include "base/memory.h"
#include "kernel_bench.h"
#include "ranks.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

static const char *const level_names[] = {"plain", "x86-64-v3", "x86-64-v4"};
enum { LEVELS = 3, LARGEST = 256 };

static const int sizes[] = {1, 5, 17, 20, 64, 100, 250};
static const int64_t counts[] = {0, 1, 8, 9, 16, 17, 31, 32, 33, 64, 65, 200, 1025, FIXED_ROWS};
enum { SIZES = sizeof sizes / sizeof *sizes, COUNTS = sizeof counts / sizeof *counts };

static void start_somewhere(float *x, const struct bench *b)
{
    memset(x, 0, (size_t)b->padding * sizeof *x);
    for (int c = 0; c < b->k; c++)
        x[b->padding + c] = (float)(0.1 * uniform(c, 5000) - 0.03);
}

static double product(const double *a, const double *b, int k)
{
    double sum = 0;
    for (int c = 0; c < k; c++)
        sum += a[c] * b[c];
    return sum;
}

static void multiply(double *result, const double *a, const double *x, int k)
{
    for (int i = 0; i < k; i++)
        result[i] = product(a + (int64_t)i * k, x, k);
}

/* Steps on A x = right, preconditioned by diag(g) + lambda: those on the unit-ridge problem, seen from x. */
static void step_reference(double *x, const struct bench *b, const struct row *row, const struct weighting *w,
                           int steps)
{
    int k = b->k;
    double *a = memory_new((int64_t)k * k, sizeof *a), size = 0, before;
    double r[LARGEST], z[LARGEST], p[LARGEST] = {0}, image[LARGEST];
    form_reference(a, r, b, row, w);
    multiply(image, a, x, k);
    for (int c = 0; c < k; c++)
        r[c] -= image[c];
    for (int s = 0; s < steps; s++) {
        for (int c = 0; c < k; c++)
            z[c] = r[c] / (b->eigenvalues[b->padding + c] + row->lambda);
        before = size;
        size = product(r, z, k);
        for (int c = 0; c < k; c++)
            p[c] = z[c] + (s == 0 ? 0 : size / before * p[c]);
        multiply(image, a, p, k);
        double length = size / product(p, image, k);
        for (int c = 0; c < k; c++) {
            x[c] += length * p[c];
            r[c] -= length * image[c];
        }
    }
    memory_free(a);
}

/* The size of x - exact in the norm of A, which conjugate gradients make smallest. */
static double distance(const double *x, const struct bench *b, const struct row *row,
                       const struct weighting *w)
{
    int k = b->k;
    double *a = memory_new((int64_t)k * k, sizeof *a), right[LARGEST], exact[LARGEST], image[LARGEST];
    solve_reference(exact, b, row, w);
    form_reference(a, right, b, row, w);
    for (int c = 0; c < k; c++)
        exact[c] -= x[c];
    multiply(image, a, exact, k);
    double square = product(exact, image, k);
    memory_free(a);
    return sqrt(square);
}

static void find_reference(double *x, const float *from, const struct bench *b, const struct row *row,
                           const struct weighting *w, int steps)
{
    for (int c = 0; c < b->k; c++)
        x[c] = (double)from[b->padding + c];
    step_reference(x, b, row, w, steps);
}

/* Few steps are those of the reference. Roundings lead many another way, as they do in all conjugate gradients: seven
 * steps of float32 must have come nearer to the answer than five without roundings. */
static void expect_steps(const float *x, const float *from, const struct bench *b, const struct row *row,
                         const struct weighting *w, int steps)
{
    double mine[LARGEST], reference[LARGEST], zero[LARGEST] = {0};
    find_reference(reference, from, b, row, w, steps <= 3 ? steps : steps - 2);
    if (steps <= 3) {
        CU_ASSERT(relative_error(x + b->padding, reference, b->k) < 1e-5);
        return;
    }
    for (int c = 0; c < b->k; c++)
        mine[c] = (double)x[b->padding + c];
    CU_ASSERT(distance(mine, b, row, w) <= distance(reference, b, row, w) + 1e-6 * distance(zero, b, row, w));
}

/* A row of so many steps, or the exact one where the rule says so. */
static void expect_row(const float *x, const float *from, const struct bench *b, const struct row *row,
                       const struct weighting *w, int steps)
{
    double exact[LARGEST];
    for (int c = 0; c < b->padding; c++)
        CU_ASSERT_EQUAL(x[c], 0);
    if (!row_is_exact(row->count, b->k, steps)) {
        expect_steps(x, from, b, row, w, steps);
        return;
    }
    solve_reference(exact, b, row, w);
    CU_ASSERT(relative_error(x + b->padding, exact, b->k) < 4 * FLT_EPSILON * 201);
}

static void check_steps(const struct kernel *kernel, const struct weighting *w, double lambda)
{
    static const int steps[] = {1, 3, 7};
    for (int s = 0; s < SIZES; s++) {
        struct bench b = {0};
        bench_open(&b, sizes[s], 5);
        for (int i = 0; i < COUNTS; i++)
            for (int t = 0; t < 3; t++) {
                _Alignas(64) float x[LARGEST], from[LARGEST];
                struct row row = {.column = b.column,
                                  .value = b.value,
                                  .count = counts[i],
                                  .unobserved = 1,
                                  .lambda = lambda};
                start_somewhere(x, &b);
                memcpy(from, x, sizeof from);
                CU_ASSERT_EQUAL(solve_one(kernel, b.work, x, &row, &b.side, w, steps[t]), ROW_SOLVED);
                expect_row(x, from, &b, &row, w, steps[t]);
            }
        bench_close(&b);
    }
}

static void test_steps(void)
{
    for (int l = 0; l < LEVELS; l++) {
        const struct kernel *kernel;
        if (kernel_choose(&kernel, level_names[l]) != MFALS_OK) {
            printf("(level %s skipped: not on this processor) ", level_names[l]);
            continue;
        }
        check_steps(kernel, &(struct weighting){.kind = WEIGHTS_HU, .alpha = 40}, 150);
        check_steps(kernel, &(struct weighting){.kind = WEIGHTS_RENDLE_ONE}, 0.1);
    }
}

/* The exact answer, and where it is reached early no further step: residuals would vanish, and 0 / 0 is no number. */
static void test_many_steps(void)
{
    static const struct weighting weightings[] = {{.kind = WEIGHTS_HU, .alpha = 40},
                                                  {.kind = WEIGHTS_RENDLE, .alpha = 1e-3F}};
    const struct kernel *kernel;
    REQUIRE_OK(kernel_choose(&kernel, "auto"));
    struct bench b = {0};
    bench_open(&b, 250, 5);
    for (int i = 0; i < 2; i++) {
        _Alignas(64) float x[LARGEST], exact[LARGEST];
        double reference[LARGEST];
        struct row row = {
            .column = b.column, .value = b.value, .count = 1500, .unobserved = 1, .lambda = 150};
        solve_reference(reference, &b, &row, &weightings[i]);
        start_somewhere(x, &b);
        CU_ASSERT_FALSE(row_is_exact(row.count, b.k, 30));
        CU_ASSERT_EQUAL(solve_one(kernel, b.work, x, &row, &b.side, &weightings[i], 30), ROW_SOLVED);
        CU_ASSERT(relative_error(x + b.padding, reference, b.k) < 1e-5);
        CU_ASSERT_EQUAL(solve_one(kernel, b.work, exact, &row, &b.side, &weightings[i], 0), ROW_SOLVED);
        CU_ASSERT_NOT_EQUAL(memcmp(x, exact, (size_t)b.row_floats * sizeof *x), 0);
    }
    bench_close(&b);
}

/* Where steps lead nowhere the row is exact. */
static void test_not_finite(void)
{
    const struct kernel *kernel;
    REQUIRE_OK(kernel_choose(&kernel, "auto"));
    struct bench b = {0};
    bench_open(&b, 40, 5);
    struct weighting w = {.kind = WEIGHTS_HU, .alpha = 40};
    struct row row = {.column = b.column, .value = b.value, .count = 100, .unobserved = 1, .lambda = 1};
    _Alignas(64) float x[LARGEST], exact[LARGEST];
    CU_ASSERT_EQUAL(solve_one(kernel, b.work, exact, &row, &b.side, &w, 0), ROW_SOLVED);
    start_somewhere(x, &b);
    x[b.padding + 3] = 1e30F; /* its square is infinite */
    CU_ASSERT_EQUAL(solve_one(kernel, b.work, x, &row, &b.side, &w, 3), ROW_SOLVED);
    CU_ASSERT_EQUAL(memcmp(x, exact, (size_t)b.row_floats * sizeof *x), 0);
    b.value[50] = INFINITY;
    start_somewhere(x, &b);
    CU_ASSERT_EQUAL(solve_one(kernel, b.work, x, &row, &b.side, &w, 3), ROW_FAILED);
    bench_close(&b);
}

static void test_levels_agree(void)
{
    const struct kernel *v3, *v4;
    if (kernel_choose(&v3, "x86-64-v3") != MFALS_OK || kernel_choose(&v4, "x86-64-v4") != MFALS_OK) {
        printf("(skipped: this processor lacks a level) ");
        return;
    }
    for (int s = 0; s < SIZES; s++) {
        struct bench b = {0};
        bench_open(&b, sizes[s], 1e5F);
        struct weighting w = {.kind = WEIGHTS_HU, .alpha = 40};
        _Alignas(64) float x[LARGEST], z[LARGEST];
        for (int64_t count = 1; count <= FIXED_ROWS; count += 1 + count / 5) {
            struct row row = {
                .column = b.column, .value = b.value, .count = count, .unobserved = 1, .lambda = 3};
            start_somewhere(x, &b);
            start_somewhere(z, &b);
            CU_ASSERT_EQUAL(solve_one(v3, b.work, x, &row, &b.side, &w, 3),
                            solve_one(v4, b.work, z, &row, &b.side, &w, 3));
            CU_ASSERT_EQUAL(memcmp(x, z, (size_t)b.row_floats * sizeof *x), 0);
        }
        bench_close(&b);
    }
}

static CU_TestInfo tests[] = {{"steps as in double", test_steps},
                              {"many steps", test_many_steps},
                              {"what is not finite is solved exactly", test_not_finite},
                              {"levels give the same bits", test_levels_agree},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "conjugate gradients", tests);
}
