#include "api/handles.h"

static double ratio(double part, double whole)
{
    return whole > 0 ? part / whole : 0;
}

/* summary: of one start, [PHASES]; NULL where there are several. */
static void set_profile(struct mfals_profile *profile, struct mfals_phase phases[PHASES],
                        const struct profile_totals *totals, const struct phase_summary *summary)
{
    *profile = (struct mfals_profile){
        .seconds = totals->seconds,
        .phase_count = PHASES,
        .phases = phases,
        .imbalance = {ratio(totals->uneven_s[USERS], totals->solve_s[USERS]),
                      ratio(totals->uneven_s[ITEMS], totals->solve_s[ITEMS])},
        .imbalance_of_both = ratio(totals->uneven_s[2], totals->solve_s[USERS] + totals->solve_s[ITEMS]),
        .processor_seconds = {totals->solve_s[USERS], totals->solve_s[ITEMS]},
        .train_seconds = totals->train_seconds,
        .iterations = (int64_t)totals->iterations,
        .resolved_rows = (int64_t)totals->resolved_rows,
        .flops = totals->flops,
        .starts = (int64_t)totals->starts};
    for (int p = 0; p < PHASES; p++)
        phases[p] = (struct mfals_phase){.name = phase_label((enum phase)p),
                                         .calls = (int64_t)totals->calls[p],
                                         .mean_seconds = totals->mean_s[p],
                                         .max_seconds = totals->max_s[p],
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
    model->profile.node_count = count;
    model->profile.nodes = model->nodes;
    return MFALS_OK;
}

static status account(struct mfals_model *model)
{
    struct profile_totals totals;
    struct phase_summary summary[PHASES];
    const struct profile *profile = &model->training.profile;
    if (model->ratings == NULL)
        return fail(MFALS_USAGE, "the model was not trained here");
    profile_of_start(&totals, summary, &model->context->comm, profile);
    set_profile(&model->last_profile, model->last_phases, &totals, summary);
    profile_add(&totals, &profile->before);
    set_profile(&model->profile, model->phases, &totals, profile->before.starts > 0 ? NULL : summary);
    model->profile.last = &model->last_profile;
    return set_nodes(model);
}

enum mfals_status mfals_profile(const struct mfals_profile **profile, struct mfals_model *model)
{
    struct lib_call call = lib_enter(model->context);
    *profile = &model->profile;
    return lib_leave(&call, account(model));
}
