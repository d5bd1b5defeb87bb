#include "ratings/assemble.h"

#include "base/memory.h"
#include "comm/partition.h"
#include "comm/redistribute.h"
#include "ratings/age.h"
#include "ratings/combine.h"
#include "ratings/csr.h"
#include "ratings/digest.h"
#include "ratings/hold_out.h"

#include <inttypes.h>
#include <math.h>

/* Maps a side's ids and puts rows in their place. Frees the dictionary. */
static status map_side(struct ratings *ratings, const struct comm *comm, struct raw_ratings *raw,
                       enum side side)
{
    scoped int64_t *row_of = NULL;
    TRY(agree(comm, allocate_raw(&row_of, raw->ids[side].count)));
    TRY(ids_map(&ratings->ids[side], row_of, comm, &raw->ids[side], raw->declared[side]));
    ratings->rows[side] = ratings->ids[side].rows;
    for (int64_t i = 0; i < raw->count; i++)
        raw->ratings[i].id[side] = (uint32_t)row_of[raw->ratings[i].id[side]];
    dictionary_free(&raw->ids[side]);
    raw->ids[side] = (struct dictionary){0};
    partition_even(ratings->offsets[side], comm->size, ratings->rows[side]);
    return MFALS_OK;
}

static status map_ids(struct ratings *ratings, const struct comm *comm, struct raw_ratings *raw)
{
    TRY(map_side(ratings, comm, raw, USERS));
    return map_side(ratings, comm, raw, ITEMS);
}

/* The pairs of this rank's users under the even partition, and what became of them. */
struct split {
    struct pairs pairs; /* to train on */
    struct pairs held_out, fold_in;
};

static void split_free(struct split *split)
{
    pairs_free(&split->pairs);
    pairs_free(&split->held_out);
    pairs_free(&split->fold_in);
}

static status collect_pairs(struct split *split, const struct ratings *ratings, const struct comm *comm,
                            struct raw_ratings *raw, const struct ratings_options *options)
{
    const struct known_ids known[2] = {{&ratings->ids[USERS], ratings->offsets[USERS]},
                                       {&ratings->ids[ITEMS], ratings->offsets[ITEMS]}};
    TRY(combine_ratings(&split->pairs, comm, raw, options, known, NULL));
    return agree(comm, hold_out_split(&split->held_out, &split->fold_in, &split->pairs, &options->hold_out));
}

static void find_range(struct value_range *range, const struct comm *comm, const struct pairs *pairs)
{
    double ends[2] = {-INFINITY, -INFINITY}; /* the lowest with its sign changed, and the highest */
    for (int64_t i = 0; i < pairs->count; i++) {
        ends[0] = fmax(ends[0], -(double)pairs->pair[i].value);
        ends[1] = fmax(ends[1], (double)pairs->pair[i].value);
    }
    comm_max_double(comm, ends, 2);
    *range = (struct value_range){-ends[0], ends[1]};
}

/* Totals over the ranks; there must be something to train on. */
static status count_pairs(struct ratings *ratings, const struct comm *comm, const struct raw_ratings *raw,
                          const struct split *split, const struct ratings_options *options)
{
    const struct pairs *pairs = &split->pairs;
    int64_t totals[] = {pairs->count,        raw->lines,           raw->bad_lines,
                        pairs->duplicates,   pairs->dropped_count, split->held_out.count,
                        split->fold_in.count};
    comm_sum_int(comm, totals, 7);
    ratings->files = raw->files;
    ratings->as_read = options->keep_all;
    ratings->timed = raw->timed;
    ratings->weighed = raw->weighed;
    ratings->file_bytes = raw->file_bytes;
    ratings->count = totals[0];
    ratings->lines = totals[1];
    ratings->bad_lines = totals[2];
    ratings->duplicates = totals[3];
    ratings->left_out = totals[4];
    ratings->held_out_count = totals[5];
    ratings->fold_in_count = totals[6];
    if (ratings->count > 0)
        return MFALS_OK;
    if (ratings->held_out_count + ratings->fold_in_count > 0)
        return fail(MFALS_BAD_DATA, "no ratings are left to train on: all users are held out");
    if (ratings->left_out > 0)
        return fail(MFALS_BAD_DATA, "no ratings are left: all %" PRId64 " values are 0 or below",
                    ratings->left_out);
    return fail(MFALS_BAD_DATA, "no ratings are left: the input has none");
}

/* Predicted costs of the rows that came as got, in place of their numbers of ratings. */
static status predict_costs(int64_t **costs, const struct received *got, int64_t first_row, int64_t rows,
                            row_cost_function *cost, const void *cost_context)
{
    const uint32_t *row = got->records;
    TRY(allocate(costs, rows));
    for (int64_t i = 0; i < got->count; i++)
        (*costs)[row[i] - first_row]++;
    for (int64_t i = 0; i < rows; i++)
        (*costs)[i] = cost((*costs)[i], cost_context);
    return MFALS_OK;
}

