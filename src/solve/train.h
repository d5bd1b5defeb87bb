/* Training: alternates least squares for users and for items until done.
 *
 *     struct model *model;
 *     TRY(model_open(&model, &comm, ratings, &options));
 *     TRY(train(model, &phases, report_iteration, context));
 *     model_free(&model);
 */
#ifndef SOLVE_TRAIN_H
#define SOLVE_TRAIN_H

#include "base/phase.h"
#include "solve/model.h"
#include "solve/training_stats.h"

#include <stdbool.h>

/* [collective] Called on every rank after each iteration. Sets *stop, the same on all ranks, to end the training; a
 * status that is not MFALS_OK ends it too. */
typedef status iteration_observer(struct model *model, const struct training_stats *stats, bool *stop,
                                  void *context);

/* [collective] Goes on until options->iterations iterations are complete, or fewer if the observer says so; it may be
 * NULL. MFALS_BAD_DATA where a row cannot be solved, naming the user or item. MFALS_REQUEUE where the run is to stop
 * (base/stop.h), perhaps in the middle of an iteration: solve/state.h tells where. */
status train(struct model *model, struct phases *phases, iteration_observer *observer, void *context);

#endif
