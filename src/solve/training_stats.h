/* What is known of a training after each iteration. */
#ifndef SOLVE_TRAINING_STATS_H
#define SOLVE_TRAINING_STATS_H

#include "base/status.h"

#include <stdint.h>

struct model;

/* What is known after an iteration; the same on every rank but for the times, which are this rank's. */
struct training_stats {
    int iteration;           /* 1-based */
    double objective;        /* the sum that is minimised; never rises under ials and als */
    double total_loss;       /* ials: confidence_error + regularization */
    double predict_error;    /* ials: mean over all m n cells of (p - s)^2 */
    double confidence_error; /* ials: mean over all cells of c (p - s)^2 */
    double regularization;   /* ials: lambda (mean of X^2 + mean of Y^2) */
    double rmse, mae;        /* als, sgd: over the training ratings, whatever these weigh */
    double wall_s, solve_s, exchange_s, wait_s; /* of this iteration, on this rank */
    double flops;          /* of the row solves of this iteration, on all ranks; sgd: of its updates */
    int64_t resolved_rows; /* rows that float32 could not solve accurately and double did, on all ranks */
};

/* [collective] The figures after an iteration; times and counts are left alone. The side solved against last must be
 * whole in every window: the users, or the items of sgd. */
status measure(struct model *model, struct training_stats *stats);

#endif
