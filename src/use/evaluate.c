#include "use/evaluate.h"

#include "base/number.h"
#include "base/stop.h"
#include "comm/exact_sum.h"
#include "comm/partition.h"
#include "use/candidates.h"
#include "use/scorer.h"

#include <math.h>
#include <stdlib.h>

/* Sums over the users of a tile; doubles only, for exact_sum_tiles. */
struct sums {
    struct metrics metrics;
    double squares, absolutes;
};
enum { SUM_COLUMNS = sizeof(struct sums) / sizeof(double) };

/* Scoring listed items, whose scattered factors must be gathered, takes so many times as long as scoring items in a
 * block of users (measured: 40 to 80). */
enum { LISTED_COST = 64 };

/* Of the user at work. */
struct user_scratch {
    uint32_t *relevant;       /* owned, like the next: [longest test row] test items */
    float *value, *predicted; /* their values; their scores by the model */
    float *sorted;            /* the scores they are ranked by, best first */
    int64_t *above, *level;   /* of struct ranking */
    uint32_t *excluded;       /* owned, like the next: [items] test items and seen ones */
    uint32_t *others;         /* candidates besides */
    float *other_scores;
    char *mark; /* all 0 */
};

struct evaluator {
    const struct model_view *view;
    const struct csr *test, *seen, *candidates; /* not owned; the last two may be NULL */
    const struct evaluation_options *options;
    struct scorer *scorer;
    int64_t items, padded;
    float *popularity; /* owned: [items], or NULL */
    float *scores;     /* owned: [SCORER_USERS x padded] */
    bool all_scored;   /* whether `scores` holds those of the present users */
    struct sums *sums; /* owned: [tiles of this rank] */
    int64_t users, ratings;
    struct user_scratch user;
};

struct items {
    const uint32_t *item;
    int64_t count;
};

static struct items row_of(const struct csr *csr, int64_t i)
{
    if (csr == NULL)
        return (struct items){NULL, 0};
    return (struct items){csr->column + csr->start[i], csr->start[i + 1] - csr->start[i]};
}

static bool ranks_all(const struct evaluator *e)
{
    return e->candidates == NULL && e->options->negatives == 0;
}

/* The model's scores of listed items for the present user number u. */
static void predict(struct evaluator *e, float *scores, int u, struct items list)
{
    if (!e->all_scored) {
        scorer_listed(e->scorer, scores, u, list.item, list.count);
        return;
    }
    for (int64_t j = 0; j < list.count; j++)
        scores[j] = e->scores[u * e->padded + list.item[j]];
}

/* The scores they are ranked by. */
static void score(struct evaluator *e, float *scores, int u, struct items list)
{
    if (e->popularity == NULL) {
        predict(e, scores, u, list);
        return;
    }
    for (int64_t j = 0; j < list.count; j++)
        scores[j] = e->popularity[list.item[j]];
}

/* relevant, value <- the test items of own user i that it has not seen. */
static struct items find_relevant(struct evaluator *e, int64_t i)
{
    struct items test = row_of(e->test, i), seen = row_of(e->seen, i);
    int64_t count = 0;
    for (int64_t j = 0; j < test.count; j++)
        if (!candidates_have(seen.item, seen.count, test.item[j])) {
            e->user.relevant[count] = test.item[j];
            e->user.value[count++] = e->test->value[e->test->start[i] + j];
        }
    return (struct items){e->user.relevant, count};
}

/* others <- given or drawn candidates of own user i. */
static struct items find_others(struct evaluator *e, int64_t i, struct items relevant, struct items excluded)
{
    int64_t count;
    if (e->candidates != NULL) {
        struct items given = row_of(e->candidates, i);
        count = candidates_without(e->user.others, given.item, given.count, relevant.item, relevant.count);
    } else {
        count = candidates_draw(e->user.others, e->options->negatives, e->items, excluded.item,
                                excluded.count, e->options->seed, e->test->first_row + i, e->user.mark);
    }
    return (struct items){e->user.others, count};
}

