#include "api/handles.h"
#include "plan/calibrate.h"
#include "plan/plan_task.h"

#include <math.h>

static const double gib = 1 << 30;

/* [local] */
static status predict(struct mfals_plan *plan, const struct plan_task *task, const struct run_config *config)
{
    struct plan_memory memory;
    struct plan_speed speed;
    struct plan_time time;
    const struct plan_request *request = &config->plan;
    if (request->gflops > 0)
        plan_speed_of_gflops(&speed, task, request->gflops);
    else
        TRY(calibrate(&speed, task, config->solve.kernel));
    plan_memory(&memory, task);
    plan_time(&time, task, &speed);
    double ranks = (double)(task->nodes * task->ranks_per_node),
           solving = time.solve[USERS] + time.solve[ITEMS];
    if (!isfinite(time.total) || !isfinite(memory.peak))
        return fail(MFALS_USAGE, "plan: numbers of these sizes cannot be predicted");
    *plan =
        (struct mfals_plan){.users = task->rows[USERS],
                            .items = task->rows[ITEMS],
                            .ratings = task->ratings,
                            .memory = {memory.program, memory.ratings, memory.ids, memory.factors,
                                       memory.scratch, memory.training, memory.reading, memory.redistributing,
                                       memory.peak, memory.model, memory.checkpoint},
                            .time = {.users = time.solve[USERS],
                                     .items = time.solve[ITEMS],
                                     .axes = time.axes,
                                     .eigen = time.eigen,
                                     .exchange = time.exchange,
                                     .stats = time.stats,
                                     .total = time.total,
                                     .flops_per_second = solving > 0 ? time.flops / ranks / solving : 0,
                                     .bytes_in = time.in_bytes},
                            .nodes = request->memory > 0 ? plan_nodes(task, request->memory * gib) : 0};
    for (int side = USERS; side <= ITEMS && config->operand_count == 0; side++)
        plan->row_spread[side] = plan_spread[side];
    return MFALS_OK;
}

static status make_plan(struct mfals_plan *plan, const struct comm *comm, const struct run_config *config)
{
    scoped struct plan_task *task = NULL;
    TRY(allocate_on_all(comm, &task, 1));
    TRY(plan_task_of(task, comm, config));
    return agree(comm, comm->rank == 0 ? predict(plan, task, config) : MFALS_OK);
}

enum mfals_status mfals_plan(struct mfals_plan *plan, struct mfals_options *options)
{
    const struct comm *comm = &options->context->comm;
    struct lib_call call = lib_enter(options->context);
    const struct run_config *config = NULL;
    status done = agree(comm, lib_config(&config, NULL, options, FOR_PLAN));
    if (done == MFALS_OK)
        done = make_plan(plan, comm, config);
    return lib_leave(&call, done);
}
