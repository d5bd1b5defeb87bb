#include "api/lib.h"

/* What reading the ratings took, and the training since. */
static struct phases phases_of(const struct mfals_model *model)
{
    struct phases all = model->run.phases;
    const struct phases *reading = &model->ratings->phases;
    for (int p = 0; p < PHASES; p++) {
        all.seconds[p] += reading->seconds[p];
        all.calls[p] += reading->calls[p];
    }
    return all;
}

static void set_phases(struct mfals_model *model)
{
    struct phase_summary summary[PHASES];
    const struct phases phases = phases_of(model);
    report_phases(&model->context->comm, summary, &phases);
    for (int p = 0; p < PHASES; p++)
        model->phases[p] = (struct mfals_phase){.name = phase_label((enum phase)p),
                                                .calls = summary[p].calls,
                                                .mean_seconds = summary[p].mean_s,
                                                .max_seconds = summary[p].max_s,
                                                .max_rank = summary[p].max_rank};
    model->costs.phase_count = PHASES;
    model->costs.phases = model->phases;
}

static void set_balance(struct mfals_costs *costs, const struct mfals_model *model)
{
    struct imbalance imbalance;
    report_imbalance(&model->context->comm, &imbalance, &model->run.phases);
    for (int side = USERS; side <= ITEMS; side++) {
        costs->imbalance[side] = imbalance.sides[side];
        costs->processor_seconds[side] = imbalance.seconds[side];
    }
    costs->imbalance_of_both = imbalance.all;
}

/* [collective] */
static status set_nodes(struct mfals_model *model)
{
    const struct comm *comm = &model->context->comm;
    int count;
    memory_free(model->memory);
    memory_free(model->nodes);
    model->nodes = NULL;
    TRY(report_memory(comm, &model->memory, &count));
    TRY(allocate_on_all(comm, &model->nodes, count));
    for (int i = 0; i < count; i++)
        model->nodes[i] =
            (struct mfals_node){model->memory[i].name, model->memory[i].ranks, model->memory[i].bytes};
    model->costs.node_count = count;
    model->costs.nodes = model->nodes;
    return MFALS_OK;
}

static status account(struct mfals_model *model)
{
    struct mfals_costs *costs = &model->costs;
    const struct totals *totals = &model->run.totals;
    if (model->ratings == NULL)
        return fail(MFALS_USAGE, "the model was not trained here");
    *costs = (struct mfals_costs){.seconds = phase_clock() - model->context->opened,
                                  .train_seconds = totals->seconds,
                                  .iterations = totals->iterations,
                                  .resolved_rows = totals->resolved_rows,
                                  .flops = totals->flops};
    set_phases(model);
    set_balance(costs, model);
    return set_nodes(model);
}

enum mfals_status mfals_costs(const struct mfals_costs **costs, struct mfals_model *model)
{
    struct lib_call call = lib_enter(model->context);
    *costs = &model->costs;
    return lib_leave(&call, account(model));
}