/* Counts the other candidates of own user i into ranking. All unseen items are all items but the excluded. */
static void count_others(struct evaluator *e, struct ranking *ranking, int u, int64_t i)
{
    struct items test = row_of(e->test, i), seen = row_of(e->seen, i);
    struct items excluded = {
        e->user.excluded, candidates_merge(e->user.excluded, test.item, test.count, seen.item, seen.count)};
    struct items relevant = {e->user.relevant, ranking->relevant};
    struct items listed = ranks_all(e) ? excluded : find_others(e, i, relevant, excluded);
    score(e, e->user.other_scores, u, listed);
    ranking_begin(ranking);
    ranking_count(ranking, e->user.other_scores, listed.count, ranks_all(e) ? -1 : 1);
    if (ranks_all(e))
        ranking_count(ranking, e->popularity == NULL ? e->scores + u * e->padded : e->popularity, e->items,
                      1);
    ranking_end(ranking);
}

static int descending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

static status add_errors(struct sums *sums, const float *value, const float *predicted, int64_t count)
{
    for (int64_t j = 0; j < count; j++) {
        double error = (double)value[j] - (double)predicted[j];
        if (!isfinite(error))
            return fail(MFALS_BAD_DATA, "the model gives scores that are not finite");
        sums->squares += error * error;
        sums->absolutes += fabs(error);
    }
    return MFALS_OK;
}

/* Own user i, number u of those in the scorer. */
static status evaluate_user(struct evaluator *e, int u, int64_t i)
{
    struct items relevant = find_relevant(e, i);
    struct sums *sums = &e->sums[i / TILE_ROWS];
    predict(e, e->user.predicted, u, relevant);
    TRY(add_errors(sums, e->user.value, e->user.predicted, relevant.count));
    score(e, e->user.sorted, u, relevant);
    qsort(e->user.sorted, (size_t)relevant.count, sizeof *e->user.sorted, descending);
    struct ranking ranking = {e->user.sorted, e->user.above, e->user.level, relevant.count, 0};
    count_others(e, &ranking, u, i);
    metrics_add(&sums->metrics, &ranking,
                &(struct cuts){e->options->tops, e->options->top_count, e->options->recall_cut_k});
    e->users++;
    e->ratings += relevant.count;
    return MFALS_OK;
}

/* How many scores by themselves own user i takes, if its candidates are listed. */
static int64_t listed_scores(const struct evaluator *e, int64_t i)
{
    int64_t own = row_of(e->test, i).count;
    if (e->popularity != NULL)
        return own;
    return own + (e->candidates != NULL ? row_of(e->candidates, i).count : e->options->negatives);
}

static status evaluate_group(struct evaluator *e, const int64_t *group, int count)
{
    int64_t listed = 0;
    for (int u = 0; u < count; u++) {
        scorer_set_row(e->scorer, u, &e->view->side[USERS], group[u]);
        listed += listed_scores(e, group[u]);
    }
    e->all_scored = (ranks_all(e) && e->popularity == NULL) || listed / count > e->items / LISTED_COST;
    if (e->all_scored)
        scorer_all(e->scorer, e->scores, count);
    for (int u = 0; u < count; u++)
        TRY(evaluate_user(e, u, group[u]));
    return MFALS_OK;
}

/* [local] The sums of this rank's users. */
static status evaluate_local(struct evaluator *e)
{
    int64_t group[SCORER_USERS];
    int count = 0;
    for (int64_t i = 0; i < e->test->rows; i++) {
        TRY(stop_check());
        if (find_relevant(e, i).count > 0)
            group[count++] = i;
        if (count == SCORER_USERS || (count > 0 && i == e->test->rows - 1)) {
            TRY(evaluate_group(e, group, count));
            count = 0;
        }
    }
    return MFALS_OK;
}

