#include "input/candidates.h"

#include "base/memory.h"
#include "comm/partition.h"
#include "comm/redistribute.h"
#include "ratings/ids_list.h"
#include "read/text_list.h"

#include <limits.h>
#include <stdlib.h>

/* As read by rank 0; empty elsewhere. */
struct listed {
    struct dictionary ids[2];
    uint32_t (*number)[2]; /* owned: of user and item, for each candidate */
    int64_t count, capacity;
    bool integers; /* all known ids are */
};

static void listed_free(struct listed *listed)
{
    dictionary_free(&listed->ids[USERS]);
    dictionary_free(&listed->ids[ITEMS]);
    memory_free(listed->number);
}

static status parse_line(struct text_list *list, void *context)
{
    struct listed *listed = context;
    uint32_t user, item;
    int items = 0;
    if (list->first)
        list->separator = text_list_separator(list, listed->integers, SEPARATOR_BLANKS);
    TRY(text_list_split(list, INT_MAX));
    TRY(text_list_add_id(&user, &listed->ids[USERS], list, 0, USERS));
    for (int i = 1; i < list->count; i++) {
        if (list->fields[i].length == 0) /* tables are filled up */
            continue;
        items++;
        TRY(text_list_add_id(&item, &listed->ids[ITEMS], list, i, ITEMS));
        TRY(memory_grow(&listed->number, &listed->capacity, listed->count + 1, sizeof *listed->number));
        listed->number[listed->count][USERS] = user;
        listed->number[listed->count++][ITEMS] = item;
    }
    return items > 0 ? MFALS_OK : text_list_fail(list, list->length + 1, "a user without items");
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

static status distribute(struct csr *csr, const struct comm *comm, const struct listed *listed,
                         const struct known_ids known[2], const char *path)
{
    scoped int64_t *users = NULL, *items = NULL;
    scoped struct pair *pairs = NULL;
    scoped int *owner = NULL;
    scoped_received got = {0};
    const int64_t *offsets = known[USERS].offsets, first = offsets[comm->rank];
    int64_t count = 0, unknown;
    TRY(ids_list_find(&users, &unknown, comm, &listed->ids[USERS], &known[USERS], path, "users"));
    TRY(ids_list_find(&items, &unknown, comm, &listed->ids[ITEMS], &known[ITEMS], path, "items"));
    int64_t *const row_of[2] = {users, items};
    TRY(agree(comm, list_pairs(&pairs, &owner, &count, listed, row_of, offsets, comm->size)));
    TRY(redistribute(comm, &got, pairs, count, sizeof *pairs, owner));
    int64_t distinct = make_distinct(got.records, got.count);
    return agree(comm, csr_build(csr, USERS, first, offsets[comm->rank + 1] - first, got.records, distinct));
}

status candidates_load(struct csr *csr, const struct comm *comm, const char *path, const char *encoding,
                       const struct known_ids known[2])
{
    bool integers = known[USERS].ids->kind == ID_INTEGER && known[ITEMS].ids->kind == ID_INTEGER;
    __attribute__((cleanup(listed_free))) struct listed listed = {.integers = integers};
    *csr = (struct csr){0};
    TRY(agree(comm, comm->rank == 0 ? text_list_read(path, encoding, parse_line, &listed) : MFALS_OK));
    return distribute(csr, comm, &listed, known, path);
}
