#include "ratings/ids_list.h"

#include "base/log.h"
#include "base/memory.h"
#include "comm/partition.h"
#include "comm/redistribute.h"
#include "read/text_list.h"

#include <inttypes.h>

/* The ids that rank 0 reads. */
struct list {
    struct dictionary ids; /* owned */
    bool integers;         /* those that are known are */
};

static status parse_line(struct text_list *lines, void *context)
{
    struct list *list = context;
    uint32_t number;
    if (lines->first)
        lines->separator = text_list_separator(lines, list->integers,
                                               lines->text[0] == '"' ? SEPARATOR_COMMA : SEPARATOR_NONE);
    TRY(text_list_split(lines, 1));
    return text_list_add_id(&number, &list->ids, lines, 0, USERS);
}

static int64_t count_unknown(const struct dictionary *ids, const int64_t *row_of, const char *path,
                             const char *what)
{
    int64_t unknown = 0, first = 0, length;
    for (int64_t i = ids->count - 1; i >= 0; i--)
        if (row_of[i] < 0) {
            unknown++;
            first = i;
        }
    if (unknown == 0)
        return 0;
    const char *text = dictionary_text(ids, first, &length);
    log_warning("%s: %" PRId64 " of %" PRId64 " %s are not known and left out, the first: %.*s", path,
                unknown, ids->count, what, (int)length, text);
    return unknown;
}

status ids_list_find(int64_t **row_of, int64_t *unknown, const struct comm *comm,
                     const struct dictionary *ids, const struct known_ids *known, const char *path,
                     const char *what)
{
    TRY(agree(comm, allocate_raw(row_of, ids->count)));
    TRY(ids_find(*row_of, comm, ids, known));
    *unknown = count_unknown(ids, *row_of, path, what);
    comm_sum_int(comm, unknown, 1);
    return MFALS_OK;
}

/* The known ones of the rows, and their owners. count: in: of row_of; out: of these. */
static status list_known(int64_t **rows, int **owner, int64_t *count, const int64_t *row_of,
                         const int64_t *offsets, int ranks)
{
    int64_t all = *count;
    *count = 0;
    TRY(allocate_raw(rows, all));
    TRY(allocate_raw(owner, all));
    for (int64_t i = 0; i < all; i++) {
        if (row_of[i] < 0)
            continue;
        (*rows)[*count] = row_of[i];
        (*owner)[(*count)++] = partition_owner(offsets, ranks, row_of[i]);
    }
    return MFALS_OK;
}

/* [collective] Tells the owners of the rows; sets wanted, which is theirs. */
static status mark(char **wanted, int64_t *found, const struct comm *comm, const int64_t *row_of,
                   int64_t count, const struct known_ids *known)
{
    scoped int64_t *rows = NULL;
    scoped int *owner = NULL;
    scoped_received got = {0};
    TRY(agree(comm, list_known(&rows, &owner, &count, row_of, known->offsets, comm->size)));
    TRY(redistribute(comm, &got, rows, count, sizeof *rows, owner));
    TRY(allocate_on_all(comm, wanted, known->ids->count));
    const int64_t *row = got.records;
    for (int64_t i = 0; i < got.count; i++)
        (*wanted)[row[i] - known->ids->first] = 1;
    *found = got.count;
    comm_sum_int(comm, found, 1);
    return MFALS_OK;
}

static status load(char **wanted, int64_t *found, int64_t *unknown, struct list *list,
                   const struct comm *comm, const char *path, const char *encoding,
                   const struct known_ids *known)
{
    scoped int64_t *row_of = NULL;
    TRY(agree(comm, comm->rank == 0 ? text_list_read(path, encoding, parse_line, list) : MFALS_OK));
    TRY(ids_list_find(&row_of, unknown, comm, &list->ids, known, path, "users"));
    return mark(wanted, found, comm, row_of, list->ids.count, known);
}

status ids_list_load(char **wanted, int64_t *found, int64_t *unknown, const struct comm *comm,
                     const char *path, const char *encoding, const struct known_ids *known)
{
    struct list list = {.integers = known->ids->kind == ID_INTEGER};
    *wanted = NULL;
    status done = load(wanted, found, unknown, &list, comm, path, encoding, known);
    dictionary_free(&list.ids);
    return done;
}
