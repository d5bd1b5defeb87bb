#include "ratings/combine.h"

#include "base/memory.h"
#include "base/number.h"
#include "comm/partition.h"
#include "comm/redistribute.h"
#include "ratings/hold_out.h"

#include <math.h>
#include <stdlib.h>

static int by_item_and_position(const void *a, const void *b)
{
    const struct raw_rating *x = a, *y = b;
    if (x->id[ITEMS] != y->id[ITEMS])
        return x->id[ITEMS] < y->id[ITEMS] ? -1 : 1;
    return (x->position > y->position) - (x->position < y->position);
}

/* Ratings to be put in the order of their users, each with its time and weight if there are such. A group is 2^shift
 * users. */
struct sorting {
    struct raw_rating *ratings; /* not owned */
    int64_t *times;             /* not owned; or NULL */
    float *weights;             /* alike */
    int64_t count, first_user, users;
    int64_t *start,
        *next; /* owned: [users + 1] where a group begins; [users] its first place not yet seen to */
};

static void find_starts(struct sorting *s, int shift, int64_t groups)
{
    memset(s->next, 0, (size_t)groups * sizeof *s->next);
    for (int64_t i = 0; i < s->count; i++)
        s->next[(s->ratings[i].id[USERS] - s->first_user) >> shift]++;
    displacements_of(s->start, s->next, groups);
    memcpy(s->next, s->start, (size_t)groups * sizeof *s->next);
}

static void swap_times(int64_t *a, int64_t *b)
{
    int64_t time = *a;
    *a = *b;
    *b = time;
}

static void swap_weights(float *a, float *b)
{
    float weight = *a;
    *a = *b;
    *b = weight;
}

/* In place, by swaps: what is in a place goes to the next one of its own group. */
static void group_ratings(struct sorting *s, int shift)
{
    int64_t groups = ((s->users - 1) >> shift) + 1;
    find_starts(s, shift, groups);
    for (int64_t g = 0; g < groups; g++)
        while (s->next[g] < s->start[g + 1]) {
            int64_t here = s->next[g];
            int64_t there = s->next[(s->ratings[here].id[USERS] - s->first_user) >> shift]++;
            struct raw_rating rating = s->ratings[here];
            s->ratings[here] = s->ratings[there];
            s->ratings[there] = rating;
            if (s->times != NULL)
                swap_times(&s->times[here], &s->times[there]);
            if (s->weights != NULL)
                swap_weights(&s->weights[here], &s->weights[there]);
        }
}

/* Swaps over all of memory wait for it: so first into few groups, whose ends fit the cache, then within them. */
static void group_by_user(struct sorting *s)
{
    enum { FEW = 1024 };
    int shift = 0;
    while (s->users >> shift > FEW)
        shift++;
    if (s->users == 0)
        return;
    if (shift > 0)
        group_ratings(s, shift);
    group_ratings(s, 0);
}

struct placed {
    struct raw_rating rating; /* first, so that it is compared alone */
    int64_t time;
    float weight;
};

static int by_position(const void *a, const void *b)
{
    const struct raw_rating *x = a, *y = b;
    return (x->position > y->position) - (x->position < y->position);
}

/* Each user's ratings in an order of raw_rating, with their times and weights, in place. */
static status order_with_others(struct sorting *s, int (*order)(const void *, const void *))
{
    scoped struct placed *placed = NULL;
    int64_t most = 0;
    for (int64_t u = 0; u < s->users; u++)
        most = number_max(most, s->start[u + 1] - s->start[u]);
    TRY(allocate_raw(&placed, most));
    for (int64_t u = 0; u < s->users; u++) {
        int64_t first = s->start[u], n = s->start[u + 1] - first;
        for (int64_t i = 0; i < n; i++)
            placed[i] = (struct placed){s->ratings[first + i], s->times != NULL ? s->times[first + i] : 0,
                                        s->weights != NULL ? s->weights[first + i] : 1};
        qsort(placed, (size_t)n, sizeof *placed, order);
        for (int64_t i = 0; i < n; i++) {
            s->ratings[first + i] = placed[i].rating;
            if (s->times != NULL)
                s->times[first + i] = placed[i].time;
            if (s->weights != NULL)
                s->weights[first + i] = placed[i].weight;
        }
    }
    return MFALS_OK;
}

/* In place: by user and position where all are kept, else by user, item, and position, with `later` set if there are
 * times. */
static status sort_ratings(struct sorting *s, bool keep_all)
{
    TRY(allocate(&s->start, s->users + 1));
    TRY(allocate(&s->next, s->users));
    group_by_user(s);
    if (keep_all)
        return order_with_others(s, by_position);
    if (s->times != NULL)
        TRY(hold_out_order(s->ratings, s->times, s->start, s->users));
    if (s->weights != NULL)
        return order_with_others(s, by_item_and_position);
    for (int64_t u = 0; u < s->users; u++)
        qsort(s->ratings + s->start[u], (size_t)(s->start[u + 1] - s->start[u]), sizeof *s->ratings,
              by_item_and_position);
    return MFALS_OK;
}

