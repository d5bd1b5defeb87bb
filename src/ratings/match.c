#include "ratings/match.h"

#include "base/memory.h"
#include "comm/partition.h"
#include "ratings/age.h"
#include "ratings/combine.h"

/* What a file's ratings are matched to. */
struct matching {
    const struct known_ids *known[2]; /* not owned; the users' may be NULL */
    struct ids unknown[2]; /* owned, where pairs of unknown ids are kept: their rows follow the known ones */
    int64_t *offsets[2];   /* owned: their partitions */
    bool keeps;
};

/* row_of <- the rows of a side's ids; of unknown ones -1, or rows behind the known ones. */
static status match_side(struct matched *matched, struct matching *matching, int64_t *row_of,
                         const struct comm *comm, struct raw_ratings *raw, enum side side)
{
    const struct known_ids *known = matching->known[side];
    int64_t *unknown = side == USERS ? &matched->unknown_users : &matched->unknown_items;
    if (known == NULL) {
        TRY(ids_map(&matched->new_users, row_of, comm, &raw->ids[side], raw->declared[side]));
        partition_even(matched->new_offsets, comm->size, matched->new_users.rows);
        return MFALS_OK;
    }
    TRY(ids_find(row_of, comm, &raw->ids[side], known));
    if (!matching->keeps)
        return ids_count_unknown(unknown, comm, &raw->ids[side], row_of);
    TRY(ids_map_unknown(&matching->unknown[side], row_of, comm, &raw->ids[side], known->ids->rows));
    TRY(allocate_on_all(comm, &matching->offsets[side], comm->size + 1));
    *unknown = matching->unknown[side].rows;
    partition_even(matching->offsets[side], comm->size, *unknown);
    return MFALS_OK;
}

/* The ratings get their rows; those with a row of -1 are dropped. */
static void place_rows(struct raw_ratings *raw, const int64_t *users, const int64_t *items)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < raw->count; i++) {
        int64_t user = users[raw->ratings[i].id[USERS]], item = items[raw->ratings[i].id[ITEMS]];
        if (user < 0 || item < 0)
            continue;
        if (raw->timed)
            raw->times[kept] = raw->times[i];
        if (raw->weighed)
            raw->weights[kept] = raw->weights[i];
        raw->ratings[kept] = raw->ratings[i];
        raw->ratings[kept].id[USERS] = (uint32_t)user;
        raw->ratings[kept++].id[ITEMS] = (uint32_t)item;
    }
    raw->count = kept;
}

/* Uses up the dictionaries. */
static status match_ids(struct matched *matched, struct matching *matching, const struct comm *comm,
                        struct raw_ratings *raw)
{
    scoped int64_t *user_row = NULL, *item_row = NULL;
    if (matching->known[USERS] == NULL)
        TRY(allocate_on_all(comm, &matched->new_offsets, comm->size + 1));
    TRY(agree(comm, allocate_raw(&user_row, raw->ids[USERS].count)));
    TRY(agree(comm, allocate_raw(&item_row, raw->ids[ITEMS].count)));
    TRY(match_side(matched, matching, user_row, comm, raw, USERS));
    TRY(match_side(matched, matching, item_row, comm, raw, ITEMS));
    place_rows(raw, user_row, item_row);
    for (int side = USERS; side <= ITEMS; side++)
        dictionary_free(&raw->ids[side]);
    return MFALS_OK;
}

/* Moves the ratings of unknown users from raw to others, where their rows begin at 0. */
static status split_off(struct raw_ratings *others, struct raw_ratings *raw, int64_t known_users)
{
    int64_t kept = 0;
    TRY(allocate_raw(&others->ratings, raw->count));
    others->timed = raw->timed;
    if (raw->timed)
        TRY(allocate_raw(&others->times, raw->count));
    for (int64_t i = 0; i < raw->count; i++) {
        struct raw_rating rating = raw->ratings[i];
        bool known = rating.id[USERS] < known_users;
        if (raw->timed)
            *(known ? &raw->times[kept] : &others->times[others->count]) = raw->times[i];
        if (known) {
            raw->ratings[kept++] = rating;
            continue;
        }
        rating.id[USERS] -= (uint32_t)known_users;
        others->ratings[others->count++] = rating;
    }
    raw->count = kept;
    return MFALS_OK;
}

/* Moves the pairs of unknown users, or items alone, to the unknown ones. */
static status keep_unknown(struct unknown_pairs *unknown, struct pairs *pairs, bool users_known,
                           int64_t known_items)
{
    int64_t kept = 0, capacity = unknown->count;
    for (int64_t i = 0; i < pairs->count; i++) {
        struct pair pair = pairs->pair[i];
        if (users_known && pair.row[ITEMS] < known_items) {
            pairs->pair[kept++] = pair;
            continue;
        }
        if (!users_known)
            pair.row[USERS] = ROW_UNKNOWN;
        if (pair.row[ITEMS] >= known_items)
            pair.row[ITEMS] = ROW_UNKNOWN;
        TRY(memory_grow(&unknown->pair, &capacity, unknown->count + 1, sizeof *unknown->pair));
        unknown->pair[unknown->count++] = pair;
    }
    pairs->count = kept;
    return MFALS_OK;
}

