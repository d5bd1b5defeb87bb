#include "use/metrics.h"

#include "base/number.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void ranking_begin(struct ranking *ranking)
{
    memset(ranking->above, 0, (size_t)ranking->relevant * sizeof *ranking->above);
    memset(ranking->level, 0, (size_t)ranking->relevant * sizeof *ranking->level);
    ranking->others = 0;
}

/* The first test item whose score is not above `score`, which is not below the last one's. */
static int64_t place_of(const struct ranking *ranking, float score)
{
    int64_t low = 0, high = ranking->relevant - 1;
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (ranking->scores[middle] > score)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void ranking_count(struct ranking *ranking, const float *scores, int64_t count, int times)
{
    const float lowest = ranking->scores[ranking->relevant - 1];
    for (int64_t j = 0; j < count; j++)
        if (scores[j] >= lowest) {
            int64_t r = place_of(ranking, scores[j]);
            if (ranking->scores[r] == scores[j])
                ranking->level[r] += times;
            else
                ranking->above[r] += times;
        }
    ranking->others += count * times;
}

void ranking_end(struct ranking *ranking)
{
    int64_t above = 0;
    for (int64_t first = 0, end; first < ranking->relevant; first = end) {
        int64_t level = ranking->level[first];
        above += ranking->above[first];
        end = ranking_next(ranking, first);
        for (int64_t r = first; r < end; r++) {
            ranking->above[r] = above;
            ranking->level[r] = level;
        }
        above += level;
    }
}

/* Candidates of equal score, at positions before + 1 .. before + size in any order with the same probability. */
struct tie {
    int64_t before;
    int64_t size;
    int64_t relevant;        /* test items among them, >= 1 */
    int64_t relevant_before; /* test items that score higher */
};

static struct tie tie_at(const struct ranking *ranking, int64_t first)
{
    int64_t end = ranking_next(ranking, first);
    return (struct tie){.before = first + ranking->above[first],
                        .size = end - first + ranking->level[first],
                        .relevant = end - first,
                        .relevant_before = first};
}

static double gain(int64_t position)
{
    return 1 / log2(1 + (double)position);
}

/* The probability that none of the first n places of a tie holds a test item: hypergeometric. */
static double none_in_first(const struct tie *tie, int64_t n)
{
    double probability = 1;
    for (int64_t i = 0; i < n && probability > 0; i++)
        probability *= (double)(tie->size - tie->relevant - i) / (double)(tie->size - i);
    return probability;
}

/* With a test items among T, place j of a tie holds a test item with probability a / T, and before it in the tie are
 * then (j - 1) (a - 1) / (T - 1) others. */
static void add_tie(struct top_places *places, const struct tie *tie)
{
    double share = (double)tie->relevant / (double)tie->size;
    double density = tie->size > 1 ? (double)(tie->relevant - 1) / (double)(tie->size - 1) : 0;
    int64_t count = number_min(tie->size, places->top - tie->before);
    for (int64_t j = 1; j <= count; j++) {
        int64_t position = tie->before + j;
        places->found += share;
        places->gain += share * gain(position);
        places->precision +=
            share * (1 + (double)tie->relevant_before + (double)(j - 1) * density) / (double)position;
    }
}

static struct top_places places_of(const struct ranking *ranking, int64_t top, bool recall_cut_k)
{
    struct top_places places = {.top = top,
                                .relevant = ranking->relevant,
                                .reachable = number_min(ranking->relevant, top),
                                .recall_cut_k = recall_cut_k};
    struct tie first = tie_at(ranking, 0), tie = first;
    for (int64_t r = 0; r < ranking->relevant; r += tie.relevant) {
        tie = tie_at(ranking, r);
        if (tie.before >= top)
            break;
        add_tie(&places, &tie);
    }
    if (top > first.before)
        places.any = 1 - none_in_first(&first, number_min(first.size, top - first.before));
    return places;
}

static double hit_rate(const struct top_places *places)
{
    return places->any;
}

static double normalized_gain(const struct top_places *places)
{
    double best = 0;
    for (int64_t position = 1; position <= places->reachable; position++)
        best += gain(position);
    return places->gain / best;
}

static double recall(const struct top_places *places)
{
    return places->found / (double)(places->recall_cut_k ? places->reachable : places->relevant);
}

static double precision(const struct top_places *places)
{
    return places->found / (double)places->top;
}

static double average_precision(const struct top_places *places)
{
    return places->precision / (double)places->reachable;
}

static double reciprocal_rank(const struct ranking *ranking)
{
    struct tie first = tie_at(ranking, 0);
    double expected = 0, none = 1;
    for (int64_t j = 1; j <= first.size - first.relevant + 1 && none > 0; j++) {
        double left = (double)(first.size - j + 1);
        expected += none * (double)first.relevant / left / (double)(first.before + j);
        none *= (left - (double)first.relevant) / left;
    }
    return expected;
}

static double area_under_curve(const struct ranking *ranking)
{
    if (ranking->others == 0)
        return 0.5;
    double below = 0;
    for (int64_t r = 0; r < ranking->relevant; r++)
        below += (double)(ranking->others - ranking->above[r]) - (double)ranking->level[r] / 2;
    return below / (double)ranking->others / (double)ranking->relevant;
}

static double root_mean_square(const struct rating_errors *errors)
{
    return sqrt(errors->squares / errors->count);
}

static double mean_absolute(const struct rating_errors *errors)
{
    return errors->absolutes / errors->count;
}

const struct metric_row metric_table[METRICS] = {
    [METRIC_HR] = {"hr", "users with a test item in the list", .of_top = hit_rate},
    [METRIC_NDCG] = {"ndcg", "normalized discounted cumulative gain", .of_top = normalized_gain},
    [METRIC_RECALL] = {"recall", "share of the test items in the list", .of_top = recall},
    [METRIC_PRECISION] = {"precision", "share of the list that is test items", .of_top = precision},
    [METRIC_MAP] = {"map", "mean average precision", .of_top = average_precision},
    [METRIC_MRR] = {"mrr", "mean reciprocal rank of the first test item", .of_ranking = reciprocal_rank},
    [METRIC_AUC] = {"auc", "pairs of a test item and another ranked right", .of_ranking = area_under_curve},
    [METRIC_RMSE] = {"rmse", "root mean square error of predicted ratings", .of_errors = root_mean_square,
                     .lower_is_better = true},
    [METRIC_MAE] = {"mae", "mean absolute error of predicted ratings", .of_errors = mean_absolute,
                    .lower_is_better = true},
    [METRIC_RMSE_KNOWN] = {"rmse_known", "rmse, without users and items that are not known",
                           .of_errors = root_mean_square, .of_known = true, .lower_is_better = true},
    [METRIC_MAE_KNOWN] = {"mae_known", "mae, without users and items that are not known",
                          .of_errors = mean_absolute, .of_known = true, .lower_is_better = true},
};
_Static_assert(METRICS *CUTOFFS_MAX <= NAMED_VALUES_MAX, "room for the metrics of an evaluation");

void metrics_add(struct metrics *sum, const struct ranking *ranking, const struct cutoffs *cutoffs)
{
    for (int c = 0; c < cutoffs->count; c++) {
        struct top_places places = places_of(ranking, cutoffs->top[c], cutoffs->recall_cut_k);
        for (int m = 0; m < METRICS; m++)
            if (metric_table[m].of_top != NULL)
                sum->value[m][c] += metric_table[m].of_top(&places);
    }
    for (int m = 0; m < METRICS; m++)
        if (metric_table[m].of_ranking != NULL)
            sum->value[m][0] += metric_table[m].of_ranking(ranking);
}

void metrics_finish(struct metrics *metrics, double users, const struct rating_errors *all,
                    const struct rating_errors *known)
{
    for (int m = 0; m < METRICS; m++) {
        for (int c = 0; c < CUTOFFS_MAX; c++)
            metrics->value[m][c] /= users;
        if (metric_table[m].of_errors != NULL)
            metrics->value[m][0] = metric_table[m].of_errors(metric_table[m].of_known ? known : all);
    }
}

void metrics_list(struct named_values *values, const struct metrics *metrics, const struct cutoffs *cutoffs,
                  bool with_errors)
{
    *values = (struct named_values){0};
    for (int c = 0; c < cutoffs->count; c++)
        for (int m = 0; m < METRICS; m++)
            if (metric_table[m].of_top != NULL) {
                char name[VALUE_NAME_SIZE];
                snprintf(name, sizeof name, "%s@%d", metric_table[m].name, cutoffs->top[c]);
                named_values_add(values, name, metrics->value[m][c]);
            }
    for (int m = 0; m < METRICS; m++)
        if (metric_table[m].of_ranking != NULL || (metric_table[m].of_errors != NULL && with_errors))
            named_values_add(values, metric_table[m].name, metrics->value[m][0]);
}

/* NULL where there is none of that name. */
static const struct metric_row *find(const char *name)
{
    size_t length = strcspn(name, "@");
    for (int m = 0; m < METRICS; m++)
        if (strlen(metric_table[m].name) == length && strncmp(metric_table[m].name, name, length) == 0)
            return &metric_table[m];
    return NULL;
}

bool metric_lower_is_better(const char *name)
{
    const struct metric_row *metric = find(name);
    return metric != NULL && metric->lower_is_better;
}

bool metric_is_of_errors(const char *name)
{
    const struct metric_row *metric = find(name);
    return metric != NULL && metric->of_errors != NULL;
}
