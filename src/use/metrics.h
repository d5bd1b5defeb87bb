/* The ranking metrics of one user, as expected values where scores are equal: the arithmetic behind use/evaluate.h,
 * where they are defined. All local, no allocation.
 *
 *     struct ranking ranking = {.scores = sorted, .above = above, .level = level, .relevant = R};
 *     ranking_begin(&ranking);
 *     ranking_count(&ranking, scores, count, 1);         as often as there are other candidates to count
 *     ranking_end(&ranking);
 *     metrics_add(&sum, &ranking, &cutoffs);
 */
#ifndef USE_METRICS_H
#define USE_METRICS_H

#include "base/named_values.h"

#include <stdbool.h>
#include <stdint.h>

enum { CUTOFFS_MAX = 8 };

/* In the order in which they are told. To add one: a name here, a row of metric_table, its function. */
enum metric {
    METRIC_HR,
    METRIC_NDCG,
    METRIC_RECALL,
    METRIC_PRECISION,
    METRIC_MAP,
    METRIC_MRR,
    METRIC_AUC,
    METRIC_RMSE,
    METRIC_MAE,
    METRIC_RMSE_KNOWN,
    METRIC_MAE_KNOWN,
    METRICS
};

/* Of one user, or sums over users. Doubles only: they are summed as an array. */
struct metrics {
    double value[METRICS][CUTOFFS_MAX]; /* of metrics without a cutoff the first */
};

/* Where a user's test items stand among the candidates. Nothing in it is owned. */
struct ranking {
    const float *scores; /* of the test items, best first; no NaN */
    /* How many of the others score higher than, and the same as, each test item. Until ranking_end, for the first
     * of those of a score: how many score between it and the test item before; how many the same. */
    int64_t *above, *level;
    int64_t relevant; /* test items, >= 1 */
    int64_t others;   /* candidates that are no test items */
};

/* [local] Finds above, level and others from the others' scores, counted in any parts; times = -1 takes back what was
 * counted once too often. NaN counts as lower than all. O(log R) a score. */
void ranking_begin(struct ranking *ranking);
void ranking_count(struct ranking *ranking, const float *scores, int64_t count, int times);
void ranking_end(struct ranking *ranking);

/* [local] The place after those test items that score the same as number r. */
static inline int64_t ranking_next(const struct ranking *ranking, int64_t r)
{
    int64_t next = r + 1;
    while (next < ranking->relevant && ranking->scores[next] == ranking->scores[r])
        next++;
    return next;
}

struct cutoffs {
    const int *top; /* K, each >= 1 */
    int count;
    bool recall_cut_k; /* recall over min(R, K), not over R */
};

/* [local] Adds a user's ranking metrics to those of others. O(K) a cutoff, and O(ties) for the MRR. */
void metrics_add(struct metrics *sum, const struct ranking *ranking, const struct cutoffs *cutoffs);

/* What the first K places of a ranking hold: expected sums over the test items there. */
struct top_places {
    double found, gain, precision; /* their number, sum of 1 / log2(1 + position), sum of precision at each */
    double any;                    /* probability that there is one */
    int64_t top, relevant;         /* K, R */
    int64_t reachable;             /* min(R, K) */
    bool recall_cut_k;
};

/* Errors of predicted ratings. */
struct rating_errors {
    double squares, absolutes; /* sums */
    double count;
};

/* Each metric has one of the three functions: of the first K places, averaged over users; of a whole ranking, alike; of
 * errors of all predicted ratings, for models of explicit ratings. */
struct metric_row {
    const char *name, *what;
    double (*of_top)(const struct top_places *places);
    double (*of_ranking)(const struct ranking *ranking);
    double (*of_errors)(const struct rating_errors *errors);
    bool of_known; /* of errors: only where user and item are known */
    bool lower_is_better;
};

extern const struct metric_row metric_table[METRICS];

/* [local] Means from sums over so many users, and the metrics of errors: of all, and where user and item are known. */
void metrics_finish(struct metrics *metrics, double users, const struct rating_errors *all,
                    const struct rating_errors *known);

/* [local] By name: "hr@10", "ndcg@10", ..., "mrr", "auc"; with_errors: also "rmse", "mae", ... */
void metrics_list(struct named_values *values, const struct metrics *metrics, const struct cutoffs *cutoffs,
                  bool with_errors);

/* [local] Whether less of a metric, named with or without a cutoff, is better. */
bool metric_lower_is_better(const char *name);

/* [local] Whether a metric is one of errors. */
bool metric_is_of_errors(const char *name);

#endif
