/* mfals plan: what memory and time a training will take. */
#include "api/ratings_input.h"
#include "base/log.h"
#include "base/memory.h"
#include "cli/dispatch.h"
#include "comm/report.h"
#include "solve/calibrate.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Spreads of the logarithm of row lengths where no ratings are given: about those of MovieLens. */
static const double sigma[2] = {1.2, 1.9};
static const double gib = 1 << 30;

static status task_of_sizes(struct plan_task *task, const struct sizes *sizes)
{
    if (sizes->users == 0 || sizes->items == 0 || sizes->ratings == 0)
        return fail(MFALS_USAGE, "plan: needs RATINGS, or all of --users, --items and --ratings");
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

static void print_task(const struct plan_task *task, const struct settings *settings)
{
    static const char *const names[] = {
        [ALGORITHM_IALS] = "ials", [ALGORITHM_ALS] = "als", [ALGORITHM_SGD] = "sgd"};
    log_line("%s, k = %d: %" PRId64 " users, %" PRId64 " items, %" PRId64 " ratings on %" PRId64
             " node%s of %" PRId64 " rank%s, %g Gbit/s",
             names[task->algorithm], task->factors, task->rows[USERS], task->rows[ITEMS], task->ratings,
             task->nodes, task->nodes == 1 ? "" : "s", task->ranks_per_node,
             task->ranks_per_node == 1 ? "" : "s", settings->sizes.link);
    if (settings->word_count > 0)
        log_line("ratings per row: as in the ratings given");
    else
        log_line("ratings per row: assumed log-normal, sigma %g of users and %g of items", sigma[USERS],
                 sigma[ITEMS]);
}

static void print_bytes(const char *what, double bytes, const char *why)
{
    log_line("  %-22s %12.3f   %s", what, bytes / gib, why);
}

static void print_memory(const struct plan_memory *memory, const struct plan_task *task)
{
    char ranks[64], window[64];
    snprintf(ranks, sizeof ranks, "%" PRId64 " x what this process has", task->ranks_per_node);
    snprintf(window, sizeof window, "(m + n) k x 4 bytes, k in sixteens; %s",
             task->ranks_per_node > 1 ? "once" : "in whole");
    log_line("memory of a node, GiB");
    print_bytes("program, libraries", memory->program, ranks);
    print_bytes("ratings", memory->ratings, "by user and by item: 8 bytes each, and 8 a row");
    print_bytes("ids", memory->ids, "8 bytes a row");
    print_bytes("factors", memory->factors, window);
    print_bytes("scratch, buffers", memory->scratch,
                task->algorithm == ALGORITHM_SGD ? "and 12 bytes a rating" : "of each rank: k x k");
    print_bytes("in training", memory->training, "these together");
    print_bytes("at the end of reading", memory->reading, "24 bytes a rating, and each rank's ids");
    print_bytes("while shipping", memory->shipping, "28 bytes a rating");
    print_bytes("high-water mark", memory->peak, "the largest of the three");
    log_line("files, GiB: model %.3f, checkpoint %.3f (three while one is written)", memory->model / gib,
             memory->checkpoint / gib);
}

static void print_seconds(const char *what, double seconds, const char *why)
{
    log_line("  %-22s %12.4g   %s", what, seconds, why);
}

static void print_time(const struct plan_time *time, const struct plan_task *task,
                       const struct settings *settings)
{
    char rate[80], traffic[80];
    double solve = time->solve[USERS] + time->solve[ITEMS];
    double ranks = (double)(task->nodes * task->ranks_per_node);
    snprintf(rate, sizeof rate, "%.3g GFLOP/s a rank, %s", 1e-9 * time->flops / ranks / solve,
             settings->sizes.gflops > 0 ? "as given" : "as measured here");
    snprintf(traffic, sizeof traffic, "%.4g GiB into each node", time->in_bytes / gib);
    log_line("an iteration, seconds");
    if (task->algorithm == ALGORITHM_SGD) {
        print_seconds("descent", solve, rate);
    } else {
        print_seconds("rows of users", time->solve[USERS], rate);
        print_seconds("rows of items", time->solve[ITEMS], "");
    }
    if (task->algorithm == ALGORITHM_IALS) {
        print_seconds("Gram, rotation", time->axes, "every node turns all rows");
        print_seconds("eigendecomposition", time->eigen, "two, on one rank");
    }
    print_seconds("exchange", time->exchange, traffic);
    print_seconds("figures", time->figures, "");
    print_seconds("an iteration", time->total,
                  "the exchange behind the row solves, ranks being equally busy");
}

static void print_nodes(const struct plan_task *task, const struct plan_memory *memory, double bytes)
{
    int64_t nodes = plan_nodes(task, bytes);
    if (nodes > 0)
        log_line("with %.6g GiB each: %" PRId64 " node%s at least", bytes / gib, nodes,
                 nodes == 1 ? "" : "s");
    else
        log_line("with %.6g GiB each: no number of nodes is enough; the factors, whole on every node, take "
                 "%.3f GiB",
                 bytes / gib, memory->factors / gib);
}

/* [local] */
static status answer(const struct plan_task *task, const struct settings *settings)
{
    struct plan_memory memory;
    struct plan_speed speed;
    struct plan_time time;
    const struct sizes *sizes = &settings->sizes;
    if (sizes->gflops > 0)
        plan_speed_of_gflops(&speed, task->factors, sizes->gflops);
    else
        TRY(calibrate(&speed, task, settings->solve.kernel));
    plan_memory(&memory, task);
    plan_time(&time, task, &speed);
    print_task(task, settings);
    print_memory(&memory, task);
    print_time(&time, task, settings);
    if (sizes->memory > 0)
        print_nodes(task, &memory, sizes->memory * gib);
    return MFALS_OK;
}

status cmd_plan(const struct comm *comm, struct settings *settings)
{
    scoped struct plan_task *task = NULL;
    const struct sizes *sizes = &settings->sizes;
    int64_t program = report_own_memory(); /* before anything large */
    TRY(allocate_on_all(comm, &task, 1));
    task->algorithm = settings->solve.algorithm;
    task->factors = settings->solve.factors;
    task->sgd_blocks = settings->solve.sgd_blocks;
    task->nodes = sizes->nodes;
    task->ranks_per_node = sizes->ranks_per_node;
    task->link_bytes_per_s = 1e9 / 8 * sizes->link;
    task->program_bytes = program;
    if (settings->word_count > 0)
        TRY(task_of_ratings(task, comm, settings));
    else
        TRY(task_of_sizes(task, sizes));
    return agree(comm, comm->rank == 0 ? answer(task, settings) : MFALS_OK);
}
