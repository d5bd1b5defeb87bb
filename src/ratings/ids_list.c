#include "ratings/ids_list.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/utf8.h"
#include "comm/partition.h"
#include "comm/redistribute.h"
#include "ratings/chunks.h"
#include "ratings/format.h"

#include <inttypes.h>

/* The reading of a list, on rank 0. */
struct list {
    struct dictionary ids; /* owned */
    const char *path;      /* not owned: of the current file */
    int64_t line;          /* its lines read */
    enum id_kind kind;
    bool begun, separated; /* the first line of all has been seen; it has a separator */
    enum separator separator;
};

static void choose_separator(struct list *list, const char *text, int64_t length)
{
    if (!format_guess_separator(&list->separator, text, length))
        list->separator = SEPARATOR_BLANKS;
    if (list->separator == SEPARATOR_BLANKS && text[0] == '"')
        list->separator = SEPARATOR_COMMA;
    list->separated = list->separator != SEPARATOR_BLANKS || list->kind == ID_INTEGER;
    list->begun = true;
}

static status bad_line(const struct list *list, int64_t column, const char *reason)
{
    return fail(MFALS_BAD_DATA, "%s:%" PRId64 ":%" PRId64 ": %s", list->path, list->line, column, reason);
}

static status take_line(struct list *list, const char *text, int64_t length)
{
    struct field field = {.text = text, .length = length};
    struct line_fault fault;
    char unescaped[ID_MAX_BYTES + 1];
    uint32_t number;
    list->line++;
    if (length > LINE_MAX_BYTES)
        return bad_line(list, 1, "the line is longer than 1 MiB");
    if (line_is_blank(text, length))
        return MFALS_OK;
    if (!list->begun)
        choose_separator(list, text, length);
    if (list->separated && line_split(&field, &fault, list->separator, 1, text, length) < 0)
        return bad_line(list, fault.column, fault.reason);
    if (field.escaped)
        line_unescape(&field, unescaped);
    if (field.length == 0)
        return bad_line(list, 1, "the id is empty");
    if (!utf8_is_text(field.text, field.length))
        return bad_line(list, 1, "holds a control character or is not valid UTF-8");
    return dictionary_add(&list->ids, &number, field.text, field.length, list->line);
}

static status take_chunk(struct list *list, const struct chunk *chunk)
{
    const char *text = chunk->text, *end = text + chunk->length;
    TRY(chunk_check_list(chunk, list->path));
    if (chunk->offset == 0)
        text += format_mark_length(text, chunk->length);
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline == NULL ? end : newline;
        TRY(take_line(list, text, stop - text - (stop > text && stop[-1] == '\r')));
        text = stop + 1;
    }
    return MFALS_OK;
}

static status read_file(struct list *list, const char *path, enum compression compression)
{
    struct chunk_reader reader;
    struct chunk chunk;
    list->path = path;
    list->line = 0;
    status got = chunks_open(&reader, path, compression, 0, INT64_MAX);
    while (got == MFALS_OK && (got = chunks_next(&reader, &chunk)) == MFALS_OK && chunk.length > 0)
        if ((got = take_chunk(list, &chunk)) != MFALS_OK)
            break;
    chunks_close(&reader);
    return got;
}

static status read_list(struct list *list, const struct inputs *inputs)
{
    for (int64_t file = 0; file < inputs->count; file++)
        TRY(read_file(list, inputs_path(inputs, file), inputs->files[file].compression));
    return MFALS_OK;
}

/* [collective] The rows of the dictionary's ids, which rank 0 alone has. */
static status load(struct dictionary *ids, int64_t **row_of, const struct comm *comm, const char *path,
                   const struct known_ids *known)
{
    char *paths[] = {(char *)path};
    const struct ratings_options options = {.paths = paths, .path_count = 1};
    struct list list = {.kind = known->ids->kind};
    struct inputs inputs;
    status done = inputs_list(&inputs, comm, &options);
    if (done == MFALS_OK)
        done = agree(comm, comm->rank == 0 ? read_list(&list, &inputs) : MFALS_OK);
    inputs_free(&inputs);
    *ids = list.ids;
    TRY(done);
    TRY(agree(comm, allocate_raw(row_of, ids->count)));
    return ids_find(*row_of, comm, ids, known);
}

static void warn_of_unknown(const struct dictionary *ids, const int64_t *row_of, int64_t unknown,
                            const char *path)
{
    int64_t first = 0, length;
    if (unknown == 0)
        return;
    while (row_of[first] >= 0)
        first++;
    const char *text = dictionary_text(ids, first, &length);
    log_warning("%s: %" PRId64 " of %" PRId64 " ids are not known, the first: %.*s", path, unknown,
                ids->count, (int)number_min(length, ID_MAX_BYTES), text);
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

status ids_list_load(char **wanted, int64_t *found, int64_t *unknown, const struct comm *comm,
                     const char *path, const struct known_ids *known)
{
    scoped int64_t *row_of = NULL;
    struct dictionary ids = {0};
    *wanted = NULL;
    status done = load(&ids, &row_of, comm, path, known);
    *unknown = 0;
    for (int64_t i = 0; i < ids.count && done == MFALS_OK; i++)
        *unknown += row_of[i] < 0;
    if (done == MFALS_OK)
        warn_of_unknown(&ids, row_of, *unknown, path);
    comm_sum_int(comm, unknown, 1);
    if (done == MFALS_OK)
        done = mark(wanted, found, comm, row_of, ids.count, known);
    dictionary_free(&ids);
    return done;
}