/* [collective] Combines the ratings of unknown users. */
static status collect_unknown_users(struct matched *matched, const struct matching *matching,
                                    const struct comm *comm, struct raw_ratings *raw,
                                    const struct ratings_options *options)
{
    __attribute__((cleanup(raw_ratings_free))) struct raw_ratings others = {0};
    __attribute__((cleanup(pairs_free))) struct pairs pairs = {0};
    const struct known_ids unknown_items = {&matching->unknown[ITEMS], matching->offsets[ITEMS]};
    const struct known_ids both[2] = {{&matching->unknown[USERS], matching->offsets[USERS]},
                                      *matching->known[ITEMS]};
    TRY(agree(comm, split_off(&others, raw, matching->known[USERS]->ids->rows)));
    TRY(combine_ratings(&pairs, comm, &others, options, both, &unknown_items));
    matched->duplicates += pairs.duplicates;
    return agree(comm, keep_unknown(&matched->unknown, &pairs, false, both[ITEMS].ids->rows));
}

static void count_pairs(struct matched *matched, const struct comm *comm, const struct raw_ratings *raw,
                        const struct pairs *pairs)
{
    int64_t users = 0;
    for (int64_t i = 0; i < matched->by_user.rows; i++)
        users += matched->by_user.start[i + 1] > matched->by_user.start[i];
    int64_t totals[] = {pairs->count,
                        users,
                        raw->lines,
                        raw->bad_lines,
                        matched->duplicates + pairs->duplicates,
                        pairs->dropped_count,
                        matched->unknown.count};
    comm_sum_int(comm, totals, 7);
    matched->count = totals[0];
    matched->users = totals[1];
    matched->lines = totals[2];
    matched->bad_lines = totals[3];
    matched->duplicates = totals[4];
    matched->left_out = totals[5];
    matched->unknown_count = totals[6];
}

static status collect(struct matched *matched, const struct matching *matching, const struct comm *comm,
                      struct raw_ratings *raw, const struct ratings_options *options)
{
    __attribute__((cleanup(pairs_free))) struct pairs pairs = {0};
    const struct known_ids new_users = {&matched->new_users, matched->new_offsets};
    const struct known_ids unknown_items = {&matching->unknown[ITEMS], matching->offsets[ITEMS]};
    const struct known_ids known[2] = {matching->known[USERS] == NULL ? new_users : *matching->known[USERS],
                                       *matching->known[ITEMS]};
    const int64_t *offsets = known[USERS].offsets;
    int64_t first = offsets[comm->rank], rows = offsets[comm->rank + 1] - first;
    if (matching->keeps)
        TRY(collect_unknown_users(matched, matching, comm, raw, options));
    TRY(combine_ratings(&pairs, comm, raw, options, known, matching->keeps ? &unknown_items : NULL));
    if (matching->keeps)
        TRY(agree(comm, keep_unknown(&matched->unknown, &pairs, true, known[ITEMS].ids->rows)));
    TRY(agree(comm, csr_build_weighed(&matched->by_user, USERS, first, rows, pairs.pair, pairs.weight,
                                      pairs.count)));
    count_pairs(matched, comm, raw, &pairs);
    return MFALS_OK;
}

static void matching_free(struct matching *matching)
{
    for (int side = USERS; side <= ITEMS; side++) {
        ids_free(&matching->unknown[side]);
        memory_free(matching->offsets[side]);
    }
}

static status assemble(struct matched *matched, const struct comm *comm, struct raw_ratings *raw,
                       const struct ratings_options *options, const struct known_ids *items,
                       const struct known_ids *users, struct phases *phases)
{
    __attribute__((cleanup(matching_free))) struct matching matching = {
        .known = {users, items}, .keeps = options->keep_unknown && users != NULL};
    phase_begin(phases, PHASE_IDS);
    TRY(match_ids(matched, &matching, comm, raw));
    phase_end(phases, PHASE_IDS);
    phase_begin(phases, PHASE_REDISTRIBUTE);
    TRY(collect(matched, &matching, comm, raw, options));
    phase_end(phases, PHASE_REDISTRIBUTE);
    return MFALS_OK;
}

status matched_assemble(struct matched **matched, const struct comm *comm, struct raw_ratings *raw,
                        const struct ratings_options *options, const struct known_ids *items,
                        const struct known_ids *users, struct phases *phases)
{
    struct ratings_options all = *options;
    all.hold_out = (struct hold_out){.kind = HOLD_OUT_NONE};
    TRY(weigh_by_age(raw, comm, &options->aging, NULL));
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
    *matched = NULL;
    phase_begin(phases, PHASE_READ);
    TRY(raw_ratings_read(&raw, comm, &options->read));
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
    memory_free(old->unknown.pair);
    memory_free(old->new_offsets);
    memory_free(old);
    *matched = NULL;
}
