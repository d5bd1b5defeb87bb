/* A training from its ratings to its model: iterations, the test after each, early stopping, checkpoints, resuming.
 *
 *     struct training_run run = {.comm = &comm, .settings = &settings, .ratings = ratings, .spending = ...};
 *     TRY(checkpoints_open(&run.checkpoints, &comm, &settings, &run.phases));
 *     TRY(test_set_open(&run.test, &comm, &settings, ratings, &run.phases));
 *     TRY(training_fit(&run));
 *     TRY(training_write(&run));
 *     training_free(&run);                                    in any case; ratings are not its
 */
#ifndef API_TRAINING_H
#define API_TRAINING_H

#include "api/checkpoints.h"
#include "api/test_set.h"

struct training_run;

/* [collective] Called on every rank after each iteration, before its checkpoint. A failure ends the training, and
 * *stop, the same on all ranks, too. */
typedef status training_observer(struct training_run *run, const struct figures *figures,
                                 const struct measures *measures, bool *stop);

struct training_run {
    const struct comm *comm;         /* not owned, as the next two */
    const struct settings *settings; /* of train */
    const struct ratings *ratings;
    struct phases phases;
    struct model *model; /* owned, as what follows */
    struct test_set test;
    struct early_stop early_stop;
    struct figure_history history;
    struct checkpoints checkpoints;
    struct hold
        *output; /* on rank 0: of the file that training_write writes; NULL where it is not held yet */
    struct spending spending;
    /* [local] called where it goes on from a checkpoint of so many whole iterations; may be NULL */
    void (*resumed)(struct training_run *run, const char *path, int iterations);
    void (*begun)(struct training_run *run); /* [local] called before the first iteration; may be NULL */
    training_observer *observer;             /* may be NULL */
    void *context;                           /* the caller's */
};

/* [collective] From where run->checkpoints says, else from the start, to the end; then of an early-stopped training the
 * best iteration's model is in force. As train, solve/train.h, and checkpoints_end, api/checkpoints.h. */
status training_fit(struct training_run *run);

/* [collective] The model to settings->output, which is held no longer. */
status training_write(struct training_run *run);

/* [collective] The metrics of the test; *evaluation is left alone where the run has none. */
status training_evaluate(struct evaluation *evaluation, struct training_run *run);

/* [local] Whether predicted scores are ratings. */
bool training_is_explicit(const struct training_run *run);

/* [collective] */
void training_free(struct training_run *run);

#endif
