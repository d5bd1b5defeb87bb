#include "store/stored_ids.h"

#include "base/utf8.h"
#include "store/stored_rows.h"

#include <inttypes.h>
#include <string.h>

static bool ascends(const char *before, const char *row, const struct data_set *set)
{
    if (set->element == ELEMENT_TEXT)
        return memcmp(before, row, (size_t)set->row_bytes) < 0;
    int64_t a, b;
    memcpy(&a, before, sizeof a);
    memcpy(&b, row, sizeof b);
    return a < b;
}

/* Integers all are. */
static bool is_id(const char *row, const struct data_set *set)
{
    if (set->element != ELEMENT_TEXT)
        return true;
    size_t width = (size_t)set->row_bytes, length = strnlen(row, width);
    for (size_t i = length; i < width; i++)
        if (row[i] != '\0')
            return false;
    return length > 0 && utf8_is_text(row, (int64_t)length);
}

status stored_ids_check(const char *path, const struct data_set *set, int64_t first, int64_t count,
                        const char *rows, const char *before)
{
    for (int64_t i = 0; i < count; i++, before = rows, rows += set->row_bytes) {
        const char *wrong = !is_id(rows, set) ? "is no id: empty, or not printable UTF-8"
                            : before != NULL && !ascends(before, rows, set) ? "is not in order"
                                                                            : NULL;
        if (wrong != NULL)
            return fail(MFALS_BAD_DATA, "'%s' is damaged: row %" PRId64 " of %s %s", path, first + i,
                        set->name, wrong);
    }
    return MFALS_OK;
}

status stored_ids_read(struct ids *ids, int fd, const char *path, const struct data_set *set, int64_t first,
                       int64_t count)
{
    *ids = (struct ids){.kind = set->element == ELEMENT_TEXT ? ID_TEXT : ID_INTEGER,
                        .rows = set->rows,
                        .first = first,
                        .count = count,
                        .width = (int)set->width}; /* bounded by ID_MAX_BYTES in store/shape.c */
    ids->keys = memory_new_raw(count, (size_t)set->width);
    if (ids->keys == NULL)
        return MFALS_NO_MEMORY;
    char before[ID_MAX_BYTES];
    bool lead = first > 0 && count > 0;
    if (lead)
        TRY(stored_rows_read(before, set->width, fd, path, set, first - 1, 1));
    TRY(stored_rows_read(ids->keys, set->width, fd, path, set, first, count));
    return stored_ids_check(path, set, first, count, ids->keys, lead ? before : NULL);
}
