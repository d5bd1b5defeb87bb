#include "api/handles.h"

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

/* summary: of one start, [PHASES]; NULL where there are several. */
static void set_costs(struct mfals_costs *costs, struct mfals_phase phases[PHASES], const struct spent *spent,
                      const struct phase_summary *summary)
{
    *costs = (struct mfals_costs){
        .seconds = spent->seconds,
        .phase_count = PHASES,
        .phases = phases,
        .imbalance = {ratio(spent->uneven_s[USERS], spent->solve_s[USERS]),
                      ratio(spent->uneven_s[ITEMS], spent->solve_s[ITEMS])},
        .imbalance_of_both = ratio(spent->uneven_s[2], spent->solve_s[USERS] + spent->solve_s[ITEMS]),
        .processor_seconds = {spent->solve_s[USERS], spent->solve_s[ITEMS]},
        .train_seconds = spent->train_seconds,
        .iterations = (int64_t)spent->iterations,
        .resolved_rows = (int64_t)spent->resolved_rows,
        .flops = spent->flops,
        .starts = (int64_t)spent->starts};
    for (int p = 0; p < PHASES; p++)
        phases[p] = (struct mfals_phase){.name = phase_label((enum phase)p),
                                         .calls = (int64_t)spent->calls[p],
                                         .mean_seconds = spent->mean_s[p],
                                         .max_seconds = spent->max_s[p],
                                         .max_rank = summary != NULL ? summary[p].max_rank : -1};
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
    struct spent spent;
    struct phase_summary summary[PHASES];
    const struct spending *spending = &model->training.spending;
    if (model->ratings == NULL)
        return fail(MFALS_USAGE, "the model was not trained here");
    spending_so_far(&spent, summary, &model->context->comm, spending);
    set_costs(&model->last_costs, model->last_phases, &spent, summary);
    spent_add(&spent, &spending->before);
    set_costs(&model->costs, model->phases, &spent, spending->before.starts > 0 ? NULL : summary);
    model->costs.last = &model->last_costs;
    return set_nodes(model);
}

enum mfals_status mfals_costs(const struct mfals_costs **costs, struct mfals_model *model)
{
    struct lib_call call = lib_enter(model->context);
    *costs = &model->costs;
    return lib_leave(&call, account(model));
}
