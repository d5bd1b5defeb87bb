#include "ratings/ids.h"

#include "base/memory.h"
#include "base/number.h"
#include "comm/partition.h"
#include "comm/redistribute.h"
#include "ratings/ids_find.h"
#include "ratings/keys.h"
#include "ratings/sample_sort.h"

#include <inttypes.h>
#include <stdio.h>

static status check_rows(int64_t rows)
{
    if (rows > UINT32_MAX)
        return fail(MFALS_BAD_DATA, "%" PRId64 " distinct ids are more than %" PRIu32, rows, UINT32_MAX);
    return MFALS_OK;
}

/* The distinct ones of the keys that came, sorted. */
static status collect_ids(struct ids *ids, const struct received *got, const struct key_type *type)
{
    ids->keys = memory_new_raw(got->count, (size_t)type->width);
    if (ids->keys == NULL)
        return MFALS_NO_MEMORY;
    memcpy(ids->keys, got->records, (size_t)(got->count * type->width));
    keys_sort(ids->keys, got->count, type);
    ids->count = keys_unique(ids->keys, got->count, type);
    return MFALS_OK;
}

/* Sends each key to the rank that sorts its range, numbers the distinct ones, and brings the numbers home.
 * Leaves the ids in those ranges. */
static status number_keys(struct ids *ids, int64_t *row_of, const struct comm *comm,
                          const struct key_type *type, const char *keys, int64_t count)
{
    scoped int *owner = NULL, *sender = NULL;
    scoped int64_t *rows = NULL;
    scoped_received there = {0}, back = {0};
    TRY(agree(comm, allocate_raw(&owner, count)));
    TRY(sample_sort_owners(owner, comm, type, keys, count));
    TRY(redistribute(comm, &there, keys, count, (size_t)type->width, owner));
    TRY(agree(comm, collect_ids(ids, &there, type)));
    ids->first = comm_sum_before(comm, ids->count);
    ids->rows = ids->count;
    comm_sum_int(comm, &ids->rows, 1);
    TRY(check_rows(ids->rows)); /* the same on all ranks */
    TRY(agree(comm, ids_answer(&rows, &sender, &there, ids, type, comm->size)));
    TRY(redistribute(comm, &back, rows, there.count, sizeof *rows, sender));
    const int64_t *row = back.records; /* by owner, then in the order they were asked for */
    for (int64_t i = 0; i < count; i++)
        row_of[i] = row[back.from[owner[i]]++];
    return MFALS_OK;
}

/* Ids 1..declared need not be seen, nor sorted: each rank writes down its share. */
static status number_declared(struct ids *ids, int64_t *row_of, const struct comm *comm,
                              const int64_t *offsets, const char *keys, int64_t count)
{
    ids->rows = offsets[comm->size];
    ids->first = offsets[comm->rank];
    ids->count = offsets[comm->rank + 1] - ids->first;
    int64_t *number = memory_new_raw(ids->count, sizeof *number);
    ids->keys = (char *)number;
    TRY(agree(comm, number == NULL ? MFALS_NO_MEMORY : MFALS_OK));
    for (int64_t i = 0; i < ids->count; i++)
        number[i] = ids->first + i + 1;
    for (int64_t i = 0; i < count; i++) {
        memcpy(&row_of[i], keys + (size_t)i * sizeof *number, sizeof *number);
        row_of[i]--;
    }
    return MFALS_OK;
}

status ids_map(struct ids *ids, int64_t *row_of, const struct comm *comm, const struct dictionary *dictionary,
               int64_t declared)
{
    scoped char *keys = NULL;
    scoped int64_t *offsets = NULL;
    struct key_type type;
    *ids = (struct ids){0};
    TRY(check_rows(declared));
    TRY(agree(comm, allocate(&offsets, comm->size + 1)));
    TRY(keys_make(&keys, &type, comm, dictionary, declared));
    ids->kind = type.kind;
    ids->width = type.width;
    if (declared > 0) {
        partition_even(offsets, comm->size, declared);
        return number_declared(ids, row_of, comm, offsets, keys, dictionary->count);
    }
    TRY(number_keys(ids, row_of, comm, &type, keys, dictionary->count));
    partition_even(offsets, comm->size, ids->rows);
    return ids_redistribute(ids, comm, offsets);
}