static status list_rows(uint32_t **row, int **owner, const struct pairs *pairs, enum side side,
                        const int64_t *offsets, int ranks)
{
    TRY(allocate_raw(row, pairs->count));
    TRY(allocate_raw(owner, pairs->count));
    for (int64_t i = 0; i < pairs->count; i++) {
        (*row)[i] = pairs->pair[i].row[side];
        (*owner)[i] = partition_owner(offsets, ranks, (*row)[i]);
    }
    return MFALS_OK;
}

/* Cuts a side into blocks by the cost of its rows, which the owners under the even partition count, and deals whole
 * blocks to the ranks. */
static status cut_side(struct ratings *ratings, const struct comm *comm, const struct pairs *pairs,
                       enum side side, row_cost_function *cost, const void *cost_context)
{
    scoped uint32_t *row = NULL;
    scoped int *owner = NULL;
    scoped int64_t *costs = NULL;
    scoped_received got = {0};
    int64_t *offsets = ratings->offsets[side], first = offsets[comm->rank],
            rows = offsets[comm->rank + 1] - first;
    TRY(agree(comm, list_rows(&row, &owner, pairs, side, offsets, comm->size)));
    TRY(redistribute_consuming(comm, &got, row, pairs->count, sizeof *row, owner));
    TRY(agree(comm, predict_costs(&costs, &got, first, rows, cost, cost_context)));
    partition_cut(comm, ratings->blocks[side], ratings->block_count, offsets, costs);
    for (int64_t r = 0; r <= comm->size; r++)
        offsets[r] = ratings->blocks[side][r * ratings->block_count / comm->size];
    return MFALS_OK;
}

/* The ranks that own the pairs' rows of a side. */
static status list_owners(int **owner, const struct comm *comm, const struct pairs *pairs, enum side side,
                          const int64_t *offsets)
{
    TRY(allocate_raw(owner, pairs->count));
    for (int64_t i = 0; i < pairs->count; i++)
        (*owner)[i] = partition_owner(offsets, comm->size, pairs->pair[i].row[side]);
    return MFALS_OK;
}

/* Lower ranks send lower users, each in order: what comes is in the order csr_build asks for, on either side. With the
 * items, which come last, the pairs go for good. */
static status bring_pairs(struct received *got, const struct comm *comm, struct pairs *pairs, enum side side,
                          const int64_t *offsets)
{
    scoped int *owner = NULL;
    TRY(agree(comm, list_owners(&owner, comm, pairs, side, offsets)));
    if (side == USERS)
        return redistribute(comm, got, pairs->pair, pairs->count, sizeof *pairs->pair, owner);
    TRY(redistribute_consuming(comm, got, pairs->pair, pairs->count, sizeof *pairs->pair, owner));
    memory_free(pairs->pair);
    memory_free(pairs->later);
    pairs->pair = NULL;
    pairs->later = NULL;
    pairs->count = 0;
    return MFALS_OK;
}

/* Brings the times of pairs to the owners of their users: into the order of by[USERS]. */
static status redistribute_times(struct ratings *ratings, const struct comm *comm, struct pairs *pairs)
{
    scoped int *owner = NULL;
    scoped_received got = {0};
    TRY(agree(comm, list_owners(&owner, comm, pairs, USERS, ratings->offsets[USERS])));
    TRY(redistribute_consuming(comm, &got, pairs->time, pairs->count, sizeof *pairs->time, owner));
    ratings->time = got.records;
    got.records = NULL;
    return MFALS_OK;
}

/* The weights of pairs, if they have any, as bring_pairs brings these. Before them. */
static status bring_weights(struct received *got, const struct comm *comm, struct pairs *pairs,
                            enum side side, const int64_t *offsets)
{
    scoped int *owner = NULL;
    if (!pairs->weighed)
        return MFALS_OK;
    TRY(agree(comm, list_owners(&owner, comm, pairs, side, offsets)));
    if (side == USERS)
        return redistribute(comm, got, pairs->weight, pairs->count, sizeof *pairs->weight, owner);
    TRY(redistribute_consuming(comm, got, pairs->weight, pairs->count, sizeof *pairs->weight, owner));
    memory_free(pairs->weight);
    pairs->weight = NULL;
    return MFALS_OK;
}

