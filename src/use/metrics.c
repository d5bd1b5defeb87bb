#include "use/metrics.h"

#include "base/number.h"

#include <math.h>
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

/* Expected sums over the test items at positions up to a cut. */
struct found {
    double count, gain, precision;
};

/* With a test items among T, place j of a tie holds a test item with probability a / T, and before it in the tie are
 * then (j - 1) (a - 1) / (T - 1) others. */
static void add_tie(struct found *found, const struct tie *tie, int64_t top)
{
    double share = (double)tie->relevant / (double)tie->size;
    double density = tie->size > 1 ? (double)(tie->relevant - 1) / (double)(tie->size - 1) : 0;
    int64_t places = number_min(tie->size, top - tie->before);
    for (int64_t j = 1; j <= places; j++) {
        int64_t position = tie->before + j;
        found->count += share;
        found->gain += share * gain(position);
        found->precision +=
            share * (1 + (double)tie->relevant_before + (double)(j - 1) * density) / (double)position;
    }
}

static void add_cut(struct metrics *sum, int cut, const struct ranking *ranking, int64_t top,
                    bool recall_cut_k)
{
    struct found found = {0};
    struct tie first = tie_at(ranking, 0), tie = first;
    for (int64_t r = 0; r < ranking->relevant; r += tie.relevant) {
        tie = tie_at(ranking, r);
        if (tie.before >= top)
            break;
        add_tie(&found, &tie, top);
    }
    int64_t reachable = number_min(ranking->relevant, top);
    double best = 0;
    for (int64_t position = 1; position <= reachable; position++)
        best += gain(position);
    if (top > first.before)
        sum->hr[cut] += 1 - none_in_first(&first, number_min(first.size, top - first.before));
    sum->ndcg[cut] += found.gain / best;
    sum->recall[cut] += found.count / (double)(recall_cut_k ? reachable : ranking->relevant);
    sum->precision[cut] += found.count / (double)top;
    sum->map[cut] += found.precision / (double)reachable;
}

static double reciprocal_rank(const struct tie *first)
{
    double expected = 0, none = 1;
    for (int64_t j = 1; j <= first->size - first->relevant + 1 && none > 0; j++) {
        double left = (double)(first->size - j + 1);
        expected += none * (double)first->relevant / left / (double)(first->before + j);
        none *= (left - (double)first->relevant) / left;
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

void metrics_add(struct metrics *sum, const struct ranking *ranking, const struct cuts *cuts)
{
    struct tie first = tie_at(ranking, 0);
    for (int cut = 0; cut < cuts->count; cut++)
        add_cut(sum, cut, ranking, cuts->tops[cut], cuts->recall_cut_k);
    sum->mrr += reciprocal_rank(&first);
    sum->auc += area_under_curve(ranking);
}
