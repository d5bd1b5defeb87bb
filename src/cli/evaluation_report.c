#include "cli/evaluation_report.h"

#include "cli/screen.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

static double metric(const struct mfals_model *model, const char *name)
{
    double value = NAN;
    (void)mfals_metric(&value, model, name);
    return value;
}

/* Of the lists of length K. */
static double metric_at(const struct mfals_model *model, const char *name, int top)
{
    char whole[32];
    snprintf(whole, sizeof whole, "%s@%d", name, top);
    return metric(model, whole);
}

void evaluation_print(const struct mfals_model *model, bool by_popularity)
{
    struct mfals_evaluation evaluation;
    double rmse;
    int top;
    mfals_evaluation(&evaluation, model);
    screen_line("evaluation: %" PRId64 " ratings of %" PRId64 " users%s", evaluation.ratings,
                evaluation.users, by_popularity ? ", by popularity" : "");
    screen_line("       K        hr      ndcg    recall precision       map");
    for (int i = 0; i < evaluation.metrics; i++)
        if (sscanf(evaluation.names[i], "hr@%d", &top) == 1)
            screen_line("%8d  %8.5f  %8.5f  %8.5f  %8.5f  %8.5f", top, metric_at(model, "hr", top),
                        metric_at(model, "ndcg", top), metric_at(model, "recall", top),
                        metric_at(model, "precision", top), metric_at(model, "map", top));
    screen_line("mrr %.5f, auc %.5f", metric(model, "mrr"), metric(model, "auc"));
    if (mfals_metric(&rmse, model, "rmse"))
        screen_line("rmse %.6g, mae %.6g", rmse, metric(model, "mae"));
}

void evaluation_log(struct json_log *log, const struct mfals_model *model)
{
    struct mfals_evaluation evaluation;
    mfals_evaluation(&evaluation, model);
    if (!json_log_writes(log))
        return;
    json_t *fields = json_pack("{s:I, s:I}", "users", (json_int_t)evaluation.users, "ratings",
                               (json_int_t)evaluation.ratings);
    json_log_event(log, "evaluation",
                   json_log_numbers(fields, evaluation.names, evaluation.values, evaluation.metrics));
}