/* What cannot be combined. */
struct conflict {
    int64_t position; /* INT64_MAX: nothing */
    uint32_t row[2];
    enum { REPEATED, NOT_FINITE } kind;
};

/* A pair's one value and its weight. */
struct one_rating {
    float value, weight;
};

static void note_conflict(struct conflict *conflict, const struct raw_rating *rating, int kind)
{
    if (rating->position < conflict->position)
        *conflict = (struct conflict){rating->position, {rating->id[USERS], rating->id[ITEMS]}, kind};
}

/* Of n ratings of a pair, in the order of their positions: that of the latest time; of equal ones, or where there are no
 * times, the last. */
static const struct raw_rating *latest_of_run(const struct raw_rating *run, int64_t n)
{
    const struct raw_rating *latest = run;
    for (int64_t i = 1; i < n; i++)
        if (run[i].later <= latest->later)
            latest = &run[i];
    return latest;
}

/* The mean or the sum of n ratings r with weights v, and its weight, ratings/options.h. */
static struct one_rating add_weighed(const struct raw_rating *run, const float *weights, int64_t n, bool mean)
{
    double values = 0, sum = 0, product = 0, least = (double)weights[0], largest = least;
    for (int64_t i = 0; i < n; i++) {
        double weight = (double)weights[i];
        values += (double)run[i].value;
        sum += weight;
        product += weight * (double)run[i].value;
        least = fmin(least, weight);
        largest = fmax(largest, weight);
    }
    if (mean)
        return (struct one_rating){(float)(product / sum), (float)(sum / (double)n)};
    return (struct one_rating){(float)values, (float)fmax(least, fmin(largest, product / values))};
}

/* The one value of n >= 2 ratings of a pair, in the order of their positions. weights may be NULL: all 1. */
static struct one_rating combine_run(const struct raw_rating *run, const float *weights, int64_t n,
                                     enum duplicates rule, struct conflict *conflict)
{
    if (rule == DUPLICATES_ERROR)
        note_conflict(conflict, &run[1], REPEATED);
    if (rule != DUPLICATES_SUM && rule != DUPLICATES_MEAN) {
        const struct raw_rating *latest = latest_of_run(run, n);
        return (struct one_rating){latest->value, weights != NULL ? weights[latest - run] : 1};
    }
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += run[i].value;
    struct one_rating one = {(float)(rule == DUPLICATES_MEAN ? sum / (double)n : sum), 1};
    if (weights != NULL)
        one = add_weighed(run, weights, n, rule == DUPLICATES_MEAN);
    if (!isfinite(one.value))
        note_conflict(conflict, &run[n - 1], NOT_FINITE);
    return one;
}

static status drop(struct pairs *pairs, struct pair pair)
{
    TRY(memory_grow(&pairs->dropped, &pairs->dropped_capacity, pairs->dropped_count + 1,
                    sizeof *pairs->dropped));
    pairs->dropped[pairs->dropped_count++] = pair;
    return MFALS_OK;
}

/* Uses the ratings up: as pairs are written, their memory is given back. */
static status make_pairs(struct pairs *pairs, struct conflict *conflict, struct raw_rating *sorted,
                         const float *weights, int64_t count, const struct ratings_options *options)
{
    static const int64_t part = (int64_t)1 << 20;
    int64_t given_back = 0;
    TRY(allocate_raw(&pairs->pair, count));
    if (options->hold_out.kind == HOLD_OUT_LAST)
        TRY(allocate_raw(&pairs->later, count));
    if (weights != NULL)
        TRY(allocate_raw(&pairs->weight, count));
    for (int64_t i = 0, n; i < count; i += n) {
        const struct raw_rating *run = &sorted[i];
        if (i - given_back >= part) {
            memory_give_back(sorted, given_back * (int64_t)sizeof *sorted, i * (int64_t)sizeof *sorted);
            given_back = i;
        }
        for (n = 1; i + n < count && memcmp(run[n].id, run->id, sizeof run->id) == 0; n++)
            continue;
        const float *weight = weights != NULL ? &weights[i] : NULL;
        struct one_rating one = {run->value, weight != NULL ? *weight : 1};
        if (n > 1)
            one = combine_run(run, weight, n, options->duplicates, conflict);
        pairs->duplicates += n - 1;
        const struct pair pair = {{run->id[USERS], run->id[ITEMS]}, one.value};
        if (options->positive_only && one.value <= 0) {
            TRY(drop(pairs, pair));
            continue;
        }
        if (pairs->later != NULL)
            pairs->later[pairs->count] = latest_of_run(run, n)->later;
        if (pairs->weight != NULL)
            pairs->weight[pairs->count] = one.weight;
        pairs->pair[pairs->count++] = pair;
    }
    return MFALS_OK;
}

