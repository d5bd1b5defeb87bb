#include "input/candidates_file.h"

#include "base/log.h"
#include "base/memory.h"
#include "comm/partition.h"
#include "comm/redistribute.h"
#include "ratings/chunks.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* As read by rank 0; empty elsewhere. */
struct listed {
    struct dictionary ids[2];
    uint32_t (*number)[2]; /* owned: of user and item, for each candidate */
    int64_t count, capacity, lines;
};

static void listed_free(struct listed *listed)
{
    dictionary_free(&listed->ids[USERS]);
    dictionary_free(&listed->ids[ITEMS]);
    memory_free(listed->number);
}

static bool separates(char c)
{
    return c == '\t' || c == ',' || c == ' ' || c == '\r';
}

/* The next field of text[*at..length), its start and length; false if there is none. */
static bool next_field(const char *text, int64_t length, int64_t *at, int64_t *start, int64_t *field_length)
{
    while (*at < length && separates(text[*at]))
        ++*at;
    *start = *at;
    while (*at < length && !separates(text[*at]))
        ++*at;
    *field_length = *at - *start;
    return *field_length > 0;
}

static status take_line(struct listed *listed, const char *path, const char *text, int64_t length)
{
    int64_t at = 0, start, field, items = 0;
    uint32_t user, item;
    listed->lines++;
    if (!next_field(text, length, &at, &start, &field))
        return MFALS_OK;
    TRY(dictionary_add(&listed->ids[USERS], &user, text + start, field, listed->lines));
    for (; next_field(text, length, &at, &start, &field); items++) {
        TRY(dictionary_add(&listed->ids[ITEMS], &item, text + start, field, listed->lines));
        TRY(memory_grow(&listed->number, &listed->capacity, listed->count + 1, sizeof *listed->number));
        listed->number[listed->count][USERS] = user;
        listed->number[listed->count++][ITEMS] = item;
    }
    return items > 0 ? MFALS_OK
                     : fail(MFALS_BAD_DATA, "%s:%" PRId64 ": a user without items", path, listed->lines);
}

static status take_chunk(struct listed *listed, const char *path, const struct chunk *chunk)
{
    TRY(chunk_check_list(chunk, path));
    for (int64_t at = 0; at < chunk->length;) {
        const char *line = chunk->text + at, *end = memchr(line, '\n', (size_t)(chunk->length - at));
        int64_t length = end != NULL ? end - line : chunk->length - at;
        if (length == CHUNK_BYTES)
            return fail(MFALS_BAD_DATA, "%s:%" PRId64 ": the line is too long", path, listed->lines + 1);
        TRY(take_line(listed, path, line, length));
        at += length + 1;
    }
    return MFALS_OK;
}

static status read_file(struct listed *listed, const char *path)
{
    struct chunk_reader reader;
    struct chunk chunk = {.length = 1};
    status done = chunks_open(&reader, path, compression_of_name(path), 0, INT64_MAX);
    while (done == MFALS_OK && chunk.length > 0) {
        done = chunks_next(&reader, &chunk);
        if (done == MFALS_OK)
            done = take_chunk(listed, path, &chunk);
    }
    chunks_close(&reader);
    return done;
}

/* Those of known users and items, and who owns the users. */
static status list_pairs(struct pair **pairs, int **owner, int64_t *count, const struct listed *listed,
                         int64_t *const row_of[2], const int64_t *offsets, int ranks)
{
    TRY(allocate_raw(pairs, listed->count));
    TRY(allocate_raw(owner, listed->count));
    *count = 0;
    for (int64_t i = 0; i < listed->count; i++) {
        int64_t user = row_of[USERS][listed->number[i][USERS]],
                item = row_of[ITEMS][listed->number[i][ITEMS]];
        if (user < 0 || item < 0)
            continue;
        (*pairs)[*count] = (struct pair){.row = {(uint32_t)user, (uint32_t)item}, .value = 1};
        (*owner)[(*count)++] = partition_owner(offsets, ranks, user);
    }
    return MFALS_OK;
}

static int by_rows(const void *a, const void *b)
{
    const struct pair *one = a, *other = b;
    for (int side = USERS; side <= ITEMS; side++)
        if (one->row[side] != other->row[side])
            return one->row[side] < other->row[side] ? -1 : 1;
    return 0;
}

static int64_t make_distinct(struct pair *pairs, int64_t count)
{
    int64_t kept = 0;
    if (count > 0)
        qsort(pairs, (size_t)count, sizeof *pairs, by_rows);
    for (int64_t i = 0; i < count; i++)
        if (i == 0 || by_rows(&pairs[i], &pairs[kept - 1]) != 0)
            pairs[kept++] = pairs[i];
    return kept;
}

/* [collective] */
static status find_rows(int64_t **row_of, const struct comm *comm, const struct dictionary *ids,
                        const struct known_ids *known, const char *what)
{
    int64_t unknown;
    TRY(allocate_on_all(comm, row_of, ids->count));
    TRY(ids_find(*row_of, comm, ids, known));
    TRY(ids_count_unknown(&unknown, comm, ids, *row_of));
    if (unknown > 0)
        log_warning("--candidates: %" PRId64 " %s are not known to the model and left out", unknown, what);
    return MFALS_OK;
}

static status distribute(struct csr *csr, const struct comm *comm, const struct listed *listed,
                         const struct known_ids known[2])
{
    scoped int64_t *users = NULL, *items = NULL;
    scoped struct pair *pairs = NULL;
    scoped int *owner = NULL;
    scoped_received got = {0};
    const int64_t *offsets = known[USERS].offsets, first = offsets[comm->rank];
    int64_t count = 0;
    TRY(find_rows(&users, comm, &listed->ids[USERS], &known[USERS], "users"));
    TRY(find_rows(&items, comm, &listed->ids[ITEMS], &known[ITEMS], "items"));
    int64_t *const row_of[2] = {users, items};
    TRY(agree(comm, list_pairs(&pairs, &owner, &count, listed, row_of, offsets, comm->size)));
    TRY(redistribute(comm, &got, pairs, count, sizeof *pairs, owner));
    int64_t distinct = make_distinct(got.records, got.count);
    return agree(comm, csr_build(csr, USERS, first, offsets[comm->rank + 1] - first, got.records, distinct));
}

status candidates_file_load(struct csr *csr, const struct comm *comm, const char *path,
                            const struct known_ids known[2])
{
    __attribute__((cleanup(listed_free))) struct listed listed = {0};
    *csr = (struct csr){0};
    TRY(agree(comm, comm->rank == 0 ? read_file(&listed, path) : MFALS_OK));
    return distribute(csr, comm, &listed, known);
}
