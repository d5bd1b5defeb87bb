/* Ranking and rating metrics of a model on test ratings.
 *
 *     struct evaluation_options options = {.cutoffs = {10}, .cutoff_count = 1, .negatives = 99, .kernel = "auto"};
 *     struct evaluation result;
 *     struct test_ratings tested = {&test, NULL};
 *     TRY(evaluate(&result, &comm, &view, &tested, &seen, NULL, &options));
 *
 * A user's candidates are the test items and, besides, options.negatives items drawn at random (without repetition)
 * from those the user has neither seen nor in the test; or all of these (0); or the given ones. Candidates are ranked
 * by score; among equal scores every order is equally likely, and each metric is its expected value, so that a
 * constant model scores like chance. Test items the user has seen in training are left out. A user counts who has a
 * test item. Means are over users, sums order-free: the same bits on any number of ranks.
 *
 * With p_1 < p_2 < ... the 1-based positions of the user's R test items:
 *     HR@K         1 if p_1 <= K
 *     NDCG@K       sum over p_j <= K of 1 / log2(1 + p_j), over the same sum for the positions 1 .. min(R, K)
 *     recall@K     |p_j <= K| / R, or / min(R, K) with recall_cut_k
 *     precision@K  |p_j <= K| / K
 *     MAP@K        mean over users of (sum over p_j <= K of j / p_j) / min(R, K)
 *     MRR          1 / p_1
 *     AUC          share of (test item, other candidate) pairs ranked right, ties counting half; 1/2 without pairs
 *     RMSE, MAE    of the model's scores against the test values of all test items; also those of users and items that
 *                  the model does not know, but in rmse_known and mae_known (use/rating_errors.h)
 */
#ifndef USE_EVALUATE_H
#define USE_EVALUATE_H

#include "comm/comm.h"
#include "ratings/match.h"
#include "use/metrics.h"
#include "use/model_view.h"

struct evaluation_options {
    int cutoffs[CUTOFFS_MAX]; /* K, ascending, each >= 1 */
    int cutoff_count;
    int64_t negatives; /* drawn per user; 0: all unseen items */
    bool recall_cut_k;
    bool
        popular; /* rank by the number of ratings in `seen`, over all users, in place of the model's scores */
    bool clip;   /* errors are those of scores brought into the range of the training's values */
    uint64_t seed; /* of the drawn negatives: keyed by the user's row, so that ranks don't matter */
    int replica;
    const char *kernel;
};

/* Nothing in it is owned. */
struct test_ratings {
    const struct csr *by_user;           /* this rank's users of the view: columns are item rows, ascending */
    const struct unknown_pairs *unknown; /* those of unknown users or items; NULL for none */
};

struct evaluation {
    struct metrics mean;    /* over users; of errors: over ratings */
    int64_t users, ratings; /* that counted: users with a test item; their test items */
    int64_t unknown;        /* ratings of unknown users or items, which count in errors alone */
};

/* [local] The lengths of lists that are looked at; of options. */
struct cutoffs evaluation_cutoffs(const struct evaluation_options *options);

/* [local] The metrics by name, as metrics_list. */
void evaluation_list(struct named_values *values, const struct evaluation *evaluation,
                     const struct evaluation_options *options, bool with_errors);

/* [collective]
 *   seen        as test->by_user: what was rated in training; may be NULL
 *   candidates  alike, values ignored: what to rank instead of drawn items (test items are added, seen ones are not
 *               taken out); may be NULL
 * A score that is no number ranks last. MFALS_BAD_DATA where no user has a test item; MFALS_REQUEUE where the run is to
 * stop (base/stop.h); as view_check_range with options.clip. */
status evaluate(struct evaluation *result, const struct comm *comm, const struct model_view *view,
                const struct test_ratings *test, const struct csr *seen, const struct csr *candidates,
                const struct evaluation_options *options);

#endif