/* The unknown entries of the dictionary, and their keys: text, whatever the known ids are. */
static status list_unknown(int64_t **entries, char **keys, int64_t *count, const struct key_type *type,
                           const struct dictionary *dictionary, const int64_t *row_of)
{
    int64_t length;
    *keys = memory_new_raw(*count, (size_t)type->width);
    if (*keys == NULL)
        return MFALS_NO_MEMORY;
    TRY(allocate_raw(entries, *count));
    *count = 0;
    for (int64_t i = 0; i < dictionary->count; i++) {
        if (row_of[i] >= 0)
            continue;
        const char *text = dictionary_text(dictionary, i, &length);
        if (!key_of_text(*keys + *count * type->width, type, text, length))
            return fail(MFALS_BAD_DATA, "id %.*s... is longer than %d bytes",
                        (int)number_min(length, ID_MAX_BYTES), text, ID_MAX_BYTES);
        (*entries)[(*count)++] = i;
    }
    return MFALS_OK;
}

/* How many entries are unknown, and the longest id of those of all ranks, if it can be one. */
static int64_t measure_unknown(int64_t *longest, const struct comm *comm, const struct dictionary *dictionary,
                               const int64_t *row_of)
{
    int64_t count = 0, length;
    *longest = 1;
    for (int64_t i = 0; i < dictionary->count; i++)
        if (row_of[i] < 0) {
            dictionary_text(dictionary, i, &length);
            *longest = number_max(*longest, number_min(length, ID_MAX_BYTES));
            count++;
        }
    comm_max_int(comm, longest, 1);
    return count;
}

status ids_map_unknown(struct ids *ids, int64_t *row_of, const struct comm *comm,
                       const struct dictionary *dictionary, int64_t known_rows)
{
    scoped char *keys = NULL;
    scoped int64_t *entries = NULL, *rows = NULL, *offsets = NULL;
    int64_t longest, count = measure_unknown(&longest, comm, dictionary, row_of);
    const struct key_type type = {ID_TEXT, (int)longest};
    *ids = (struct ids){.kind = type.kind, .width = type.width};
    TRY(agree(comm, list_unknown(&entries, &keys, &count, &type, dictionary, row_of)));
    TRY(allocate_on_all(comm, &rows, count));
    TRY(allocate_on_all(comm, &offsets, comm->size + 1));
    TRY(number_keys(ids, rows, comm, &type, keys, count));
    TRY(check_rows(known_rows + ids->rows));
    for (int64_t i = 0; i < count; i++)
        row_of[entries[i]] = known_rows + rows[i];
    partition_even(offsets, comm->size, ids->rows);
    return ids_redistribute(ids, comm, offsets);
}

status ids_redistribute(struct ids *ids, const struct comm *comm, const int64_t *offsets)
{
    scoped int *owner = NULL;
    scoped_received got = {0};
    TRY(agree(comm, allocate_raw(&owner, ids->count)));
    for (int64_t i = 0; i < ids->count; i++)
        owner[i] = partition_owner(offsets, comm->size, ids->first + i);
    TRY(redistribute(comm, &got, ids->keys, ids->count, (size_t)ids->width, owner));
    memory_free(ids->keys);
    ids->keys = got.records; /* lower ranks held lower rows: they come in order */
    ids->first = offsets[comm->rank];
    ids->count = got.count;
    got.records = NULL;
    return MFALS_OK;
}

void ids_text(const struct ids *ids, int64_t i, char *text)
{
    const char *key = ids->keys + i * ids->width;
    if (ids->kind == ID_TEXT) {
        size_t length = strnlen(key, (size_t)ids->width);
        memcpy(text, key, length);
        text[length] = '\0';
        return;
    }
    int64_t value;
    memcpy(&value, key, sizeof value);
    snprintf(text, ID_MAX_BYTES + 1, "%" PRId64, value);
}

void ids_free(struct ids *ids)
{
    memory_free(ids->keys);
    *ids = (struct ids){0};
}
