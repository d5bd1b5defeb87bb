/* --early-stop METRIC[:PATIENCE]: ends the training when a metric of the test has not improved for PATIENCE
 * iterations. All local.
 *
 *     struct early_stop stop;
 *     early_stop_begin(&stop, &settings);
 *     if (early_stop_note(&stop, iteration, value)) ... the best so far ...
 *     if (stop.due) ... end ...
 */
#ifndef API_EARLY_STOP_H
#define API_EARLY_STOP_H

#include "api/settings.h"

struct early_stop {
    char metric[24]; /* "" where the user did not ask */
    int patience;
    int best_iteration; /* 0: none yet */
    double best;
    bool due;
};

/* Whether --early-stop is right, and has a test to go by: MFALS_USAGE. */
status early_stop_check(const struct settings *settings);

/* From options that early_stop_check has found right. */
void early_stop_begin(struct early_stop *stop, const struct settings *settings);

/* Where a run that is taken up again stood after an iteration. */
void early_stop_resume(struct early_stop *stop, int best_iteration, double best, int iteration);

/* Takes the metric's value after an iteration. Whether it is the best so far. */
bool early_stop_note(struct early_stop *stop, int iteration, double value);

#endif
