#include "plan/calibrate.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"
#include "comm/partition.h"
#include "solve/blas.h"
#include "solve/kernel.h"
#include "solve/lapack.h"
#include "solve/row_workspace.h"

#include <math.h>
#include <time.h>

/* Enough factors not to fit the caches, if the task has so many. */
static const int64_t factor_bytes = (int64_t)1 << 27;
static const double measured_s = 0.05, batch_s = 0.005; /* of each thing */
enum { FACTORS_MAX = 512 };

struct bench {
    const struct kernel *kernel;
    struct row_workspace *work; /* owned */
    int k;
    int64_t row_floats, rows, longest;
    int64_t reach;                /* rows are drawn from the first of these */
    float *factors, *others;      /* owned: [rows] */
    double *eigenvalues, *scores; /* owned: [row_floats]; [longest] */
    double *gram;                 /* owned: [k x k], for non-negative factors of implicit models; or NULL */
    uint32_t *columns;            /* owned: [ROWS_TOGETHER x longest] */
    float *value, *x;             /* owned: [longest]; [ROWS_TOGETHER x row_floats] */
    struct sgd_rating *ratings;   /* owned: [ROWS_TOGETHER x longest] */
    int64_t *sum;                 /* owned: [row_floats x row_floats] */
    float *rotation;              /* owned: the same */
    int64_t drawn;                /* rows so far */
    double users_below[PLAN_CLASSES]; /* users of a class and those before it */
};

static void bench_free(struct bench *bench)
{
    row_workspace_free(&bench->work);
    memory_free(bench->factors);
    memory_free(bench->others);
    memory_free(bench->eigenvalues);
    memory_free(bench->scores);
    memory_free(bench->gram);
    memory_free(bench->columns);
    memory_free(bench->value);
    memory_free(bench->x);
    memory_free(bench->ratings);
    memory_free(bench->sum);
    memory_free(bench->rotation);
}

static status bench_open(struct bench *bench, const struct plan_task *task, const char *kernel)
{
    int64_t n = number_divide_up(bench->k, 16) * 16, most = number_max(task->rows[USERS], task->rows[ITEMS]);
    bench->row_floats = n;
    bench->rows = number_max(TILE_ROWS, number_min(most, factor_bytes / (n * (int64_t)sizeof(float))));
    bench->longest = number_min(bench->rows, 8 * (int64_t)bench->k + 64);
    TRY(kernel_choose(&bench->kernel, kernel));
    TRY(row_workspace_open(&bench->work, bench->k));
    if (task->nonnegative)
        TRY(row_workspace_open_nonnegative(bench->work));
    if (task->nonnegative && task->algorithm == ALGORITHM_IALS)
        TRY(allocate(&bench->gram, (int64_t)bench->k * bench->k));
    TRY(allocate(&bench->factors, bench->rows * n));
    TRY(allocate(&bench->others, bench->rows * n));
    TRY(allocate(&bench->eigenvalues, n));
    TRY(allocate(&bench->scores, bench->longest));
    TRY(allocate(&bench->columns, ROWS_TOGETHER * bench->longest));
    TRY(allocate(&bench->value, bench->longest));
    TRY(allocate(&bench->x, ROWS_TOGETHER * n));
    TRY(allocate(&bench->ratings, ROWS_TOGETHER * bench->longest));
    TRY(allocate(&bench->sum, n * n));
    return allocate(&bench->rotation, n * n);
}

/* Y'Y, as it is expected of rows of numbers evenly from 0 to 0.1. */
static void fill_gram(struct bench *bench)
{
    for (int i = 0; bench->gram != NULL && i < bench->k; i++)
        for (int c = 0; c < bench->k; c++)
            bench->gram[i * bench->k + c] = (double)bench->reach * (i == c ? 0.01 / 3 : 0.01 / 4);
}

/* Factors of about 0.1 in size. */
static void fill(struct bench *bench, const struct plan_task *task)
{
    int64_t n = bench->row_floats, padding = n - bench->k;
    uint32_t bits = 1;
    for (int64_t i = 0; i < bench->rows * n; i++) {
        bits = bits * 1664525 + 1013904223;
        float drawn = (float)(bits >> 8) * 0x1p-24F * 0.2F - 0.1F;
        bench->factors[i] = bench->others[i] = i % n < padding ? 0 : task->nonnegative ? fabsf(drawn) : drawn;
    }
    for (int64_t c = padding; c < n; c++) {
        bench->eigenvalues[c] = task->algorithm == ALGORITHM_IALS && !task->nonnegative ? 1 + (double)c : 0;
        bench->rotation[c * n + c] = 1;
    }
    for (int64_t j = 0; j < bench->longest; j++)
        bench->value[j] = 1;
}

/* Other rows than before, ascending, ROWS_TOGETHER times. */
static void draw_columns(struct bench *bench, int64_t count)
{
    double gap = (double)bench->reach / (double)count;
    for (int64_t d = 0; d < ROWS_TOGETHER; d++, bench->drawn++)
        for (int64_t j = 0; j < count; j++) {
            double place = (double)j + random_uniform(1, RANDOM_HOLD_OUT, bench->drawn, j);
            bench->columns[d * bench->longest + j] = (uint32_t)(gap * place);
        }
}

