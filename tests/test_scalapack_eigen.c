/* solve/scalapack_eigen.h: ScaLAPACK's eigenvectors against LAPACK's, and what happens where ScaLAPACK errs. */
#include "base/memory.h"
#include "base/random.h"
#include "comm/partition.h"
#include "ranks.h"
#include "ratings/csr.h"
#include "solve/lapack.h"
#include "solve/scalapack_eigen.h"
#include "solve/train.h"

#include <dlfcn.h>
#include <float.h>
#include <math.h>
#include <stdio.h>

/* This program's pdsyevd calls ScaLAPACK's and then, on demand, spoils what it did. */
static enum { HONEST, WRONG_VECTOR, WRONG_VALUE, FAILS_ON_ONE } scalapack;
static int64_t calls;

typedef void pdsyevd_function(const char *, const char *, const int *, double *, const int *, const int *,
                              const int *, double *, double *, const int *, const int *, const int *,
                              double *, const int *, int *, const int *, int *, size_t, size_t);
pdsyevd_function pdsyevd_;

void pdsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *ia, const int *ja,
              const int *desc_a, double *w, double *z, const int *iz, const int *jz, const int *desc_z,
              double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t one,
              size_t other)
{
    void *found = dlsym(RTLD_NEXT, "pdsyevd_");
    pdsyevd_function *real;
    memcpy(&real, &found, sizeof real);
    real(jobz, uplo, n, a, ia, ja, desc_a, w, z, iz, jz, desc_z, work, lwork, iwork, liwork, info, one,
         other);
    if (*lwork < 0)
        return;
    calls++;
    if (scalapack == WRONG_VECTOR && world.rank == 0)
        z[0] += 1e-6;
    if (scalapack == WRONG_VALUE && world.rank == 0)
        w[*n - 1] *= 1 + 1e-6;
    if (scalapack == FAILS_ON_ONE && world.rank == 1)
        *info = 3;
}

enum kind { SYMMETRIC, GRAM, DEFICIENT, REPEATED, IDENTITY, ZERO, KINDS };

/* sum over r of sign y_r y_r' */
static void add_products(double *matrix, int k, int64_t vectors, enum kind kind)
{
    double y[k];
    for (int64_t r = 0; r < vectors; r++) {
        for (int i = 0; i < k; i++)
            y[i] = random_normal(5, RANDOM_USER_FACTORS, r, i) / (kind == GRAM ? 1 + i : 1);
        for (int i = 0; i < k; i++)
            for (int j = 0; j < k; j++)
                matrix[(int64_t)i * k + j] += (kind == SYMMETRIC && r % 2 == 1 ? -1 : 1) * y[i] * y[j];
    }
}

/* H diag(d) H, d = 1 1 1 ... 4 4 4 ..., with the reflection H = I - 2 u u', u = (1 1 1 ...) / sqrt(k). */
static void set_repeated(double *matrix, int k)
{
    double sum = k / 2 + 4.0 * (k - k / 2);
    for (int i = 0; i < k; i++)
        for (int j = 0; j < k; j++) {
            double d_i = i < k / 2 ? 1 : 4, d_j = j < k / 2 ? 1 : 4;
            matrix[(int64_t)i * k + j] = (i == j ? d_i : 0) - 2 * (d_i + d_j) / k + 4 * sum / k / k;
        }
}

static void set_matrix(double *matrix, int k, enum kind kind)
{
    memset(matrix, 0, (size_t)k * (size_t)k * sizeof *matrix);
    if (kind == SYMMETRIC || kind == GRAM)
        add_products(matrix, k, 2 * k, kind);
    else if (kind == DEFICIENT)
        add_products(matrix, k, k / 3, kind);
    else if (kind == REPEATED)
        set_repeated(matrix, k);
    else if (kind == IDENTITY)
        for (int i = 0; i < k; i++)
            matrix[(int64_t)i * k + i] = 1;
}

/* [local] */
static void lapack(double *vectors, double *values, int k)
{
    int info, lwork = 1 + 6 * k + 2 * k * k, liwork = 3 + 5 * k;
    scoped double *work = NULL;
    scoped int *integers = NULL;
    CU_ASSERT_EQUAL_FATAL(allocate(&work, lwork), MFALS_OK);
    CU_ASSERT_EQUAL_FATAL(allocate(&integers, liwork), MFALS_OK);
    dsyevd_("V", "U", &k, vectors, &k, values, work, &lwork, integers, &liwork, &info, 1, 1);
    CU_ASSERT_EQUAL(info, 0);
}