/* Brings pairs to the owners of a side's rows. */
static status redistribute_pairs(struct csr *csr, const struct comm *comm, struct pairs *pairs,
                                 enum side side, const int64_t *offsets)
{
    scoped_received got = {0}, weights = {0};
    int64_t first = offsets[comm->rank], rows = offsets[comm->rank + 1] - first;
    TRY(bring_weights(&weights, comm, pairs, side, offsets));
    TRY(bring_pairs(&got, comm, pairs, side, offsets));
    return agree(comm, csr_build_weighed(csr, side, first, rows, got.records, weights.records, got.count));
}

static status redistribute_held_out(struct ratings *ratings, const struct comm *comm, struct split *split,
                                    enum hold_out_kind kind)
{
    const int64_t *offsets = ratings->offsets[USERS];
    if (kind != HOLD_OUT_NONE)
        TRY(redistribute_pairs(&ratings->held_out, comm, &split->held_out, USERS, offsets));
    if (kind == HOLD_OUT_USERS)
        TRY(redistribute_pairs(&ratings->fold_in, comm, &split->fold_in, USERS, offsets));
    return MFALS_OK;
}

/* ratings->seen <- what was trained on, or kept to fold users in, and what was dropped. */
static status find_seen(struct ratings *ratings, const struct comm *comm, struct pairs *pairs)
{
    __attribute__((cleanup(csr_free))) struct csr dropped = {0}, both = {0};
    struct pairs left_out = {.pair = pairs->dropped, .count = pairs->dropped_count};
    TRY(redistribute_pairs(&dropped, comm, &left_out, USERS, ratings->offsets[USERS]));
    if (ratings->fold_in.start == NULL)
        return agree(comm, csr_union(&ratings->seen, &ratings->by[USERS], &dropped));
    TRY(agree(comm, csr_union(&both, &ratings->fold_in, &dropped)));
    return agree(comm, csr_union(&ratings->seen, &ratings->by[USERS], &both));
}

static status distribute(struct ratings *ratings, const struct comm *comm, struct raw_ratings *raw,
                         const struct ratings_options *options, row_cost_function *cost,
                         const void *cost_context)
{
    __attribute__((cleanup(split_free))) struct split split = {0};
    TRY(collect_pairs(&split, ratings, comm, raw, options));
    TRY(count_pairs(ratings, comm, raw, &split, options));
    find_range(&ratings->range, comm, &split.pairs);
    for (int side = USERS; side <= ITEMS; side++) {
        const int64_t *offsets = ratings->offsets[side];
        TRY(cut_side(ratings, comm, &split.pairs, side, cost, cost_context));
        if (side == USERS && raw->timed && options->keep_all)
            TRY(redistribute_times(ratings, comm, &split.pairs));
        TRY(redistribute_pairs(&ratings->by[side], comm, &split.pairs, side, offsets));
        TRY(ids_redistribute(&ratings->ids[side], comm, offsets));
    }
    TRY(redistribute_held_out(ratings, comm, &split, options->hold_out.kind));
    if (ratings->left_out > 0)
        TRY(find_seen(ratings, comm, &split.pairs));
    digest_ratings(ratings, comm);
    return MFALS_OK;
}

static status open_ratings(struct ratings **ratings, int ranks, int blocks)
{
    TRY(allocate(ratings, 1));
    (*ratings)->block_count = blocks > 0 ? blocks : ranks;
    for (int side = USERS; side <= ITEMS; side++) {
        TRY(allocate(&(*ratings)->offsets[side], ranks + 1));
        TRY(allocate(&(*ratings)->blocks[side], (*ratings)->block_count + 1));
    }
    return MFALS_OK;
}

static status assemble(struct ratings *ratings, const struct comm *comm, struct raw_ratings *raw,
                       const struct ratings_options *options, row_cost_function *cost,
                       const void *cost_context, struct phases *phases)
{
    TRY(weigh_by_age(raw, comm, &options->aging, &ratings->now));
    phase_begin(phases, PHASE_IDS);
    TRY(map_ids(ratings, comm, raw));
    phase_end(phases, PHASE_IDS);
    phase_begin(phases, PHASE_REDISTRIBUTE);
    TRY(distribute(ratings, comm, raw, options, cost, cost_context));
    phase_end(phases, PHASE_REDISTRIBUTE);
    return MFALS_OK;
}

status ratings_assemble(struct ratings **ratings, const struct comm *comm, struct raw_ratings *raw,
                        const struct ratings_options *options, row_cost_function *cost,
                        const void *cost_context, struct phases *phases)
{
    *ratings = NULL;
    status done = agree(comm, open_ratings(ratings, comm->size, options->blocks));
    if (done == MFALS_OK)
        done = assemble(*ratings, comm, raw, options, cost, cost_context, phases);
    if (done != MFALS_OK)
        ratings_free(ratings);
    return done;
}