/* How many ratings a user has with the items of one block: a user drawn from all that have any. */
static int64_t draw_run(const struct bench *bench, const struct plan_task *task, int64_t user)
{
    const struct row_lengths *users = &task->lengths[USERS];
    double place = random_uniform(2, RANDOM_HOLD_OUT, user, 0) * bench->users_below[users->count - 1];
    int low = 0, high = users->count - 1;
    while (low < high) {
        int middle = (low + high) / 2;
        if (bench->users_below[middle] > place)
            high = middle;
        else
            low = middle + 1;
    }
    double mean = users->ratings[low] / users->rows[low] / task->sgd_blocks;
    return (int64_t)fmax(1, mean + random_uniform(2, RANDOM_HOLD_OUT, user, 1));
}

/* Of a pair of blocks: one user after the other. */
static void draw_ratings(struct bench *bench, const struct plan_task *task)
{
    int64_t count = ROWS_TOGETHER * bench->longest, end = 0;
    for (int64_t j = 0; j < count; j++) {
        if (j == end)
            end += draw_run(bench, task, ++bench->drawn);
        double item = (double)bench->reach * random_uniform(1, RANDOM_HOLD_OUT, bench->drawn, j);
        bench->ratings[j] = (struct sgd_rating){(uint32_t)(bench->drawn % bench->rows), (uint32_t)item, 1};
    }
}

static struct row drawn_row(const struct bench *bench, int64_t draw, int64_t count)
{
    return (struct row){.column = bench->columns + draw * bench->longest,
                        .value = bench->value,
                        .count = count,
                        .unobserved = 1,
                        .lambda = 1};
}

static void solve(struct bench *bench, const struct plan_task *task, int64_t count)
{
    struct fixed_side side = {.rows = bench->factors,
                              .row_floats = bench->row_floats,
                              .padding = (int)(bench->row_floats - bench->k),
                              .eigenvalues = bench->eigenvalues};
    struct weighting weighting = {.kind = task->algorithm == ALGORITHM_IALS ? WEIGHTS_HU : WEIGHTS_EXPLICIT,
                                  .alpha = 1};
    struct row rows[ROWS_TOGETHER];
    enum row_outcome outcomes[ROWS_TOGETHER];
    for (int64_t d = 0; d < ROWS_TOGETHER; d++)
        rows[d] = drawn_row(bench, d, count);
    if (!task->nonnegative) {
        bench->kernel->solve_rows(outcomes, bench->work, bench->x, rows, ROWS_TOGETHER, &side, &weighting, 0);
        return;
    }
    for (int d = 0; d < ROWS_TOGETHER; d++)
        bench->kernel->solve_nonnegative(bench->work, bench->x + d * bench->row_floats, &rows[d], &side,
                                         &weighting, bench->gram);
}

static void score(struct bench *bench, const struct plan_task *task, int64_t count)
{
    struct fixed_side side = {.rows = bench->factors,
                              .row_floats = bench->row_floats,
                              .padding = (int)(bench->row_floats - bench->k)};
    (void)task;
    for (int64_t d = 0; d < ROWS_TOGETHER; d++) {
        struct row row = drawn_row(bench, d, count);
        bench->kernel->scores(bench->scores, bench->eigenvalues, &side, &row);
    }
}

static void descend(struct bench *bench, const struct plan_task *task, int64_t count)
{
    const float *ones = bench->value;
    struct descent descent = {.users = bench->others,
                              .items = bench->factors,
                              .row_floats = bench->row_floats,
                              .rate = 1e-3F,
                              .user_shrink = ones,
                              .user_moves = ones,
                              .item_shrink = ones,
                              .item_moves = ones};
    (void)task;
    bench->kernel->descend(&descent, bench->ratings, ROWS_TOGETHER * count);
}

/* One tile after the other. */
static int64_t tile_place(const struct bench *bench, int64_t draw)
{
    return (bench->drawn + draw) % (bench->rows / TILE_ROWS) * TILE_ROWS * bench->row_floats;
}

static void gram_tiles(struct bench *bench, const struct plan_task *task, int64_t count)
{
    (void)task, (void)count;
    for (int64_t d = 0; d < ROWS_TOGETHER; d++)
        bench->kernel->gram_tile(bench->work, bench->sum, bench->factors + tile_place(bench, d),
                                 bench->eigenvalues, 1);
}

static void rotate_tiles(struct bench *bench, const struct plan_task *task, int64_t count)
{
    (void)task, (void)count;
    for (int64_t d = 0; d < ROWS_TOGETHER; d++)
        bench->kernel->rotate_tile(bench->work, bench->others + tile_place(bench, d), bench->rotation);
}

/* Of this thread alone: others that share the core do not count. */
static double processor_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void draw(struct bench *bench, const struct plan_task *task, int64_t count)
{
    if (task->algorithm == ALGORITHM_SGD)
        draw_ratings(bench, task);
    draw_columns(bench, count);
}