static double largest_size(const double *numbers, int64_t count)
{
    double largest = 0;
    for (int64_t i = 0; i < count; i++)
        largest = isfinite(numbers[i]) ? fmax(largest, fabs(numbers[i])) : INFINITY;
    return largest;
}

/* The largest element of Q Q' - I, and of Q diag(g) Q' - scale matrix. */
static void deviations(double *orthogonality, double *residual, const double *vectors, const double *matrix,
                       double scale, int k)
{
    int64_t size = (int64_t)k * k;
    scoped double *product = NULL, *weighted = NULL;
    CU_ASSERT_EQUAL_FATAL(allocate(&product, size), MFALS_OK);
    CU_ASSERT_EQUAL_FATAL(allocate(&weighted, size), MFALS_OK);
    const double one = 1, zero = 0;
    dgemm_("N", "T", &k, &k, &k, &one, vectors, &k, vectors, &k, &zero, product, &k, 1, 1);
    for (int i = 0; i < k; i++)
        product[(int64_t)i * k + i] -= 1;
    *orthogonality = largest_size(product, size);
    for (int64_t i = 0; i < size; i++)
        weighted[i] = vectors[size + i / k] * vectors[i];
    dgemm_("N", "T", &k, &k, &k, &one, weighted, &k, vectors, &k, &zero, product, &k, 1, 1);
    for (int64_t i = 0; i < size; i++)
        product[i] -= scale * matrix[i];
    *residual = largest_size(product, size);
}

static double worst_residual, worst_orthogonality;

static void check_against_lapack(const double *vectors, const double *matrix, double scale, int k)
{
    int64_t size = (int64_t)k * k;
    double orthogonality, residual, tolerance = 20 * DBL_EPSILON * k;
    scoped double *expected = NULL;
    CU_ASSERT_EQUAL_FATAL(allocate(&expected, size + k), MFALS_OK);
    for (int64_t i = 0; i < size; i++)
        expected[i] = scale * matrix[i];
    lapack(expected, expected + size, k);
    double largest = largest_size(expected + size, k);
    for (int i = 0; i < k; i++)
        expected[size + i] -= vectors[size + i];
    CU_ASSERT(largest_size(expected + size, k) <= tolerance * largest);
    deviations(&orthogonality, &residual, vectors, matrix, scale, k);
    CU_ASSERT(orthogonality <= tolerance);
    CU_ASSERT(residual <= tolerance * largest);
    worst_orthogonality = fmax(worst_orthogonality, orthogonality / (DBL_EPSILON * k));
    if (largest > 0)
        worst_residual = fmax(worst_residual, residual / (DBL_EPSILON * k * largest));
}

/* Twice: the same bits, on every rank those of the first. */
static void check_bits(const struct scalapack_eigen *grid, const double *vectors, const double *matrix,
                       double scale, int k)
{
    int64_t bytes = (int64_t)k * (k + 1) * (int64_t)sizeof *vectors;
    scoped double *again = NULL;
    REQUIRE_OK(allocate(&again, (int64_t)k * (k + 1)));
    REQUIRE_OK(scalapack_eigen_find(grid, again, matrix, scale));
    comm_broadcast(&world, again, bytes, 0);
    CU_ASSERT_EQUAL(memcmp(again, vectors, (size_t)bytes), 0);
}

static void check_matrix(const struct scalapack_eigen *grid, int k, enum kind kind)
{
    const double scale = kind == GRAM ? 0.01 : 1;
    scoped double *matrix = NULL, *vectors = NULL;
    REQUIRE_OK(allocate(&matrix, (int64_t)k * k));
    REQUIRE_OK(allocate(&vectors, (int64_t)k * (k + 1)));
    set_matrix(matrix, k, kind);
    REQUIRE_OK(scalapack_eigen_find(grid, vectors, matrix, scale));
    if (world.rank == 0)
        check_against_lapack(vectors, matrix, scale, k);
    check_bits(grid, vectors, matrix, scale, k);
}

static void check_size(int k, int side)
{
    struct scalapack_eigen *grid;
    REQUIRE_OK(scalapack_eigen_open(&grid, &world, k, side));
    REQUIRE_ALL((grid != NULL) == (world.size >= side * side));
    for (int kind = 0; kind < KINDS && grid != NULL; kind++)
        check_matrix(grid, k, (enum kind)kind);
    scalapack_eigen_free(&grid);
}

