#include "ratings/combine.h"

#include "base/memory.h"
#include "comm/partition.h"
#include "comm/ship.h"

#include <math.h>
#include <stdlib.h>

static int by_item_and_position(const void *a, const void *b)
{
    const struct raw_rating *x = a, *y = b;
    if (x->id[ITEMS] != y->id[ITEMS])
        return x->id[ITEMS] < y->id[ITEMS] ? -1 : 1;
    return (x->position > y->position) - (x->position < y->position);
}

/* The ratings by user (a counting sort), item, and position. sorted: out, the caller's to free. */
static status sort_ratings(struct raw_rating **sorted, const struct raw_rating *ratings, int64_t count,
                           int64_t first_user, int64_t users)
{
    scoped int64_t *start = NULL, *next = NULL;
    TRY(allocate_raw(sorted, count));
    TRY(allocate(&start, users + 1));
    TRY(allocate(&next, users));
    for (int64_t i = 0; i < count; i++)
        next[ratings[i].id[USERS] - first_user]++;
    ship_displacements(start, next, users);
    memcpy(next, start, (size_t)users * sizeof *next);
    for (int64_t i = 0; i < count; i++)
        (*sorted)[next[ratings[i].id[USERS] - first_user]++] = ratings[i];
    for (int64_t u = 0; u < users; u++)
        qsort(*sorted + start[u], (size_t)(start[u + 1] - start[u]), sizeof **sorted, by_item_and_position);
    return MFALS_OK;
}

/* What cannot be combined. */
struct conflict {
    int64_t position; /* INT64_MAX: nothing */
    uint32_t row[2];
    enum { REPEATED, NOT_FINITE } kind;
};

static void note_conflict(struct conflict *conflict, const struct raw_rating *rating, int kind)
{
    if (rating->position < conflict->position)
        *conflict = (struct conflict){rating->position, {rating->id[USERS], rating->id[ITEMS]}, kind};
}

/* The one value of n >= 2 ratings of a pair, in the order of their positions. */
static float combine_run(const struct raw_rating *run, int64_t n, enum duplicates rule,
                         struct conflict *conflict)
{
    if (rule == DUPLICATES_ERROR)
        note_conflict(conflict, &run[1], REPEATED);
    if (rule != DUPLICATES_SUM && rule != DUPLICATES_MEAN)
        return run[n - 1].value;
    double sum = 0;
    for (int64_t i = 0; i < n; i++)
        sum += run[i].value;
    float value = (float)(rule == DUPLICATES_MEAN ? sum / (double)n : sum);
    if (!isfinite(value))
        note_conflict(conflict, &run[n - 1], NOT_FINITE);
    return value;
}

static status make_pairs(struct pairs *pairs, struct conflict *conflict, const struct raw_rating *sorted,
                         int64_t count, const struct ratings_options *options)
{
    TRY(allocate_raw(&pairs->pair, count));
    for (int64_t i = 0, n; i < count; i += n) {
        const struct raw_rating *run = &sorted[i];
        for (n = 1; i + n < count && memcmp(run[n].id, run->id, sizeof run->id) == 0; n++)
            continue;
        float value = n == 1 ? run->value : combine_run(run, n, options->duplicates, conflict);
        pairs->duplicates += n - 1;
        if (options->positive_only && value <= 0)
            pairs->left_out++;
        else
            pairs->pair[pairs->count++] = (struct pair){{run->id[USERS], run->id[ITEMS]}, value};
    }
    return MFALS_OK;
}

static status sort_and_combine(struct pairs *pairs, struct conflict *conflict,
                               const struct raw_rating *ratings, int64_t count,
                               const struct ratings_options *options, int64_t first_user, int64_t users)
{
    scoped struct raw_rating *sorted = NULL;
    TRY(sort_ratings(&sorted, ratings, count, first_user, users));
    return make_pairs(pairs, conflict, sorted, count, options);
}

/* The id of any row as text, on every rank. */
static void name_row(char *text, const struct comm *comm, const struct ids *ids, const int64_t *offsets,
                     int64_t row)
{
    int owner = partition_owner(offsets, comm->size, row);
    if (owner == comm->rank)
        ids_text(ids, row - ids->first, text);
    MPI_Bcast(text, ID_MAX_BYTES + 1, MPI_CHAR, owner, comm->mpi);
}

/* The conflict at the lowest position is everyone's. */
static status agree_on_conflict(const struct comm *comm, struct conflict conflict, const struct ids ids[2],
                                int64_t *const offsets[2])
{
    int64_t first;
    MPI_Allreduce(&conflict.position, &first, 1, MPI_INT64_T, MPI_MIN, comm->mpi);
    if (first == INT64_MAX)
        return MFALS_OK;
    int holder = conflict.position == first ? comm->rank : comm->size;
    MPI_Allreduce(MPI_IN_PLACE, &holder, 1, MPI_INT, MPI_MIN, comm->mpi);
    comm_broadcast(comm, &conflict, sizeof conflict, holder);
    char user[ID_MAX_BYTES + 1], item[ID_MAX_BYTES + 1];
    name_row(user, comm, &ids[USERS], offsets[USERS], conflict.row[USERS]);
    name_row(item, comm, &ids[ITEMS], offsets[ITEMS], conflict.row[ITEMS]);
    if (conflict.kind == REPEATED)
        return fail(MFALS_BAD_DATA, "user %s rated item %s twice", user, item);
    return fail(MFALS_BAD_DATA, "the sum of the ratings of user %s for item %s is not finite", user, item);
}

status combine_ratings(struct pairs *pairs, const struct comm *comm, const struct raw_rating *ratings,
                       int64_t count, const struct ratings_options *options, const struct ids ids[2],
                       int64_t *const offsets[2])
{
    struct conflict conflict = {.position = INT64_MAX};
    int64_t first_user = offsets[USERS][comm->rank], users = offsets[USERS][comm->rank + 1] - first_user;
    *pairs = (struct pairs){0};
    TRY(agree(comm, sort_and_combine(pairs, &conflict, ratings, count, options, first_user, users)));
    return agree_on_conflict(comm, conflict, ids, offsets);
}

void pairs_free(struct pairs *pairs)
{
    memory_free(pairs->pair);
    *pairs = (struct pairs){0};
}
