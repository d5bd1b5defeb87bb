/* Ids read back. */
#ifndef STORE_STORED_IDS_H
#define STORE_STORED_IDS_H

#include "ratings/ids.h"
#include "store/header.h"

/* [local] The ids of rows first .. first + count - 1; to be freed with ids_free in any case. As stored_rows_read. */
status stored_ids_read(struct ids *ids, int fd, const char *path, const struct data_set *set, int64_t first,
                       int64_t count);

#endif