static void test_against_lapack(void)
{
    /* About the blocks of 64, and where pdsyevd asks for too little memory. */
    static const int sizes[] = {1, 2, 3, 20, 63, 64, 65, 100, 127, 129, 200, 257};
    int64_t before = memory_live_blocks();
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes && world.size < 16; i++)
        check_size(sizes[i], world.size < 4 ? 1 : 2);
    if (world.size >= 16) {
        check_size(20, 4);
        check_size(257, 4);
    }
    CU_ASSERT_EQUAL(memory_live_blocks(), before);
    if (world.rank == 0)
        printf("%d calls, residual at most %.2g, orthogonality %.2g of k eps ", (int)calls, worst_residual,
               worst_orthogonality);
}

static void test_shape_by_factors(void)
{
    CU_ASSERT_EQUAL(scalapack_eigen_side(1), 2);
    CU_ASSERT_EQUAL(scalapack_eigen_side(2047), 2);
    CU_ASSERT_EQUAL(scalapack_eigen_side(2048), 4);
    CU_ASSERT_EQUAL(scalapack_eigen_side(MAX_FACTORS), 4);
}

/* [collective] What scalapack_eigen_find makes of a matrix, the same on all ranks. */
static status find(const double *matrix, double scale, int k)
{
    struct scalapack_eigen *grid;
    scoped double *vectors = NULL;
    REQUIRE_OK(allocate(&vectors, (int64_t)k * (k + 1)));
    REQUIRE_OK(scalapack_eigen_open(&grid, &world, k, world.size < 4 ? 1 : 2));
    status got = scalapack_eigen_find(grid, vectors, matrix, scale);
    scalapack_eigen_free(&grid);
    REQUIRE_ALL(agree(&world, got) == got);
    return got;
}

static void test_numbers_out_of_range(void)
{
    enum { K = 40 };
    scoped double *matrix = NULL;
    REQUIRE_OK(allocate(&matrix, K * K));
    set_matrix(matrix, K, GRAM);
    CU_ASSERT_EQUAL(find(matrix, INFINITY, K), MFALS_INTERNAL);
    CU_ASSERT_EQUAL(find(matrix, 1e-290, K), MFALS_OK);
    CU_ASSERT_EQUAL(find(matrix, 1e280, K), MFALS_OK);
    matrix[K + 3] = matrix[3 * K + 1] = NAN;
    CU_ASSERT_EQUAL(find(matrix, 1, K), MFALS_INTERNAL);
}

static void test_errors_of_scalapack(void)
{
    enum { K = 150 };
    scoped double *matrix = NULL;
    REQUIRE_OK(allocate(&matrix, K * K));
    set_matrix(matrix, K, SYMMETRIC);
    CU_ASSERT_EQUAL(find(matrix, 1, K), MFALS_OK);
    for (int wrong = WRONG_VECTOR; wrong <= (world.size < 4 ? WRONG_VALUE : FAILS_ON_ONE); wrong++) {
        scalapack = wrong;
        CU_ASSERT_EQUAL(find(matrix, 1, K), MFALS_INTERNAL);
    }
    scalapack = HONEST;
}

static void fail_each_allocation(int unlucky)
{
    int64_t before = memory_live_blocks();
    for (int64_t n = 1; n < 20; n++) {
        struct scalapack_eigen *grid;
        memory_fail_at(world.rank == unlucky ? n : 0);
        status got = scalapack_eigen_open(&grid, &world, 70, world.size < 4 ? 1 : 2);
        memory_fail_at(0);
        scalapack_eigen_free(&grid);
        CU_ASSERT_EQUAL(memory_live_blocks(), before);
        REQUIRE_ALL(got == MFALS_OK || got == MFALS_NO_MEMORY);
        if (got == MFALS_OK) {
            CU_ASSERT(n > (unlucky == 0 ? 6 : 1));
            return;
        }
    }
    CU_FAIL("still failing after 20 allocations");
}

static void test_failing_allocations(void)
{
    fail_each_allocation(0);
    fail_each_allocation(world.size - 1);
}

/* Contexts that were not freed would run MPI out of communicators. */
static void test_many_times(void)
{
    for (int i = 0; i < 50; i++) {
        struct scalapack_eigen *grid;
        REQUIRE_OK(scalapack_eigen_open(&grid, &world, 8, world.size < 4 ? 1 : 2));
        scalapack_eigen_free(&grid);
    }
}

