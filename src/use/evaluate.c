#include "use/evaluate.h"

#include "base/advance.h"
#include "base/number.h"
#include "base/stop.h"
#include "base/watchdog.h"
#include "comm/exact_sum.h"
#include "comm/partition.h"
#include "use/candidates.h"
#include "use/rating_errors.h"
#include "use/scorer.h"

#include <stdlib.h>

struct cutoffs evaluation_cutoffs(const struct evaluation_options *options)
{
    return (struct cutoffs){options->cutoffs, options->cutoff_count, options->recall_cut_k};
}

void evaluation_list(struct named_values *values, const struct evaluation *evaluation,
                     const struct evaluation_options *options, bool with_errors)
{
    struct cutoffs cutoffs = evaluation_cutoffs(options);
    metrics_list(values, &evaluation->mean, &cutoffs, with_errors);
}

/* Sums over the users of a tile; doubles only, for exact_sum_tiles. */
struct sums {
    struct metrics metrics;
    double errors[ERROR_SUMS];
};
enum { SUM_COLUMNS = sizeof(struct sums) / sizeof(double) };

/* Scoring listed items, whose scattered factors must be gathered, takes so many times as long as scoring items in a
 * block of users (measured: 40 to 80). */
enum { LISTED_COST = 64 };

/* Users whose candidates are listed are taken in groups of so many, with all scores of each where that pays. */
enum { LISTED_USERS = 16 };

/* Of the user at work. */
struct user_scratch {
    uint32_t *relevant;       /* owned, like the next: [longest test row] test items */
    float *value, *predicted; /* their values; their scores by the model */
    uint32_t *others;         /* owned, like the next: [items] candidates besides */
    float *other_scores;
    char *mark; /* all 0 */
};

/* Of the users at work; their parts follow one another in what is owned. */
struct group {
    int64_t user[SCORER_USERS];
    int count;
    struct item_list excluded[SCORER_USERS]; /* test items and seen ones */
    struct ranking ranking[SCORER_USERS];
    float *sorted;           /* owned: the scores that the test items are ranked by, best first */
    int64_t *above, *level;  /* owned: of struct ranking */
    uint32_t *excluded_item; /* owned */
};

struct evaluator {
    const struct model_view *view;
    const struct csr *test, *seen, *candidates; /* not owned; the last two may be NULL */
    const struct evaluation_options *options;
    const struct value_range *clip; /* not owned; NULL: scores stay as they are */
    struct scorer *scorer;
    int64_t items, padded;
    float *popularity; /* owned: [items], or NULL */
    float *scores;     /* owned: [LISTED_USERS x padded]; NULL where blocks will do */
    bool all_scored;   /* whether `scores` holds those of the present users */
    struct sums *sums; /* owned: [tiles of this rank] */
    int64_t users, ratings;
    struct user_scratch user;
};

static bool ranks_all(const struct evaluator *e)
{
    return e->candidates == NULL && e->options->negatives == 0;
}

/* Whether scores are counted as they are computed. */
static bool ranks_in_blocks(const struct evaluator *e)
{
    return ranks_all(e) && !e->options->popular;
}

/* The model's scores of listed items for the present user number u. */
static void predict(struct evaluator *e, float *scores, int u, struct item_list list)
{
    if (!e->all_scored) {
        scorer_listed(e->scorer, scores, u, list.item, list.count);
        return;
    }
    for (int64_t j = 0; j < list.count; j++)
        scores[j] = e->scores[u * e->padded + list.item[j]];
}

/* The scores they are ranked by. */
static void score(struct evaluator *e, float *scores, int u, struct item_list list)
{
    if (e->popularity == NULL) {
        predict(e, scores, u, list);
        return;
    }
    for (int64_t j = 0; j < list.count; j++)
        scores[j] = e->popularity[list.item[j]];
}

/* relevant, value <- the test items of own user i that it has not seen. */
static struct item_list find_relevant(struct evaluator *e, int64_t i)
{
    struct item_list test = item_list_of(e->test, i), seen = item_list_of(e->seen, i);
    int64_t count = 0;
    for (int64_t j = 0; j < test.count; j++)
        if (!candidates_have(seen.item, seen.count, test.item[j])) {
            e->user.relevant[count] = test.item[j];
            e->user.value[count++] = e->test->value[e->test->start[i] + j];
        }
    return (struct item_list){e->user.relevant, count};
}

