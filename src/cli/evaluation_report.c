#include "cli/evaluation_report.h"

#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>

enum { KINDS = 5 };
static const char *const kind_name[KINDS] = {"hr", "ndcg", "recall", "precision", "map"};

static double value_at(const struct evaluation *evaluation, int kind, int t)
{
    const struct metrics *mean = &evaluation->mean;
    const double *const values[KINDS] = {mean->hr, mean->ndcg, mean->recall, mean->precision, mean->map};
    return values[kind][t];
}

void evaluation_measures(struct measures *measures, const struct evaluation *evaluation,
                         const struct evaluation_options *options, bool explicit_model)
{
    *measures = (struct measures){0};
    for (int t = 0; t < options->top_count; t++)
        for (int kind = 0; kind < KINDS; kind++) {
            char name[MEASURE_NAME_SIZE];
            snprintf(name, sizeof name, "%s@%d", kind_name[kind], options->tops[t]);
            measures_add(measures, name, value_at(evaluation, kind, t));
        }
    measures_add(measures, "mrr", evaluation->mean.mrr);
    measures_add(measures, "auc", evaluation->mean.auc);
    if (explicit_model) {
        measures_add(measures, "rmse", evaluation->rmse);
        measures_add(measures, "mae", evaluation->mae);
    }
}

void evaluation_print(const struct evaluation *evaluation, const struct evaluation_options *options,
                      bool explicit_model)
{
    log_line("evaluation: %" PRId64 " ratings of %" PRId64 " users%s", evaluation->ratings, evaluation->users,
             options->popular ? ", by popularity" : "");
    log_line("       K        hr      ndcg    recall precision       map");
    for (int t = 0; t < options->top_count; t++)
        log_line("%8d  %8.5f  %8.5f  %8.5f  %8.5f  %8.5f", options->tops[t], value_at(evaluation, 0, t),
                 value_at(evaluation, 1, t), value_at(evaluation, 2, t), value_at(evaluation, 3, t),
                 value_at(evaluation, 4, t));
    log_line("mrr %.5f, auc %.5f", evaluation->mean.mrr, evaluation->mean.auc);
    if (explicit_model)
        log_line("rmse %.6g, mae %.6g", evaluation->rmse, evaluation->mae);
}

void evaluation_log(struct json_log *log, const struct evaluation *evaluation,
                    const struct evaluation_options *options, bool explicit_model)
{
    struct measures measures;
    if (!json_log_writes(log))
        return;
    evaluation_measures(&measures, evaluation, options, explicit_model);
    json_t *fields = json_pack("{s:I, s:I}", "users", (json_int_t)evaluation->users, "ratings",
                               (json_int_t)evaluation->ratings);
    int failed = fields == NULL;
    for (int i = 0; i < measures.count; i++)
        failed |= json_object_set_new(fields, measures.name[i], json_log_number(measures.value[i]));
    if (failed != 0) {
        json_decref(fields);
        fields = NULL;
    }
    json_log_event(log, "evaluation", fields);
}
