/* --early-stop METRIC[:PATIENCE]: ends the training when a metric of the test has not improved for PATIENCE
 * iterations. All local.
 *
 *     struct early_stop stop;
 *     early_stop_begin(&stop, &config.stop_rule);
 *     if (early_stop_note(&stop, iteration, value)) ... the best so far ...
 *     if (stop.due) ... end ...
 */
#ifndef TRAIN_EARLY_STOP_H
#define TRAIN_EARLY_STOP_H

#include "options/run_config.h"

struct early_stop {
    struct stop_rule rule;
    int best_iteration; /* 0: none yet */
    double best;
    bool due;
};

void early_stop_begin(struct early_stop *stop, const struct stop_rule *rule);

/* Where a run that is taken up again stood after an iteration. */
void early_stop_resume(struct early_stop *stop, int best_iteration, double best, int iteration);

/* Takes the metric's value after an iteration. Whether it is the best so far. */
bool early_stop_note(struct early_stop *stop, int iteration, double value);

#endif