static status open_local(struct evaluator *e)
{
    int64_t longest = 0;
    for (int64_t i = 0; i < e->test->rows; i++)
        longest = number_max(longest, row_of(e->test, i).count);
    TRY(allocate(&e->sums, number_divide_up(e->test->rows, TILE_ROWS)));
    TRY(allocate_raw(&e->scores, SCORER_USERS * e->padded));
    struct user_scratch *user = &e->user;
    TRY(allocate(&user->relevant, longest));
    TRY(allocate(&user->value, longest));
    TRY(allocate(&user->predicted, longest));
    TRY(allocate(&user->sorted, longest));
    TRY(allocate(&user->above, longest));
    TRY(allocate(&user->level, longest));
    TRY(allocate(&user->excluded, e->items));
    TRY(allocate(&user->others, e->items));
    TRY(allocate(&user->other_scores, e->items));
    return allocate(&user->mark, e->items);
}

static void close_local(struct evaluator *e)
{
    struct user_scratch *user = &e->user;
    void *blocks[] = {e->popularity, e->sums,         e->scores,      user->relevant,
                      user->value,   user->predicted, user->sorted,   user->above,
                      user->level,   user->others,    user->excluded, user->other_scores,
                      user->mark};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        memory_free(blocks[i]);
}

/* [collective] popularity <- each item's number of ratings in `seen`. */
static status count_ratings(struct evaluator *e, const struct comm *comm)
{
    scoped int64_t *counts = NULL;
    TRY(allocate_on_all(comm, &counts, e->items));
    TRY(allocate_on_all(comm, &e->popularity, e->items));
    for (int64_t j = 0; e->seen != NULL && j < e->seen->start[e->seen->rows]; j++)
        counts[e->seen->column[j]]++;
    comm_sum_int(comm, counts, e->items);
    for (int64_t item = 0; item < e->items; item++)
        e->popularity[item] = (float)counts[item];
    return MFALS_OK;
}

static void divide(struct metrics *mean, double users)
{
    double *values[] = {mean->hr, mean->ndcg, mean->recall, mean->precision, mean->map};
    for (size_t v = 0; v < sizeof values / sizeof *values; v++)
        for (int cut = 0; cut < EVALUATION_TOPS; cut++)
            values[v][cut] /= users;
    mean->mrr /= users;
    mean->auc /= users;
}

/* [collective] */
static status sum_up(struct evaluation *result, const struct comm *comm, const struct evaluator *e)
{
    struct sums total;
    int64_t counts[2] = {e->users, e->ratings};
    comm_sum_int(comm, counts, 2);
    if (counts[0] == 0)
        return fail(MFALS_BAD_DATA, "no user of the model has a test item that it has not seen in training");
    TRY(exact_sum_tiles(comm, (double *)&total, SUM_COLUMNS, (const double *)e->sums,
                        number_divide_up(e->test->rows, TILE_ROWS),
                        e->view->side[USERS].rows / TILE_ROWS + 1));
    *result = (struct evaluation){.mean = total.metrics,
                                  .rmse = sqrt(total.squares / (double)counts[1]),
                                  .mae = total.absolutes / (double)counts[1],
                                  .users = counts[0],
                                  .ratings = counts[1]};
    divide(&result->mean, (double)counts[0]);
    return MFALS_OK;
}

static status evaluate_with(struct evaluation *result, const struct comm *comm, struct evaluator *e)
{
    e->padded = scorer_items_padded(e->scorer);
    TRY(agree(comm, open_local(e)));
    if (e->options->popular)
        TRY(count_ratings(e, comm));
    TRY(agree(comm, evaluate_local(e)));
    return sum_up(result, comm, e);
}

status evaluate(struct evaluation *result, const struct comm *comm, const struct model_view *view,
                const struct csr *test, const struct csr *seen, const struct csr *candidates,
                const struct evaluation_options *options)
{
    struct evaluator e = {.view = view,
                          .test = test,
                          .seen = seen,
                          .candidates = candidates,
                          .options = options,
                          .items = view->side[ITEMS].rows};
    TRY(scorer_open(&e.scorer, comm, view, options->replica, options->kernel));
    status done = evaluate_with(result, comm, &e);
    close_local(&e);
    scorer_free(&e.scorer);
    return done;
}
