/* Training: alternates exact least squares for users and for items until done.
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

/* What is known after an iteration; the same on every rank but for the times, which are this rank's. */
struct figures {
    int iteration;          /* 1-based */
    double predict_error;    /* mean over all m n cells of (p - s)^2 */
    double confidence_error; /* mean over all cells of c (p - s)^2 */
    double regularization;   /* lambda (mean of X^2 + mean of Y^2) */
    double total_loss;       /* the last two added */
    double objective;        /* the sum that is minimised (design of ials); never rises */
    double wall_s, solve_s, exchange_s, wait_s; /* of this iteration, on this rank */
    double flops;            /* of the row solves of this iteration, on all ranks */
    int64_t resolved_rows;   /* rows that float32 could not solve accurately and double did, on all ranks */
};

/* X(name): the figures that are kept as history and logged under that name. */
#define FIGURE_LIST(X)                                                                                       \
    X(predict_error) X(confidence_error) X(regularization) X(total_loss) X(objective)

/* Called on every rank after each iteration. */
typedef void iteration_observer(const struct figures *figures, void *context);

struct model; /* factors of both sides and what the sweeps need; solve/model.h */

/* [collective] Initial factors for ratings, which must outlive the model with options and comm. NULL on failure. */
status model_open(struct model **model, const struct comm *comm, const struct ratings *ratings,
                  const struct solve_options *options);

/* [collective] Accepts and leaves NULL. */
void model_free(struct model **model);

/* [local] This rank's rows of a side, the first of its k numbers, and the distance between rows in floats. */
const float *model_rows(const struct model *model, enum side side, int64_t *row_floats);

/* [local] The instruction level of the row kernels, e.g. "x86-64-v4". */
const char *model_kernel(const struct model *model);

/* [local] Predicted floating point operations of the exact solve of a row; context: a struct solve_options. */
int64_t solve_row_cost(int64_t row_ratings, const void *context);

/* [collective] options->iterations iterations. observer may be NULL. MFALS_BAD_DATA where a row cannot be solved,
 * naming the user or item. */
status train(struct model *model, struct phases *phases, iteration_observer *observer, void *context);

#endif