static status keep_pairs(struct pairs *pairs, const struct raw_rating *sorted, int64_t count)
{
    TRY(allocate_raw(&pairs->pair, count));
    pairs->count = count;
    for (int64_t i = 0; i < count; i++)
        pairs->pair[i] = (struct pair){{sorted[i].id[USERS], sorted[i].id[ITEMS]}, sorted[i].value};
    return MFALS_OK;
}

static status sort_and_combine(struct pairs *pairs, struct conflict *conflict, struct received *ratings,
                               int64_t *times, float *weights, const struct ratings_options *options,
                               int64_t first_user, int64_t users)
{
    struct sorting sorting = {.ratings = ratings->records,
                              .times = times,
                              .weights = weights,
                              .count = ratings->count,
                              .first_user = first_user,
                              .users = users};
    status sorted = sort_ratings(&sorting, options->keep_all);
    memory_free(sorting.start);
    memory_free(sorting.next);
    TRY(sorted);
    if (options->keep_all)
        return keep_pairs(pairs, ratings->records, ratings->count);
    return make_pairs(pairs, conflict, ratings->records, weights, ratings->count, options);
}

/* The id of any row as text, on every rank. */
static void name_row(char *text, const struct comm *comm, const struct known_ids *known, int64_t row)
{
    int owner = partition_owner(known->offsets, comm->size, row);
    if (owner == comm->rank)
        ids_text(known->ids, row - known->ids->first, text);
    MPI_Bcast(text, ID_MAX_BYTES + 1, MPI_CHAR, owner, comm->mpi);
}

/* The conflict at the lowest position is everyone's. */
static status agree_on_conflict(const struct comm *comm, struct conflict conflict,
                                const struct known_ids known[2], const struct known_ids *more_items)
{
    int holder = comm_first_at(comm, conflict.position);
    if (holder == comm->size)
        return MFALS_OK;
    comm_broadcast(comm, &conflict, sizeof conflict, holder);
    char user[ID_MAX_BYTES + 1], item[ID_MAX_BYTES + 1];
    name_row(user, comm, &known[USERS], conflict.row[USERS]);
    if (conflict.row[ITEMS] < known[ITEMS].ids->rows)
        name_row(item, comm, &known[ITEMS], conflict.row[ITEMS]);
    else
        name_row(item, comm, more_items, conflict.row[ITEMS] - known[ITEMS].ids->rows);
    if (conflict.kind == REPEATED)
        return fail(MFALS_BAD_DATA, "user %s rated item %s twice", user, item);
    return fail(MFALS_BAD_DATA, "the sum of the ratings of user %s for item %s is not finite", user, item);
}

/* Brings ratings, and times and weights where there are such, to the owners of their users. Frees those of raw. */
static status redistribute_raw(struct received *ratings, struct received *times, struct received *weights,
                               const struct comm *comm, struct raw_ratings *raw, const int64_t *offsets)
{
    scoped int *owner = NULL;
    TRY(agree(comm, allocate_raw(&owner, raw->count)));
    for (int64_t i = 0; i < raw->count; i++)
        owner[i] = partition_owner(offsets, comm->size, raw->ratings[i].id[USERS]);
    TRY(redistribute_consuming(comm, ratings, raw->ratings, raw->count, sizeof *raw->ratings, owner));
    if (raw->timed)
        TRY(redistribute_consuming(comm, times, raw->times, raw->count, sizeof *raw->times, owner));
    if (raw->weighed)
        TRY(redistribute_consuming(comm, weights, raw->weights, raw->count, sizeof *raw->weights, owner));
    memory_free(raw->ratings);
    memory_free(raw->times);
    memory_free(raw->weights);
    raw->ratings = NULL;
    raw->times = NULL;
    raw->weights = NULL;
    raw->count = raw->capacity = raw->time_capacity = raw->weight_capacity = 0;
    return MFALS_OK;
}

status combine_ratings(struct pairs *pairs, const struct comm *comm, struct raw_ratings *raw,
                       const struct ratings_options *options, const struct known_ids known[2],
                       const struct known_ids *more_items)
{
    scoped_received ratings = {0}, times = {0}, weights = {0};
    struct conflict conflict = {.position = INT64_MAX};
    const int64_t *offsets = known[USERS].offsets;
    int64_t first_user = offsets[comm->rank], users = offsets[comm->rank + 1] - first_user;
    *pairs = (struct pairs){.weighed = raw->weighed};
    TRY(redistribute_raw(&ratings, &times, &weights, comm, raw, offsets));
    TRY(agree(comm, sort_and_combine(pairs, &conflict, &ratings, times.records, weights.records, options,
                                     first_user, users)));
    if (options->keep_all && raw->timed) {
        pairs->time = times.records;
        times.records = NULL;
    }
    return agree_on_conflict(comm, conflict, known, more_items);
}

void pairs_free(struct pairs *pairs)
{
    memory_free(pairs->pair);
    memory_free(pairs->later);
    memory_free(pairs->time);
    memory_free(pairs->weight);
    memory_free(pairs->dropped);
    *pairs = (struct pairs){0};
}
