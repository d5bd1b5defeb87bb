#include "train/early_stop.h"

void early_stop_begin(struct early_stop *stop, const struct stop_rule *rule)
{
    *stop = (struct early_stop){.rule = *rule};
}

void early_stop_resume(struct early_stop *stop, int best_iteration, double best, int iteration)
{
    stop->best_iteration = best_iteration;
    stop->best = best;
    stop->due = iteration - best_iteration >= stop->rule.patience;
}

bool early_stop_note(struct early_stop *stop, int iteration, double value)
{
    bool lower = metric_lower_is_better(stop->rule.metric);
    bool better = stop->best_iteration == 0 || (lower ? value < stop->best : value > stop->best);
    if (better) {
        stop->best = value;
        stop->best_iteration = iteration;
    }
    stop->due = iteration - stop->best_iteration >= stop->rule.patience;
    return better;
}
