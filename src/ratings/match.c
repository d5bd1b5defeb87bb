#include "ratings/match.h"

#include "base/memory.h"
#include "comm/partition.h"
#include "ratings/combine.h"

/* Puts rows in place of a side's ids, -1 for unknown ones in row_of. Frees the dictionary. */
static status match_side(struct matched *matched, int64_t *row_of, const struct comm *comm,
                         struct raw_ratings *raw, enum side side, const struct known_ids *known)
{
    int64_t *unknown = side == USERS ? &matched->unknown_users : &matched->unknown_items;
    if (known == NULL) {
        TRY(ids_map(&matched->new_users, row_of, comm, &raw->ids[side], raw->declared[side]));
        partition_even(matched->new_offsets, comm->size, matched->new_users.rows);
        return MFALS_OK;
    }
    TRY(ids_find(row_of, comm, &raw->ids[side], known));
    return ids_count_unknown(unknown, comm, &raw->ids[side], row_of);
}

/* Drops the ratings of which a side is unknown; the others get their rows. */
static void place_rows(struct raw_ratings *raw, const int64_t *users, const int64_t *items)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < raw->count; i++) {
        int64_t user = users[raw->ratings[i].id[USERS]], item = items[raw->ratings[i].id[ITEMS]];
        if (user < 0 || item < 0)
            continue;
        raw->ratings[kept] = raw->ratings[i];
        raw->ratings[kept].id[USERS] = (uint32_t)user;
        raw->ratings[kept++].id[ITEMS] = (uint32_t)item;
    }
    raw->count = kept;
}

static status match_ids(struct matched *matched, const struct comm *comm, struct raw_ratings *raw,
                        const struct known_ids *items, const struct known_ids *users)
{
    scoped int64_t *user_row = NULL, *item_row = NULL;
    if (users == NULL)
        TRY(allocate_on_all(comm, &matched->new_offsets, comm->size + 1));
    TRY(agree(comm, allocate_raw(&user_row, raw->ids[USERS].count)));
    TRY(agree(comm, allocate_raw(&item_row, raw->ids[ITEMS].count)));
    TRY(match_side(matched, user_row, comm, raw, USERS, users));
    TRY(match_side(matched, item_row, comm, raw, ITEMS, items));
    place_rows(raw, user_row, item_row);
    for (int side = USERS; side <= ITEMS; side++)
        dictionary_free(&raw->ids[side]);
    return MFALS_OK;
}

static void count_pairs(struct matched *matched, const struct comm *comm, const struct raw_ratings *raw,
                        const struct pairs *pairs)
{
    int64_t users = 0;
    for (int64_t i = 0; i < matched->by_user.rows; i++)
        users += matched->by_user.start[i + 1] > matched->by_user.start[i];
    int64_t totals[] = {pairs->count,        users, raw->lines, raw->bad_lines, pairs->duplicates,
                        pairs->dropped_count};
    comm_sum_int(comm, totals, 6);
    matched->count = totals[0];
    matched->users = totals[1];
    matched->lines = totals[2];
    matched->bad_lines = totals[3];
    matched->duplicates = totals[4];
    matched->left_out = totals[5];
}

static status collect(struct matched *matched, const struct comm *comm, struct raw_ratings *raw,
                      const struct ratings_options *options, const struct known_ids *items,
                      const struct known_ids *users)
{
    __attribute__((cleanup(pairs_free))) struct pairs pairs = {0};
    const struct known_ids new_users = {&matched->new_users, matched->new_offsets};
    const struct known_ids known[2] = {users == NULL ? new_users : *users, *items};
    const int64_t *offsets = known[USERS].offsets;
    int64_t first = offsets[comm->rank], rows = offsets[comm->rank + 1] - first;
    TRY(combine_ratings(&pairs, comm, raw, options, known));
    TRY(agree(comm, csr_build(&matched->by_user, USERS, first, rows, pairs.pair, pairs.count)));
    count_pairs(matched, comm, raw, &pairs);
    return MFALS_OK;
}

static status assemble(struct matched *matched, const struct comm *comm, struct raw_ratings *raw,
                       const struct ratings_options *options, const struct known_ids *items,
                       const struct known_ids *users, struct phases *phases)
{
    phase_begin(phases, PHASE_IDS);
    TRY(match_ids(matched, comm, raw, items, users));
    phase_end(phases, PHASE_IDS);
    phase_begin(phases, PHASE_REDISTRIBUTE);
    TRY(collect(matched, comm, raw, options, items, users));
    phase_end(phases, PHASE_REDISTRIBUTE);
    return MFALS_OK;
}

status matched_assemble(struct matched **matched, const struct comm *comm, struct raw_ratings *raw,
                        const struct ratings_options *options, const struct known_ids *items,
                        const struct known_ids *users, struct phases *phases)
{
    struct ratings_options all = *options;
    all.hold_out = (struct hold_out){.kind = HOLD_OUT_NONE};
    TRY(allocate_on_all(comm, matched, 1));
    status done = assemble(*matched, comm, raw, &all, items, users, phases);
    if (done != MFALS_OK)
        matched_free(matched);
    return done;
}

status matched_load(struct matched **matched, const struct comm *comm, const struct ratings_options *options,
                    const struct known_ids *items, const struct known_ids *users, struct phases *phases)
{
    __attribute__((cleanup(raw_ratings_free))) struct raw_ratings raw = {0};
    struct read_options read = options->read;
    read.timed = false;
    *matched = NULL;
    phase_begin(phases, PHASE_READ);
    TRY(raw_ratings_read(&raw, comm, &read));
    phase_end(phases, PHASE_READ);
    return matched_assemble(matched, comm, &raw, options, items, users, phases);
}

void matched_free(struct matched **matched)
{
    struct matched *old = *matched;
    if (old == NULL)
        return;
    csr_free(&old->by_user);
    ids_free(&old->new_users);
    memory_free(old->new_offsets);
    memory_free(old);
    *matched = NULL;
}