enum { TRAIN_ROWS = 300, TRAIN_K = 70 };

static status set_side(struct csr *csr, enum side side, const int64_t *offsets)
{
    int64_t first = offsets[world.rank], own = offsets[world.rank + 1] - first, count = 0;
    scoped struct pair *pairs = NULL;
    TRY(allocate(&pairs, own * TRAIN_ROWS));
    for (int64_t row = first; row < first + own; row++)
        for (int64_t other = 0; other < TRAIN_ROWS; other++) {
            uint32_t user = (uint32_t)(side == USERS ? row : other),
                     item = (uint32_t)(side == USERS ? other : row);
            if (random_bits(3, RANDOM_HOLD_OUT, user, item) % 4 == 0)
                pairs[count++] = (struct pair){{user, item}, 1};
        }
    return csr_build(csr, side, first, own, pairs, count);
}

/* [collective] This rank's items after two iterations; its numbers are counted. */
static int64_t train_items(float *items, double *objective, enum axes_method axes)
{
    int64_t *offsets = NULL, row_floats;
    struct model *model;
    struct phases phases = {0};
    struct solve_options options = {.factors = TRAIN_K,
                                    .iterations = 2,
                                    .lambda = 3,
                                    .alpha = 5,
                                    .axes = axes,
                                    .init_scale = 0.1,
                                    .kernel = "auto"};
    REQUIRE_OK(allocate(&offsets, world.size + 1));
    partition_even(offsets, world.size, TRAIN_ROWS);
    struct ratings ratings = {
        .count = TRAIN_ROWS, .rows = {TRAIN_ROWS, TRAIN_ROWS}, .offsets = {offsets, offsets}};
    REQUIRE_OK(set_side(&ratings.by[USERS], USERS, offsets));
    REQUIRE_OK(set_side(&ratings.by[ITEMS], ITEMS, offsets));
    REQUIRE_OK(model_open(&model, &world, &ratings, &options));
    CU_ASSERT_STRING_EQUAL(model_eigen_grid(model), axes == AXES_LAPACK ? ""
                                                    : world.size < 4    ? "1x1"
                                                                        : "2x2");
    REQUIRE_OK(train(model, &phases, NULL, NULL));
    const float *rows = model_rows(model, ITEMS, &row_floats);
    int64_t count = offsets[world.rank + 1] - offsets[world.rank];
    *objective = 0;
    for (int64_t i = 0; i < count; i++) {
        memcpy(items + i * TRAIN_K, rows + i * row_floats, TRAIN_K * sizeof *items);
        for (int c = 0; c < TRAIN_K; c++)
            *objective += fabs((double)items[i * TRAIN_K + c]);
    }
    model_free(&model);
    csr_free(&ratings.by[USERS]);
    csr_free(&ratings.by[ITEMS]);
    memory_free(offsets);
    return count * TRAIN_K;
}

/* Where ScaLAPACK errs, LAPACK's axes are taken, with their very bits. */
static void test_lapack_takes_over(void)
{
    double size[2];
    scoped float *by_lapack = NULL, *items = NULL;
    REQUIRE_OK(allocate(&by_lapack, TRAIN_ROWS * TRAIN_K));
    REQUIRE_OK(allocate(&items, TRAIN_ROWS * TRAIN_K));
    int64_t count = train_items(by_lapack, &size[0], AXES_LAPACK), before = calls;
    scalapack = WRONG_VECTOR;
    train_items(items, &size[1], AXES_SCALAPACK);
    scalapack = HONEST;
    CU_ASSERT_EQUAL(memcmp(items, by_lapack, (size_t)count * sizeof *items), 0);
    CU_ASSERT_EQUAL(calls > before, world.size >= 4 && world.rank < 4);
}

static CU_TestInfo tests[] = {{"shapes of the grid", test_shape_by_factors},
                              {"all kinds of matrices, as LAPACK has them", test_against_lapack},
                              {"numbers out of range", test_numbers_out_of_range},
                              {"what ScaLAPACK gets wrong is noticed", test_errors_of_scalapack},
                              {"LAPACK takes over", test_lapack_takes_over},
                              {"failing allocations", test_failing_allocations},
                              {"opened and freed many times", test_many_times},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "grid axes", tests);
}
