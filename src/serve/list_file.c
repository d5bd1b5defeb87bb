#include "serve/list_file.h"

#include "base/memory.h"
#include "base/number.h"
#include "store/new_file.h"

#include <math.h>

enum { LIST_FORMAT_VERSION = 1, TABLES = 3 };

status list_file_add(struct list_file *file, int64_t own_user, const struct top_entry *entries, int count)
{
    TRY(memory_grow(&file->user, &file->user_capacity, file->count + 1, sizeof *file->user));
    TRY(memory_grow(&file->entries, &file->entry_capacity, (file->count + 1) * file->top,
                    sizeof *file->entries));
    struct top_entry *own = file->entries + file->count * file->top;
    for (int i = 0; i < file->top; i++)
        own[i] = i < count ? entries[i] : (struct top_entry){-1, NAN};
    file->user[file->count++] = own_user;
    return MFALS_OK;
}

/* The columns of the file, from this rank's lists. */
struct columns {
    char *users, *items; /* owned */
    float *scores;       /* owned */
    int64_t *offsets;    /* owned: the partition of the lists */
};

static void columns_free(struct columns *columns)
{
    memory_free(columns->users);
    memory_free(columns->items);
    memory_free(columns->scores);
    memory_free(columns->offsets);
}

static int64_t width_of(const struct ids *ids)
{
    return number_max(1, ids->width);
}

static void copy_id(char *to, const struct ids *ids, int64_t row)
{
    memcpy(to, ids->keys + row * ids->width, (size_t)ids->width);
}

static status fill_columns(struct columns *columns, const struct list_file *file, int ranks,
                           const struct ids *users, const struct ids *items)
{
    int64_t entries = file->count * file->top, user_width = width_of(users), item_width = width_of(items);
    TRY(allocate(&columns->users, file->count * user_width));
    TRY(allocate(&columns->items, entries * item_width));
    TRY(allocate(&columns->scores, entries));
    TRY(allocate(&columns->offsets, ranks + 1));
    for (int64_t i = 0; i < file->count; i++)
        copy_id(columns->users + i * user_width, users, file->user[i]);
    for (int64_t i = 0; i < entries; i++) {
        columns->scores[i] = file->entries[i].score;
        if (file->entries[i].item >= 0)
            copy_id(columns->items + i * item_width, items, file->entries[i].item);
    }
    return MFALS_OK;
}

/* [collective] Sets offsets from each rank's count. */
static void gather_offsets(int64_t *offsets, const struct comm *comm, int64_t count)
{
    offsets[comm->rank + 1] = count; /* the others' are 0 */
    comm_sum_int(comm, offsets, comm->size + 1);
    for (int r = 0; r < comm->size; r++)
        offsets[r + 1] += offsets[r];
}

static enum element element_of(const struct ids *ids)
{
    return ids->kind == ID_INTEGER ? ELEMENT_INT64 : ELEMENT_TEXT;
}

status list_file_write(const struct list_file *file, const struct comm *comm, const char *path,
                       const struct ids *users, const struct ids *items)
{
    __attribute__((cleanup(columns_free))) struct columns columns = {0};
    static const char *const groups[] = {"/users", "/lists"};
    int64_t top = file->top, user_bytes = width_of(users), item_bytes = top * width_of(items),
            score_bytes = top * (int64_t)sizeof(float);
    TRY(agree(comm, fill_columns(&columns, file, comm->size, users, items)));
    gather_offsets(columns.offsets, comm, file->count);
    const struct table tables[TABLES] = {
        {{"/users/ids", columns.users, user_bytes, user_bytes, columns.offsets}, element_of(users), 0},
        {{"/lists/items", columns.items, item_bytes, item_bytes, columns.offsets}, element_of(items), top},
        {{"/lists/scores", columns.scores, score_bytes, score_bytes, columns.offsets}, ELEMENT_FLOAT32, top}};
    const struct new_file new_file = {.path = path,
                                      .format = "mfals-lists",
                                      .format_version = LIST_FORMAT_VERSION,
                                      .groups = groups,
                                      .group_count = 2,
                                      .tables = tables,
                                      .table_count = TABLES};
    return new_file_write(comm, &new_file);
}

void list_file_free(struct list_file *file)
{
    memory_free(file->user);
    memory_free(file->entries);
    *file = (struct list_file){0};
}