/* others <- given or drawn candidates of own user i. */
static struct item_list find_others(struct evaluator *e, int64_t i, struct item_list relevant,
                                    struct item_list excluded)
{
    int64_t count;
    if (e->candidates != NULL) {
        struct item_list given = item_list_of(e->candidates, i);
        count = candidates_without(e->user.others, given.item, given.count, relevant.item, relevant.count);
    } else {
        count = candidates_draw(e->user.others, e->options->negatives, e->items, excluded.item,
                                excluded.count, e->options->seed, e->test->first_row + i, e->user.mark);
    }
    return (struct item_list){e->user.others, count};
}

/* Counts the other candidates of number u. All unseen items are all items but the excluded. */
static void count_others(struct evaluator *e, struct group *group, int u, struct item_list relevant)
{
    struct item_list excluded = group->excluded[u];
    struct item_list listed = ranks_all(e) ? excluded : find_others(e, group->user[u], relevant, excluded);
    score(e, e->user.other_scores, u, listed);
    ranking_count(&group->ranking[u], e->user.other_scores, listed.count, ranks_all(e) ? -1 : 1);
    if (ranks_all(e))
        ranking_count(&group->ranking[u], e->popularity, e->items, 1);
}

static int descending(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

/* Finds excluded and ranking, nothing counted yet, of number u, whose part of what is owned begins after so many test
 * items and excluded items. */
static status begin_user(struct evaluator *e, struct group *group, int u, int64_t tests, int64_t excluded)
{
    int64_t i = group->user[u];
    struct item_list test = item_list_of(e->test, i), seen = item_list_of(e->seen, i);
    struct item_list relevant = find_relevant(e, i);
    float *sorted = group->sorted + tests;
    uint32_t *item = group->excluded_item + excluded;
    group->excluded[u] =
        (struct item_list){item, candidates_merge(item, test.item, test.count, seen.item, seen.count)};
    predict(e, e->user.predicted, u, relevant);
    for (int64_t j = 0; j < relevant.count; j++)
        TRY(rating_errors_add(e->sums[i / TILE_ROWS].errors, (double)e->user.value[j],
                              (double)e->user.predicted[j], e->clip));
    score(e, sorted, u, relevant);
    qsort(sorted, (size_t)relevant.count, sizeof *sorted, descending);
    group->ranking[u] =
        (struct ranking){sorted, group->above + tests, group->level + tests, relevant.count, 0};
    ranking_begin(&group->ranking[u]);
    if (!ranks_in_blocks(e))
        count_others(e, group, u, relevant);
    return MFALS_OK;
}

static void end_user(struct evaluator *e, struct group *group, int u)
{
    struct ranking *ranking = &group->ranking[u];
    ranking_end(ranking);
    struct cutoffs cutoffs = evaluation_cutoffs(e->options);
    metrics_add(&e->sums[group->user[u] / TILE_ROWS].metrics, ranking, &cutoffs);
    e->users++;
    e->ratings += ranking->relevant;
}

static status evaluate_users(struct evaluator *e, struct group *group)
{
    int64_t tests = 0, excluded = 0;
    for (int u = 0; u < group->count; u++) {
        TRY(begin_user(e, group, u, tests, excluded));
        tests += group->ranking[u].relevant;
        excluded += group->excluded[u].count;
    }
    if (ranks_in_blocks(e))
        scorer_rank(e->scorer, group->ranking, group->count, group->excluded);
    for (int u = 0; u < group->count; u++)
        end_user(e, group, u);
    return MFALS_OK;
}

/* How many scores by themselves own user i takes, if its candidates are listed. */
static int64_t listed_scores(const struct evaluator *e, int64_t i)
{
    int64_t own = item_list_of(e->test, i).count;
    if (e->popularity != NULL)
        return own;
    return own + (e->candidates != NULL ? item_list_of(e->candidates, i).count : e->options->negatives);
}

/* Loads the users into the scorer. */
static void score_group(struct evaluator *e, const struct group *group)
{
    int64_t listed = 0;
    for (int u = 0; u < group->count; u++) {
        scorer_set_row(e->scorer, u, &e->view->side[USERS], group->user[u]);
        listed += listed_scores(e, group->user[u]);
    }
    e->all_scored = e->scores != NULL && listed / group->count > e->items / LISTED_COST;
    if (e->all_scored)
        scorer_all(e->scorer, e->scores, group->count);
}

static status evaluate_group(struct evaluator *e, struct group *group)
{
    int64_t tests = 0, excluded = 0;
    for (int u = 0; u < group->count; u++) {
        tests += item_list_of(e->test, group->user[u]).count;
        excluded += item_list_of(e->seen, group->user[u]).count;
    }
    scoped float *sorted = NULL;
    scoped int64_t *above = NULL, *level = NULL;
    scoped uint32_t *excluded_item = NULL;
    TRY(allocate(&sorted, tests));
    TRY(allocate(&above, tests));
    TRY(allocate(&level, tests));
    TRY(allocate(&excluded_item, tests + excluded));
    group->sorted = sorted;
    group->above = above;
    group->level = level;
    group->excluded_item = excluded_item;
    score_group(e, group);
    return evaluate_users(e, group);
}

/* [local] The sums of this rank's users. */
static status evaluate_local(struct evaluator *e)
{
    struct group group = {.count = 0};
    int64_t told = 0;
    advance_begin("evaluating", "users", e->test->rows, e->view->side[USERS].rows);
    for (int64_t i = 0; i < e->test->rows; i++) {
        TRY(stop_check());
        if (find_relevant(e, i).count > 0)
            group.user[group.count++] = i;
        if (group.count == (ranks_in_blocks(e) ? SCORER_USERS : LISTED_USERS) ||
            (group.count > 0 && i == e->test->rows - 1)) {
            TRY(evaluate_group(e, &group));
            group.count = 0;
            advance_by(i + 1 - told);
            told = i + 1;
        }
    }
    advance_end();
    return MFALS_OK;
}

static status open_local(struct evaluator *e)
{
    int64_t longest = 0;
    for (int64_t i = 0; i < e->test->rows; i++)
        longest = number_max(longest, item_list_of(e->test, i).count);
    TRY(allocate(&e->sums, number_divide_up(e->test->rows, TILE_ROWS)));
    if (!ranks_in_blocks(e))
        TRY(allocate_raw(&e->scores, LISTED_USERS * e->padded));
    struct user_scratch *user = &e->user;
    TRY(allocate(&user->relevant, longest));
    TRY(allocate(&user->value, longest));
    TRY(allocate(&user->predicted, longest));
    TRY(allocate(&user->others, e->items));
    TRY(allocate(&user->other_scores, e->items));
    return allocate(&user->mark, e->items);
}

static void close_local(struct evaluator *e)
{
    struct user_scratch *user = &e->user;
    void *blocks[] = {e->popularity,   e->sums,      e->scores,          user->relevant, user->value,
                      user->predicted, user->others, user->other_scores, user->mark};
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

/* [collective] */
static status sum_up(struct evaluation *result, const struct comm *comm, const struct evaluator *e,
                     const struct unknown_pairs *unknown)
{
    struct sums total;
    struct rating_errors all;
    int64_t counts[2] = {e->users, e->ratings};
    comm_sum_int(comm, counts, 2);
    if (counts[0] == 0)
        return fail(MFALS_BAD_DATA, "no user of the model has a test item that it has not seen in training");
    TRY(exact_sum_tiles(comm, (double *)&total, SUM_COLUMNS, (const double *)e->sums,
                        number_divide_up(e->test->rows, TILE_ROWS),
                        e->view->side[USERS].rows / TILE_ROWS + 1));
    TRY(rating_errors_unknown(&all, comm, e->view, e->scorer, unknown, e->clip));
    const struct rating_errors known = {total.errors[ERROR_SQUARES], total.errors[ERROR_ABSOLUTES],
                                        (double)counts[1]};
    *result = (struct evaluation){
        .mean = total.metrics, .users = counts[0], .ratings = counts[1], .unknown = (int64_t)all.count};
    all.squares += known.squares;
    all.absolutes += known.absolutes;
    all.count += known.count;
    metrics_finish(&result->mean, (double)counts[0], &all, &known);
    return MFALS_OK;
}

static status evaluate_with(struct evaluation *result, const struct comm *comm, struct evaluator *e,
                            const struct unknown_pairs *unknown)
{
    e->padded = scorer_items_padded(e->scorer);
    TRY(agree(comm, open_local(e)));
    if (e->options->popular)
        TRY(count_ratings(e, comm));
    TRY(agree(comm, evaluate_local(e)));
    return sum_up(result, comm, e, unknown);
}

status evaluate(struct evaluation *result, const struct comm *comm, const struct model_view *view,
                const struct test_ratings *test, const struct csr *seen, const struct csr *candidates,
                const struct evaluation_options *options)
{
    struct evaluator e = {.view = view,
                          .test = test->by_user,
                          .seen = seen,
                          .candidates = candidates,
                          .options = options,
                          .clip = options->clip ? &view->range : NULL,
                          .items = view->side[ITEMS].rows};
    watchdog_say("evaluate");
    if (options->clip)
        TRY(view_check_range(view)); /* the same on all ranks */
    TRY(scorer_open(&e.scorer, comm, view, options->replica, options->kernel));
    status done = evaluate_with(result, comm, &e, test->unknown);
    close_local(&e);
    scorer_free(&e.scorer);
    return done;
}