typedef void action(struct bench *bench, const struct plan_task *task, int64_t count);

/* Seconds of one of the ROWS_TOGETHER that an action does, of `count` ratings, the drawing of these apart: the least
 * mean of a batch, which is what a core does that nothing else disturbs. */
static double measure_action(struct bench *bench, const struct plan_task *task, action *act, int64_t count)
{
    double least = HUGE_VAL, total = 0;
    draw(bench, task, count);
    act(bench, task, count); /* what is done once only */
    while (total < measured_s) {
        double seconds = 0;
        int64_t times = 0;
        for (; seconds < batch_s; times += ROWS_TOGETHER) {
            draw(bench, task, count);
            double begun = processor_clock();
            act(bench, task, count);
            seconds += processor_clock() - begun;
        }
        least = fmin(least, seconds / (double)times);
        total += seconds;
    }
    return least;
}

static status measure_eigen(double *seconds, const struct bench *bench)
{
    int k = bench->k, info, lwork = 1 + 6 * k + 2 * k * k, liwork = 3 + 5 * k;
    int64_t size = k;
    scoped double *matrix = NULL, *values = NULL, *work = NULL;
    scoped int *integers = NULL;
    TRY(blas_open());
    TRY(allocate(&matrix, size * size));
    TRY(allocate(&values, size));
    TRY(allocate(&work, lwork));
    TRY(allocate(&integers, liwork));
    for (int64_t i = 0; i < size; i++)
        for (int64_t j = 0; j <= i; j++)
            matrix[i * size + j] = matrix[j * size + i] = random_uniform(1, RANDOM_HOLD_OUT, i, j);
    double begun = processor_clock();
    dsyevd_("V", "U", &k, matrix, &k, values, work, &lwork, integers, &liwork, &info, 1, 1);
    *seconds = processor_clock() - begun;
    return MFALS_OK;
}

/* Rows of a side, which read rows of the other. */
static void measure_rows(struct plan_speed *speed, struct bench *bench, const struct plan_task *task,
                         enum side side)
{
    int64_t dual = 15 * (int64_t)bench->k / 16;
    const int64_t lengths[] = {1, dual / 8, dual / 3, dual, dual + 1, 3 * dual, 8 * (int64_t)bench->k + 64};
    bench->reach = number_min(bench->rows, task->rows[side == USERS ? ITEMS : USERS]);
    fill_gram(bench);
    speed->points = 0;
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        int64_t n = number_min(lengths[i], bench->longest);
        if (speed->points > 0 && (double)n <= speed->length[speed->points - 1])
            continue;
        speed->length[speed->points] = (double)n;
        speed->seconds[side][speed->points++] = measure_action(bench, task, solve, n);
    }
}

static status measure_all(struct plan_speed *speed, struct bench *bench, const struct plan_task *task)
{
    enum side read = task->algorithm == ALGORITHM_SGD ? ITEMS : USERS; /* by the stats */
    *speed = (struct plan_speed){0};
    for (int c = 0; c < task->lengths[USERS].count; c++)
        bench->users_below[c] = task->lengths[USERS].rows[c] + (c > 0 ? bench->users_below[c - 1] : 0);
    bench->reach = number_min(bench->rows, task->rows[read]);
    speed->score = measure_action(bench, task, score, bench->longest) / (double)bench->longest;
    if (task->algorithm == ALGORITHM_SGD) {
        bench->reach = number_divide_up(bench->reach, task->sgd_blocks);
        speed->descend = measure_action(bench, task, descend, bench->longest) / (double)bench->longest;
        return MFALS_OK;
    }
    measure_rows(speed, bench, task, USERS);
    measure_rows(speed, bench, task, ITEMS);
    if (task->algorithm != ALGORITHM_IALS)
        return MFALS_OK;
    speed->gram_tile = measure_action(bench, task, gram_tiles, TILE_ROWS);
    if (task->nonnegative)
        return MFALS_OK;
    speed->rotate_tile = measure_action(bench, task, rotate_tiles, TILE_ROWS);
    return measure_eigen(&speed->eigen, bench);
}

/* From the k measured to another, rows being as long in proportion. */
static void scale(struct plan_speed *speed, double ratio)
{
    for (int i = 0; i < speed->points; i++) {
        speed->length[i] *= ratio;
        speed->seconds[USERS][i] *= ratio * ratio * ratio;
        speed->seconds[ITEMS][i] *= ratio * ratio * ratio;
    }
    speed->gram_tile *= ratio * ratio;
    speed->rotate_tile *= ratio * ratio;
    speed->eigen *= ratio * ratio * ratio;
    speed->score *= ratio;
    speed->descend *= ratio;
}

status calibrate(struct plan_speed *speed, const struct plan_task *task, const char *kernel)
{
    struct bench bench = {.k = (int)number_min(task->factors, FACTORS_MAX)};
    status done = bench_open(&bench, task, kernel);
    if (done == MFALS_OK) {
        fill(&bench, task);
        done = measure_all(speed, &bench, task);
        scale(speed, (double)task->factors / bench.k);
    }
    bench_free(&bench);
    return done;
}
