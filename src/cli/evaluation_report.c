#include "cli/evaluation_report.h"

#include "base/log.h"

#include <inttypes.h>
#include <stdio.h>

void evaluation_print(const struct evaluation *evaluation, const struct evaluation_options *options,
                      bool explicit_model)
{
    log_line("evaluation: %" PRId64 " ratings of %" PRId64 " users%s", evaluation->ratings, evaluation->users,
             options->popular ? ", by popularity" : "");
    log_line("       K        hr      ndcg    recall precision       map");
    const struct metrics *mean = &evaluation->mean;
    for (int t = 0; t < options->top_count; t++)
        log_line("%8d  %8.5f  %8.5f  %8.5f  %8.5f  %8.5f", options->tops[t], mean->hr[t], mean->ndcg[t],
                 mean->recall[t], mean->precision[t], mean->map[t]);
    log_line("mrr %.5f, auc %.5f", mean->mrr, mean->auc);
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
