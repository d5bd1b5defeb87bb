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
#include "comm/replica.h"
#include "ratings/ratings.h"
#include "solve/options.h"

#include <stdbool.h>
#include <stddef.h>

/* What is known after an iteration; the same on every rank but for the times, which are this rank's. */
struct training_stats {
    int iteration;           /* 1-based */
    double objective;        /* the sum that is minimised; never rises under ials and als */
    double total_loss;       /* ials: confidence_error + regularization */
    double predict_error;    /* ials: mean over all m n cells of (p - s)^2 */
    double confidence_error; /* ials: mean over all cells of c (p - s)^2 */
    double regularization;   /* ials: lambda (mean of X^2 + mean of Y^2) */
    double rmse, mae;        /* als, sgd: over the training ratings */
    double wall_s, solve_s, exchange_s, wait_s; /* of this iteration, on this rank */
    double flops;          /* of the row solves of this iteration, on all ranks; sgd: of its updates */
    int64_t resolved_rows; /* rows that float32 could not solve accurately and double did, on all ranks */
};

/* The figures by name, in the order in which they are shown: those that an algorithm has. */
struct training_stat_row {
    const char *name;
    size_t field; /* offset of a double in struct training_stats */
    bool implicit_model, explicit_model;
};
extern const struct training_stat_row training_stats_table[];
extern const int training_stat_count;

/* [local] Whether the algorithm has this figure; its value. */
bool training_stat_applies(const struct training_stat_row *row, enum algorithm algorithm);
double training_stat_value(const struct training_stat_row *row, const struct training_stats *stats);

struct model;

/* [collective] Called on every rank after each iteration. Sets *stop, the same on all ranks, to end the training; a
 * status that is not MFALS_OK ends it too. */
typedef status iteration_observer(struct model *model, const struct training_stats *stats, bool *stop,
                                  void *context);

/* [collective] Initial factors for ratings, which must outlive the model with options and comm. NULL on failure. */
status model_open(struct model **model, const struct comm *comm, const struct ratings *ratings,
                  const struct solve_options *options);

/* [collective] Accepts and leaves NULL. */
void model_free(struct model **model);

/* [local] This rank's rows of a side, the first of its k numbers, and the distance between rows in floats. */
const float *model_rows(const struct model *model, enum side side, int64_t *row_floats);

/* [local] This rank's biases of a side, the own row i's at [i * *step]; NULL where the model has none. And the mean
 * that scores start from: global_mean + bias_u + bias_i + x_u . y_i. */
const float *model_bias(const struct model *model, enum side side, int64_t *step);
double model_global_mean(const struct model *model);

/* [collective] Remembers the factors as they are now; [local] goes back to those remembered last, if any. */
status model_keep(struct model *model);
void model_restore(struct model *model);

/* [local] The instruction level of the row kernels, e.g. "x86-64-v4". */
const char *model_kernel(const struct model *model);

/* [local] Floating point operations of the solution of a row of ials or als. */
double solve_row_flops(int64_t row_ratings, const struct solve_options *options);

/* [local] The grid of ranks that finds the Gram matrix's eigenvectors, e.g. "2x2", on which the bits depend; "1x1"
 * where ScaLAPACK is asked for and there are too few ranks, so that LAPACK does it on one; "" where LAPACK is asked
 * for, or there are no axes. */
const char *model_eigen_grid(const struct model *model);

/* [local] Predicted cost of a row, at most 2^62: picoseconds, of sgd ratings. context: a struct solve_options. */
int64_t solve_row_cost(int64_t row_ratings, const void *context);

/* [collective] Goes on until options->iterations iterations are complete, or fewer if the observer says so; it may be
 * NULL. MFALS_BAD_DATA where a row cannot be solved, naming the user or item. MFALS_REQUEUE where the run is to stop
 * (base/stop.h), perhaps in the middle of an iteration: solve/state.h tells where. */
status train(struct model *model, struct phases *phases, iteration_observer *observer, void *context);

#endif
