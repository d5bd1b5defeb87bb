/* A training from its ratings to its model: iterations, the test after each, early stopping, checkpoints, resuming.
 *
 *     struct training training = {.comm = &comm, .config = &config, .ratings = ratings, .profile = ...};
 *     TRY(checkpoints_open(&training.checkpoints, &comm, &config, &training.phases));
 *     TRY(test_set_open(&training.test, &comm, &config, ratings, &training.phases));
 *     TRY(training_fit(&training));
 *     TRY(training_write(&training));
 *     training_free(&training);                                    in any case; ratings are not its
 */
#ifndef TRAIN_TRAINING_H
#define TRAIN_TRAINING_H

#include "base/phase.h"
#include "train/checkpoints.h"
#include "train/early_stop.h"
#include "train/history.h"
#include "train/profile.h"
#include "train/test_set.h"

struct training;

/* [collective] Called on every rank after each iteration, before its checkpoint. A failure ends the training, and
 * *stop, the same on all ranks, too. */
typedef status training_observer(struct training *training, const struct training_stats *stats,
                                 const struct named_values *values, bool *stop);

struct training {
    const struct comm *comm;         /* not owned, as the next two */
    const struct run_config *config; /* of train */
    const struct ratings *ratings;
    struct phases phases;
    struct model *model; /* owned, as what follows */
    struct test_set test;
    struct early_stop early_stop;
    struct training_history history;
    struct checkpoints checkpoints;
    struct hold
        *output; /* on rank 0: of the file that training_write writes; NULL where it is not held yet */
    struct profile profile;
    /* [local] called where it goes on from a checkpoint of so many whole iterations; may be NULL */
    void (*resumed)(struct training *training, const char *path, int iterations);
    void (*begun)(struct training *training); /* [local] called before the first iteration; may be NULL */
    training_observer *observer;              /* may be NULL */
    void *context;                            /* the caller's */
};

/* [collective] From where training->checkpoints says, else from the start, to the end; then of an early-stopped
 * training the best iteration's model is in force. As train, solve/train.h, and checkpoints_end, api/checkpoints.h. */
status training_fit(struct training *training);

/* [collective] The model to path, which is held no longer. */
status training_write(struct training *training, const char *path);

/* [collective] The metrics of the test, of items ranked by the model or, popular, by their numbers of ratings;
 * *evaluation is left alone where the run has none. */
status training_evaluate(struct evaluation *evaluation, struct training *training, bool popular);

/* [collective] */
void training_free(struct training *training);

#endif
