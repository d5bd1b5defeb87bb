/* Lists of items as HDF5, for programs:
 *
 *   /                   attributes: format "mfals-lists", format_version, complete, digest
 *   /users/ids          [users] int64 or fixed-length UTF-8 text; in the order of the model's rows
 *   /lists/items        [users x top] item ids, alike, best first
 *   /lists/scores       [users x top] float32; NaN where a list is shorter
 *
 *     struct list_file file = {.top = 10};
 *     TRY(list_file_add(&file, own_user, entries, count));        on any rank, in the order of its users
 *     TRY(list_file_write(&file, &comm, path, users, items));
 *     list_file_free(&file);
 */
#ifndef SERVE_LIST_FILE_H
#define SERVE_LIST_FILE_H

#include "comm/comm.h"
#include "ratings/ids.h"
#include "use/top.h"

struct list_file {
    int top;
    int64_t count, user_capacity, entry_capacity;
    int64_t *user;             /* owned: [count] own rows */
    struct top_entry *entries; /* owned: [count x top]; item -1 where a list is shorter */
};

/* [local] */
status list_file_add(struct list_file *file, int64_t own_user, const struct top_entry *entries, int count);

/* [collective] Fails as new_file_write, store/new_file.h.
 *   users  the ids of this rank's users
 *   items  the ids of all items */
status list_file_write(const struct list_file *file, const struct comm *comm, const char *path,
                       const struct ids *users, const struct ids *items);

/* [local] Accepts a zeroed struct. */
void list_file_free(struct list_file *file);

#endif
