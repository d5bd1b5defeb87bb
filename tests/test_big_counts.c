/* What is cheap of the limits at 2^31 and 2^32, each crossed once: test_big_soak.c has the rest. */
#include "big_rows.h"
#include "ranks.h"
#include "ratings/csr.h"
#include "solve/model.h"
#include "solve/train.h"
#include "solve/work_split.h"

#include <math.h>
#include <stdio.h>
#include <sys/mman.h>

enum { USER_COUNT = 500, ITEM_COUNT = 150, ITERATIONS = 3 };

/* A checkpoint of which one rank writes, and another reads, more than 2^31 bytes. */
static void test_slab(void)
{
    big_rows_round_trip(2100000, 256);
}

static bool same_bits(const void *one, const void *other, int64_t bytes)
{
    return memcmp(one, other, (size_t)bytes) == 0;
}

/* Address space, of which only what is touched takes memory. */
static void *reserve(int64_t bytes)
{
    void *space =
        mmap(NULL, (size_t)bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return space == MAP_FAILED ? NULL : space;
}

/* The far end: rows are the last ones that have a 32-bit number, and ratings lie behind 2^33 others. */
static const int64_t far_row = ((int64_t)1 << 32) - 1024, far_rating = ((int64_t)1 << 33) + 5;

struct small {
    struct comm self;
    struct ratings ratings;
    struct solve_options options;
    int64_t offsets[2][2];
    struct model *model;
    double objective;
};

static status make_ratings(struct small *small)
{
    scoped struct pair *pairs = NULL;
    int64_t count = 0;
    TRY(allocate(&pairs, (int64_t)USER_COUNT * ITEM_COUNT));
    for (uint32_t u = 0; u < USER_COUNT; u++)
        for (uint32_t i = 0; i < ITEM_COUNT; i++)
            if ((u * 31 + i * 17 + u * i) % (3 + u % 40) == 0)
                pairs[count++] = (struct pair){{u, i}, (float)(1 + (u + i) % 5)};
    small->ratings.count = count;
    for (int side = USERS; side <= ITEMS; side++) {
        int64_t rows = side == USERS ? USER_COUNT : ITEM_COUNT;
        small->offsets[side][1] = small->ratings.rows[side] = rows;
        small->ratings.offsets[side] = small->offsets[side];
        TRY(csr_build(&small->ratings.by[side], (enum side)side, 0, rows, pairs, count));
    }
    return MFALS_OK;
}

static void open_small(struct small *small, enum algorithm algorithm)
{
    *small =
        (struct small){.options = {.algorithm = algorithm,
                                   .factors = 20,
                                   .iterations = ITERATIONS,
                                   .lambda = 2,
                                   .weights = algorithm == ALGORITHM_IALS ? WEIGHTS_HU : WEIGHTS_EXPLICIT,
                                   .alpha = 40,
                                   .reg_exponent = algorithm == ALGORITHM_ALS,
                                   .axes = AXES_LAPACK,
                                   .init = algorithm == ALGORITHM_IALS ? INIT_UNIFORM : INIT_NORMAL,
                                   .init_scale = algorithm == ALGORITHM_IALS ? 0.01 : 0.1 / sqrt(20),
                                   .biases = algorithm == ALGORITHM_ALS,
                                   .seed = 1,
                                   .kernel = "auto"}};
    REQUIRE_OK(comm_open(&small->self, MPI_COMM_SELF));
    REQUIRE_OK(make_ratings(small));
    REQUIRE_OK(model_open(&small->model, &small->self, &small->ratings, &small->options));
}

static status note_objective(struct model *model, const struct training_stats *stats, bool *stop,
                             void *context)
{
    (void)model, (void)stop;
    *(double *)context = stats->objective;
    return MFALS_OK;
}

static void train_small(struct small *small)
{
    struct phases phases = {0};
    REQUIRE_OK(train(small->model, &phases, note_objective, &small->objective));
}

static void close_small(struct small *small)
{
    model_free(&small->model);
    csr_free(&small->ratings.by[USERS]);
    csr_free(&small->ratings.by[ITEMS]);
    comm_close(&small->self);
}

/* What is small, at the far end of what is large. */
struct far {
    uint32_t *column[2];
    float *value[2], *rows[2];
    uint32_t *own_column[2]; /* of the small one, like the next */
    float *own_value[2], *own_rows[2];
};

static int reserve_all(struct far *far, int64_t row_floats, int64_t ratings)
{
    int done = 1;
    for (int side = USERS; side <= ITEMS; side++) {
        far->column[side] = reserve((far_rating + ratings) * (int64_t)sizeof(uint32_t));
        far->value[side] = reserve((far_rating + ratings) * (int64_t)sizeof(float));
        far->rows[side] = reserve(((int64_t)1 << 32) * row_floats * (int64_t)sizeof(float));
        done = done && far->column[side] != NULL && far->value[side] != NULL && far->rows[side] != NULL;
    }
    return done;
}

static void release_all(const struct far *far, int64_t row_floats, int64_t ratings)
{
    for (int side = USERS; side <= ITEMS; side++) {
        munmap(far->column[side], (size_t)(far_rating + ratings) * sizeof(uint32_t));
        munmap(far->value[side], (size_t)(far_rating + ratings) * sizeof(float));
        munmap(far->rows[side], ((size_t)1 << 32) * (size_t)row_floats * sizeof(float));
    }
}

static void move_away(struct small *small, struct far *far)
{
    int64_t row_floats = small->model->row_floats, count = small->ratings.count;
    for (int side = USERS; side <= ITEMS; side++) {
        struct csr *csr = &small->ratings.by[side];
        struct shared_rows *rows = &small->model->side[side].rows;
        for (int64_t j = 0; j < count; j++) {
            far->column[side][far_rating + j] = (uint32_t)(far_row + csr->column[j]);
            far->value[side][far_rating + j] = csr->value[j];
        }
        memcpy(far->rows[side] + far_row * row_floats, rows->data,
               (size_t)shared_rows_bytes(csr->rows, row_floats));
        for (int64_t i = 0; i <= csr->rows; i++)
            csr->start[i] += far_rating;
        far->own_column[side] = csr->column;
        far->own_value[side] = csr->value;
        far->own_rows[side] = rows->data;
        csr->column = far->column[side];
        csr->value = far->value[side];
        rows->data = far->rows[side];
        small->offsets[side][0] = far_row;
        small->offsets[side][1] += far_row;
        csr->first_row += far_row;
        small->model->rated[side] = *csr;
        struct work_split *split = small->model->work_split[side];
        split->first += far_row;
        split->end += far_row;
        for (int r = 0; r <= small->self.size; r++)
            split->cuts[r].row += far_row;
    }
}

static void move_back(struct small *small, const struct far *far)
{
    for (int side = USERS; side <= ITEMS; side++) {
        small->ratings.by[side].column = far->own_column[side];
        small->ratings.by[side].value = far->own_value[side];
        small->model->side[side].rows.data = far->own_rows[side];
    }
}

static void compare_far(enum algorithm algorithm)
{
    struct small near, distant;
    struct far far = {0};
    open_small(&near, algorithm);
    open_small(&distant, algorithm);
    int64_t row_floats = near.model->row_floats, count = near.ratings.count;
    if (reserve_all(&far, row_floats, count)) {
        move_away(&distant, &far);
        train_small(&near);
        train_small(&distant);
        CU_ASSERT(near.objective > 0 && near.objective == distant.objective);
        for (int side = USERS; side <= ITEMS; side++)
            CU_ASSERT(same_bits(model_own_rows(near.model, (enum side)side),
                                model_own_rows(distant.model, (enum side)side),
                                near.ratings.rows[side] * row_floats * (int64_t)sizeof(float)));
        move_back(&distant, &far);
    } else {
        printf("not run: no %d GiB of address space to reserve ... ", 2048);
    }
    release_all(&far, row_floats, count);
    close_small(&near);
    close_small(&distant);
}

/* Implicit and explicit training, figures too, gives the same bits where rows are numbered up to 2^32 - 1 and ratings
 * begin behind the 2^33rd. */
static void test_far_rows(void)
{
    compare_far(ALGORITHM_IALS);
    compare_far(ALGORITHM_ALS);
}

/* The same of a descent, from its kernels. */
static void test_far_descent(void)
{
    static const char *const levels[] = {"plain", "x86-64-v3", "x86-64-v4"};
    enum { K = 16, COUNT = 3000, ROWS = 100 };
    static struct sgd_rating near[COUNT], distant[COUNT];
    static _Alignas(64) float rows[2][ROWS * K], steps[2][K];
    float *far[2] = {reserve(((int64_t)1 << 32) * K * 4), reserve(((int64_t)1 << 32) * K * 4)};
    const struct kernel *kernel;
    for (int c = 0; c < K; c++) {
        steps[0][c] = 0.99f;
        steps[1][c] = 1;
    }
    for (uint32_t j = 0; j < COUNT; j++) {
        near[j] = (struct sgd_rating){j * 7 % ROWS, j * 11 % 97, (float)(j % 5)};
        distant[j] = (struct sgd_rating){near[j].user + (uint32_t)far_row, near[j].item + (uint32_t)far_row,
                                         near[j].value};
    }
    for (int l = 0; l < 3 && far[0] != NULL && far[1] != NULL; l++) {
        if (kernel_choose(&kernel, levels[l]) != MFALS_OK)
            continue;
        for (int i = 0; i < 2 * ROWS * K; i++)
            rows[i / (ROWS * K)][i % (ROWS * K)] = (float)(i % 101) / 400;
        struct descent descent = {rows[0], rows[1], K, 2, 0.01f, steps[0], steps[1], steps[0], steps[1]};
        for (int side = USERS; side <= ITEMS; side++)
            memcpy(far[side] + far_row * K, rows[side], sizeof rows[side]);
        kernel->descend(&descent, near, COUNT);
        descent.users = far[USERS];
        descent.items = far[ITEMS];
        kernel->descend(&descent, distant, COUNT);
        for (int side = USERS; side <= ITEMS; side++)
            CU_ASSERT(same_bits(far[side] + far_row * K, rows[side], sizeof rows[side]));
    }
    for (int side = USERS; side <= ITEMS; side++)
        if (far[side] != NULL)
            munmap(far[side], ((size_t)1 << 32) * K * 4);
}

static CU_TestInfo tests[] = {{"training at the far end of rows and ratings", test_far_rows},
                              {"descent there", test_far_descent},
                              {"a slab of more than 2^31 bytes", test_slab},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "big counts", tests);
}
