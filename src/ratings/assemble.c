#include "ratings/assemble.h"

#include "base/memory.h"
#include "comm/partition.h"
#include "comm/ship.h"
#include "ratings/combine.h"
#include "ratings/csr.h"
#include "ratings/digest.h"

#include <inttypes.h>

#define scoped_shipment __attribute__((cleanup(ship_free))) struct shipment

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

/* Brings all ratings of a user together. Frees those of raw. */
static status ship_raw(struct shipment *got, const struct comm *comm, struct raw_ratings *raw,
                       const int64_t *offsets)
{
    scoped int *owner = NULL;
    TRY(agree(comm, allocate_raw(&owner, raw->count)));
    for (int64_t i = 0; i < raw->count; i++)
        owner[i] = partition_owner(offsets, comm->size, raw->ratings[i].id[USERS]);
    TRY(ship(comm, got, raw->ratings, raw->count, sizeof *raw->ratings, owner));
    memory_free(raw->ratings);
    raw->ratings = NULL;
    raw->count = raw->capacity = 0;
    return MFALS_OK;
}

static status collect_pairs(struct pairs *pairs, struct ratings *ratings, const struct comm *comm,
                            struct raw_ratings *raw, const struct ratings_options *options)
{
    scoped_shipment got = {0};
    TRY(ship_raw(&got, comm, raw, ratings->offsets[USERS]));
    return combine_ratings(pairs, comm, got.records, got.count, options, ratings->ids, ratings->offsets);
}

/* Totals over the ranks; there must be something to train on. */
static status count_pairs(struct ratings *ratings, const struct comm *comm, const struct raw_ratings *raw,
                          const struct pairs *pairs)
{
    int64_t totals[] = {pairs->count, raw->lines, raw->bad_lines, pairs->duplicates, pairs->left_out};
    comm_sum_int(comm, totals, 5);
    ratings->count = totals[0];
    ratings->lines = totals[1];
    ratings->bad_lines = totals[2];
    ratings->duplicates = totals[3];
    ratings->left_out = totals[4];
    if (ratings->count > 0)
        return MFALS_OK;
    if (ratings->left_out > 0)
        return fail(MFALS_BAD_DATA, "no ratings are left: all %" PRId64 " values are 0 or below",
                    ratings->left_out);
    if (ratings->bad_lines > 0)
        return fail(MFALS_BAD_DATA, "no ratings are left: all %" PRId64 " lines were skipped",
                    ratings->bad_lines);
    return fail(MFALS_BAD_DATA, "no ratings are left: the input has none");
}

/* Predicted costs of the rows that came as got, in place of their numbers of ratings. */
static status predict_costs(int64_t **costs, const struct shipment *got, int64_t first_row, int64_t rows,
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

/* Cuts a side by the cost of its rows, which the owners under the even partition count. */
static status cut_side(struct ratings *ratings, const struct comm *comm, const struct pairs *pairs,
                       enum side side, row_cost_function *cost, const void *cost_context)
{
    scoped uint32_t *row = NULL;
    scoped int *owner = NULL;
    scoped int64_t *costs = NULL;
    scoped_shipment got = {0};
    int64_t *offsets = ratings->offsets[side], first = offsets[comm->rank],
            rows = offsets[comm->rank + 1] - first;
    TRY(agree(comm, list_rows(&row, &owner, pairs, side, offsets, comm->size)));
    TRY(ship(comm, &got, row, pairs->count, sizeof *row, owner));
    TRY(agree(comm, predict_costs(&costs, &got, first, rows, cost, cost_context)));
    return partition_cut(comm, offsets, costs);
}

/* Ships a side's pairs to the owners of their rows. Lower ranks send lower users, each in order: what comes
 * is in the order csr_build asks for, on either side. */
static status ship_side(struct ratings *ratings, const struct comm *comm, const struct pairs *pairs,
                        enum side side)
{
    scoped int *owner = NULL;
    scoped_shipment got = {0};
    const int64_t *offsets = ratings->offsets[side];
    int64_t first = offsets[comm->rank], rows = offsets[comm->rank + 1] - first;
    TRY(agree(comm, allocate_raw(&owner, pairs->count)));
    for (int64_t i = 0; i < pairs->count; i++)
        owner[i] = partition_owner(offsets, comm->size, pairs->pair[i].row[side]);
    TRY(ship(comm, &got, pairs->pair, pairs->count, sizeof *pairs->pair, owner));
    TRY(agree(comm, csr_build(&ratings->by[side], side, first, rows, got.records, got.count)));
    return ids_redistribute(&ratings->ids[side], comm, offsets);
}

static status distribute(struct ratings *ratings, const struct comm *comm, struct raw_ratings *raw,
                         const struct ratings_options *options, row_cost_function *cost,
                         const void *cost_context)
{
    __attribute__((cleanup(pairs_free))) struct pairs pairs = {0};
    TRY(collect_pairs(&pairs, ratings, comm, raw, options));
    TRY(count_pairs(ratings, comm, raw, &pairs));
    for (int side = USERS; side <= ITEMS; side++) {
        TRY(cut_side(ratings, comm, &pairs, side, cost, cost_context));
        TRY(ship_side(ratings, comm, &pairs, side));
    }
    digest_ratings(ratings, comm);
    return MFALS_OK;
}

static status open_ratings(struct ratings **ratings, int ranks)
{
    TRY(allocate(ratings, 1));
    TRY(allocate(&(*ratings)->offsets[USERS], ranks + 1));
    return allocate(&(*ratings)->offsets[ITEMS], ranks + 1);
}

static status assemble(struct ratings *ratings, const struct comm *comm, struct raw_ratings *raw,
                       const struct ratings_options *options, row_cost_function *cost,
                       const void *cost_context, struct phases *phases)
{
    phase_begin(phases, PHASE_IDS);
    TRY(map_ids(ratings, comm, raw));
    phase_end(phases, PHASE_IDS);
    phase_begin(phases, PHASE_SHIP);
    TRY(distribute(ratings, comm, raw, options, cost, cost_context));
    phase_end(phases, PHASE_SHIP);
    return MFALS_OK;
}

status ratings_assemble(struct ratings **ratings, const struct comm *comm, struct raw_ratings *raw,
                        const struct ratings_options *options, row_cost_function *cost,
                        const void *cost_context, struct phases *phases)
{
    *ratings = NULL;
    status done = agree(comm, open_ratings(ratings, comm->size));
    if (done == MFALS_OK)
        done = assemble(*ratings, comm, raw, options, cost, cost_context, phases);
    if (done != MFALS_OK)
        ratings_free(ratings);
    return done;
}
