/* The ranking metrics of one user, as expected values where scores are equal: the arithmetic behind use/evaluate.h,
 * where they are defined. All local, no allocation.
 *
 *     struct ranking ranking = {.scores = sorted, .above = above, .level = level, .relevant = R};
 *     ranking_begin(&ranking);
 *     ranking_count(&ranking, scores, count, 1);         as often as there are other candidates to count
 *     ranking_end(&ranking);
 *     metrics_add(&sum, &ranking, &cuts);
 */
#ifndef USE_METRICS_H
#define USE_METRICS_H

#include <stdbool.h>
#include <stdint.h>

enum { EVALUATION_TOPS = 8 };

/* Doubles only: they are summed as an array. */
struct metrics {
    double hr[EVALUATION_TOPS], ndcg[EVALUATION_TOPS], recall[EVALUATION_TOPS], precision[EVALUATION_TOPS],
        map[EVALUATION_TOPS];
    double mrr, auc;
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

struct cuts {
    const int *tops; /* K, each >= 1 */
    int count;
    bool recall_cut_k; /* recall over min(R, K), not over R */
};

/* [local] Adds a user's metrics to those of others. O(K) a cut, and O(ties) for the MRR. */
void metrics_add(struct metrics *sum, const struct ranking *ranking, const struct cuts *cuts);

#endif
