/* Ids read back. */
#ifndef STORE_STORED_IDS_H
#define STORE_STORED_IDS_H

#include "ratings/ids.h"
#include "store/header.h"

/* [local] Whether ids as they stand in a file, rows first .. first + count - 1 of the data set, are what ids must be:
 * UTF-8 without control characters, not empty, padded with NUL alone, ascending, no two alike. before: the row before
 * them, or NULL. MFALS_BAD_DATA. */
status stored_ids_check(const char *path, const struct data_set *set, int64_t first, int64_t count,
                        const char *rows, const char *before);

/* [local] The ids of rows first .. first + count - 1, checked; to be freed with ids_free in any case. As
 * stored_rows_read. */
status stored_ids_read(struct ids *ids, int fd, const char *path, const struct data_set *set, int64_t first,
                       int64_t count);

#endif
