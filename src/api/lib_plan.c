#include "api/lib.h"
#include "api/ratings_input.h"
#include "solve/calibrate.h"

#include <math.h>

/* Spreads of the logarithm of row lengths where no ratings are given: about those of MovieLens. */
static const double sigma[2] = {1.2, 1.9};
static const double gib = 1 << 30;

static status task_of_sizes(struct plan_task *task, const struct sizes *sizes)
{
    if (sizes->users == 0 || sizes->items == 0 || sizes->ratings == 0)
        return fail(MFALS_USAGE, "plan: needs RATINGS, or all of --users, --items and --ratings");
    if ((double)sizes->ratings > (double)sizes->users * (double)sizes->items)
        return fail(MFALS_USAGE, "plan: --ratings are more than --users times --items");
    task->rows[USERS] = (int64_t)sizes->users;
    task->rows[ITEMS] = (int64_t)sizes->items;
    task->ratings = (int64_t)sizes->ratings;
    for (int side = USERS; side <= ITEMS; side++)
        plan_log_normal(&task->lengths[side], task->rows[side], task->ratings, sigma[side]);
    return MFALS_OK;
}

/* [collective] counts: [2 x PLAN_CLASSES] */
static void count_lengths(struct row_lengths *lengths, int64_t *counts, const struct comm *comm,
                          const struct csr *csr)
{
    int64_t *rows = counts, *ratings = counts + PLAN_CLASSES;
    memset(counts, 0, 2 * (size_t)PLAN_CLASSES * sizeof *counts);
    for (int64_t i = 0; i < csr->rows; i++) {
        int64_t n = csr->start[i + 1] - csr->start[i];
        if (n == 0)
            continue;
        rows[plan_class(n)]++;
        ratings[plan_class(n)] += n;
    }
    comm_sum_int(comm, counts, 2 * PLAN_CLASSES);
    lengths->count = PLAN_CLASSES;
    for (int c = 0; c < PLAN_CLASSES; c++) {
        lengths->rows[c] = (double)rows[c];
        lengths->ratings[c] = (double)ratings[c];
    }
}

/* [collective] */
static status task_of_ratings(struct plan_task *task, const struct comm *comm,
                              const struct settings *settings)
{
    struct phases phases = {0};
    struct ratings *ratings;
    scoped int64_t *counts = NULL;
    if (settings->sizes.users > 0 || settings->sizes.items > 0 || settings->sizes.ratings > 0)
        return fail(MFALS_USAGE, "plan: takes RATINGS, or --users, --items and --ratings, not both");
    TRY(allocate_on_all(comm, &counts, 2 * PLAN_CLASSES));
    TRY(ratings_input_load(&ratings, comm, settings, &phases));
    task->ratings = ratings->count;
    for (int side = USERS; side <= ITEMS; side++) {
        task->rows[side] = ratings->rows[side];
        count_lengths(&task->lengths[side], counts, comm, &ratings->by[side]);
    }
    ratings_free(&ratings);
    return MFALS_OK;
}

/* [local] */
static status predict(struct mfals_plan *plan, const struct plan_task *task, const struct settings *settings)
{
    struct plan_memory memory;
    struct plan_speed speed;
    struct plan_time time;
    const struct sizes *sizes = &settings->sizes;
    if (sizes->gflops > 0)
        plan_speed_of_gflops(&speed, task, sizes->gflops);
    else
        TRY(calibrate(&speed, task, settings->solve.kernel));
    plan_memory(&memory, task);
    plan_time(&time, task, &speed);
    double ranks = (double)(task->nodes * task->ranks_per_node),
           solving = time.solve[USERS] + time.solve[ITEMS];
    if (!isfinite(time.total) || !isfinite(memory.peak))
        return fail(MFALS_USAGE, "plan: numbers of these sizes cannot be predicted");
    *plan = (struct mfals_plan){.users = task->rows[USERS],
                                .items = task->rows[ITEMS],
                                .ratings = task->ratings,
                                .memory = {memory.program, memory.ratings, memory.ids, memory.factors,
                                           memory.scratch, memory.training, memory.reading, memory.shipping,
                                           memory.peak, memory.model, memory.checkpoint},
                                .time = {.users = time.solve[USERS],
                                         .items = time.solve[ITEMS],
                                         .axes = time.axes,
                                         .eigen = time.eigen,
                                         .exchange = time.exchange,
                                         .figures = time.figures,
                                         .total = time.total,
                                         .flops_per_second = solving > 0 ? time.flops / ranks / solving : 0,
                                         .bytes_in = time.in_bytes},
                                .nodes = sizes->memory > 0 ? plan_nodes(task, sizes->memory * gib) : 0};
    for (int side = USERS; side <= ITEMS && settings->word_count == 0; side++)
        plan->row_spread[side] = sigma[side];
    return MFALS_OK;
}

static status make_plan(struct mfals_plan *plan, const struct comm *comm, const struct settings *settings)
{
    scoped struct plan_task *task = NULL;
    const struct sizes *sizes = &settings->sizes;
    int64_t files, program = report_program_memory(&files); /* before anything large */
    TRY(allocate_on_all(comm, &task, 1));
    task->algorithm = settings->solve.algorithm;
    task->factors = settings->solve.factors;
    task->sgd_blocks = settings->solve.sgd_blocks;
    task->nonnegative = settings->solve.nonnegative;
    task->nodes = sizes->nodes;
    task->ranks_per_node = sizes->ranks_per_node;
    task->link_bytes_per_s = 1e9 / 8 * sizes->link;
    task->program_bytes = program;
    task->file_bytes = files;
    if (settings->word_count > 0)
        TRY(task_of_ratings(task, comm, settings));
    else
        TRY(task_of_sizes(task, sizes));
    return agree(comm, comm->rank == 0 ? predict(plan, task, settings) : MFALS_OK);
}

enum mfals_status mfals_plan(struct mfals_plan *plan, struct mfals_options *options)
{
    const struct comm *comm = &options->context->comm;
    struct lib_call call = lib_enter(options->context);
    struct settings settings;
    status done = agree(comm, lib_settings(&settings, options, FOR_PLAN));
    if (done == MFALS_OK)
        done = make_plan(plan, comm, &settings);
    return lib_leave(&call, done);
}
