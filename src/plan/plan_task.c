#include "plan/plan_task.h"

#include "comm/report.h"
#include "input/ratings_input.h"

#include <string.h>

const double plan_spread[2] = {1.2, 1.9};

static status task_of_sizes(struct plan_task *task, const struct plan_request *sizes)
{
    if (sizes->users == 0 || sizes->items == 0 || sizes->ratings == 0)
        return fail(MFALS_USAGE, "plan: needs RATINGS, or all of --users, --items and --ratings");
    if ((double)sizes->ratings > (double)sizes->users * (double)sizes->items)
        return fail(MFALS_USAGE, "plan: --ratings are more than --users times --items");
    task->rows[USERS] = (int64_t)sizes->users;
    task->rows[ITEMS] = (int64_t)sizes->items;
    task->ratings = (int64_t)sizes->ratings;
    for (int side = USERS; side <= ITEMS; side++)
        plan_log_normal(&task->lengths[side], task->rows[side], task->ratings, plan_spread[side]);
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
                              const struct run_config *config)
{
    struct phases phases = {0};
    struct ratings *ratings;
    scoped int64_t *counts = NULL;
    if (config->plan.users > 0 || config->plan.items > 0 || config->plan.ratings > 0)
        return fail(MFALS_USAGE, "plan: takes RATINGS, or --users, --items and --ratings, not both");
    TRY(allocate_on_all(comm, &counts, 2 * PLAN_CLASSES));
    TRY(ratings_input_load(&ratings, comm, config, &phases));
    task->ratings = ratings->count;
    task->timed = ratings->timed;
    for (int side = USERS; side <= ITEMS; side++) {
        task->rows[side] = ratings->rows[side];
        count_lengths(&task->lengths[side], counts, comm, &ratings->by[side]);
    }
    ratings_free(&ratings);
    return MFALS_OK;
}

status plan_task_of(struct plan_task *task, const struct comm *comm, const struct run_config *config)
{
    const struct plan_request *request = &config->plan;
    const struct solve_options *solve = &config->solve;
    int64_t files, program = report_program_memory(&files); /* before anything large */
    bool weighed = config->ratings.read.weights || config->ratings.aging.half_life > 0;
    bool rescaled = weighed || solve->scale != SCALE_LINEAR || solve->nonpositive == NONPOSITIVE_NEGATIVE;
    *task = (struct plan_task){.algorithm = solve->algorithm,
                               .factors = solve->factors,
                               .sgd_blocks = solve->sgd_blocks,
                               .nonnegative = solve->nonnegative,
                               .timed = times_needed_by(config->ratings.read.times) != NULL,
                               .weighed = weighed,
                               .rescaled = rescaled && solve->algorithm == ALGORITHM_IALS,
                               .uneven = {solve->row_exponent[USERS] != 0, solve->row_exponent[ITEMS] != 0},
                               .nodes = request->nodes,
                               .ranks_per_node = request->ranks_per_node,
                               .link_bytes_per_s = 1e9 / 8 * request->link,
                               .program_bytes = program,
                               .file_bytes = files};
    return config->operand_count > 0 ? task_of_ratings(task, comm, config) : task_of_sizes(task, request);
}
