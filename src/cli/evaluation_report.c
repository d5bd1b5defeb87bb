#include "cli/evaluation_report.h"

#include "cli/screen.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

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

/* What the test items of a user are ranked among. */
static void describe_rivals(char *text, size_t size, const struct program *program)
{
    const char *baseline = program_text(program, "baseline");
    double drawn = program_number(program, "negatives");
    const char *how = baseline != NULL && strcmp(baseline, "popular") == 0 ? "by popularity, " : "";
    if (program_text(program, "candidates") != NULL)
        snprintf(text, size, "%seach among the candidates given", how);
    else if (drawn > 0)
        snprintf(text, size, "%seach among %.0f items drawn at random (all: --negatives 0)", how, drawn);
    else
        snprintf(text, size, "%seach among all items not seen", how);
}

void evaluation_print(const struct program *program, const struct mfals_model *model)
{
    char rivals[96];
    struct mfals_evaluation evaluation;
    double rmse;
    int top;
    mfals_evaluation(&evaluation, model);
    describe_rivals(rivals, sizeof rivals, program);
    screen_line("evaluation: %" PRId64 " ratings of %" PRId64 " users, %s", evaluation.ratings,
                evaluation.users, rivals);
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
