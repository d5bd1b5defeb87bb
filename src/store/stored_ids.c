#include "store/stored_ids.h"

#include "store/stored_rows.h"

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
    return stored_rows_read(ids->keys, set->width, fd, path, set, first, count);
}
