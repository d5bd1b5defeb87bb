#include "store/checkpoint_file.h"

#include "base/number.h"
#include "store/names.h"
#include "store/shape.h"
#include "store/stored_rows.h"
#include "store/trailer.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *const best_factors_name[2] = {"/best/users/factors", "/best/items/factors"};
static const char *const best_bias_name[2] = {"/best/users/bias", "/best/items/bias"};

enum { TABLES_MAX = MODEL_TABLES_MAX + 6, GROUPS_MAX = 6 };

static int64_t list_best(struct table *tables, const struct checkpoint_file *file)
{
    int64_t count = 0;
    for (int s = USERS; s <= ITEMS; s++)
        count += model_side_tables(tables + count, &file->best[s], file->model.factors, best_factors_name[s],
                                   best_bias_name[s]);
    return count;
}

static void list_groups(const char *groups[GROUPS_MAX], struct new_file *file, bool state, bool best)
{
    static const char *const all[GROUPS_MAX] = {"/users", "/items",      "/state",
                                                "/best",  "/best/users", "/best/items"};
    for (int i = 0; i < GROUPS_MAX; i++)
        if (i < 2 || (i == 2 ? state : best))
            groups[file->group_count++] = all[i];
    file->groups = groups;
}

static void fill_offsets(int64_t *offsets, const struct comm *comm, int64_t rows)
{
    for (int r = 1; r <= comm->size; r++)
        offsets[r] = rows; /* all of them the first rank's */
}

/* What bears no checksum trailer is not ours. */
static status check_replaced(const char *target)
{
    struct stat there;
    if (lstat(target, &there) != 0 || trailer_marks(target))
        return MFALS_OK;
    return fail(MFALS_NO_OUTPUT,
                "'%s' is there and is no checkpoint of mfals: move it away, or use another folder", target);
}

static status start(struct writing **writing, const struct comm *comm, const struct checkpoint_file *file,
                    struct attribute *attributes, int64_t *axes_offsets, int64_t *spent_offsets)
{
    struct table tables[TABLES_MAX];
    const char *groups[GROUPS_MAX];
    struct new_file new_file;
    int64_t k = file->model.factors, row_bytes = k * (int64_t)sizeof(double);
    model_new_file(&new_file, tables, attributes, &file->model);
    new_file.format = CHECKPOINT_FORMAT;
    new_file.has_trailer = true;
    new_file.folder = file->folder;
    new_file.may_replace = check_replaced;
    new_file.group_count = 0;
    list_groups(groups, &new_file, file->axes != NULL || file->spent != NULL, file->has_best);
    fill_offsets(axes_offsets, comm, k + 1);
    fill_offsets(spent_offsets, comm, file->spent_count);
    if (file->axes != NULL)
        tables[new_file.table_count++] =
            (struct table){.slab = {CHECKPOINT_AXES, file->axes, row_bytes, row_bytes, axes_offsets},
                           .element = ELEMENT_FLOAT64,
                           .columns = k};
    if (file->spent != NULL)
        tables[new_file.table_count++] = (struct table){
            .slab = {CHECKPOINT_SPENT, file->spent, sizeof(double), sizeof(double), spent_offsets},
            .element = ELEMENT_FLOAT64};
    if (file->has_best)
        new_file.table_count += list_best(tables + new_file.table_count, file);
    return new_file_start(writing, comm, &new_file);
}

status checkpoint_file_start(struct writing **writing, const struct comm *comm,
                             const struct checkpoint_file *file)
{
    scoped struct attribute *attributes = NULL;
    scoped int64_t *axes_offsets = NULL, *spent_offsets = NULL;
    *writing = NULL;
    status ready = allocate(&attributes, file->model.attribute_count + 1);
    if (ready == MFALS_OK)
        ready = allocate(&axes_offsets, comm->size + 1);
    if (ready == MFALS_OK)
        ready = allocate(&spent_offsets, comm->size + 1);
    TRY(agree(comm, ready));
    return start(writing, comm, file, attributes, axes_offsets, spent_offsets);
}

static status keep_path(char **copy, const char *path)
{
    TRY(allocate(copy, (int64_t)strlen(path) + 1));
    memcpy(*copy, path, strlen(path));
    return MFALS_OK;
}

/* [local] */
static status open_local(struct checkpoint *checkpoint, const char *path)
{
    struct shape shape;
    TRY(header_require(checkpoint->header, path, CHECKPOINT_FORMAT, CHECKPOINT_FORMAT_VERSION));
    TRY(shape_of_model(&shape, checkpoint->header, path));
    TRY(keep_path(&checkpoint->path, path));
    return stored_rows_open(&checkpoint->fd, path, checkpoint->header);
}

/* By its checksum trailer the file is sound: what is wrong with it then is its kind, or a later version. */
static status as_checkpoint(status code)
{
    char reason[FAILURE_MESSAGE_SIZE];
    if (code != MFALS_BAD_DATA)
        return code;
    snprintf(reason, sizeof reason, "%s", failure_message());
    return fail(MFALS_BAD_CHECKPOINT, "%s", reason);
}

static status open_checked(struct checkpoint *checkpoint, const struct comm *comm, const char *path)
{
    TRY(trailer_verify(comm, path));
    TRY(as_checkpoint(header_read(&checkpoint->header, comm, path)));
    return as_checkpoint(agree(comm, open_local(checkpoint, path)));
}

status checkpoint_open(struct checkpoint **checkpoint, const struct comm *comm, const char *path)
{
    TRY(allocate_on_all(comm, checkpoint, 1));
    (*checkpoint)->fd = -1;
    status opened = open_checked(*checkpoint, comm, path);
    if (opened != MFALS_OK)
        checkpoint_close(checkpoint);
    return opened;
}

void checkpoint_close(struct checkpoint **checkpoint)
{
    if (*checkpoint == NULL)
        return;
    if ((*checkpoint)->fd >= 0)
        close((*checkpoint)->fd);
    memory_free((*checkpoint)->header);
    memory_free((*checkpoint)->path);
    memory_free(*checkpoint);
    *checkpoint = NULL;
}

bool checkpoint_has_best(const struct checkpoint *checkpoint)
{
    return header_find(checkpoint->header, best_factors_name[USERS]) != NULL;
}

/* A data set of the given shape, or a failure. */
static status find(const struct data_set **set, const struct checkpoint *checkpoint, const char *name,
                   enum element element, int64_t rows, int64_t columns)
{
    *set = header_find(checkpoint->header, name);
    if (*set != NULL && (*set)->element == element && (*set)->rows >= rows && (*set)->columns == columns)
        return MFALS_OK;
    return fail(MFALS_BAD_CHECKPOINT, "'%s' has not the %s that its other parts ask for", checkpoint->path,
                name);
}

static status read_part(const struct checkpoint *checkpoint, const struct data_set *set, float *into,
                        int64_t first, int64_t count)
{
    return stored_rows_read(into, set->row_bytes, checkpoint->fd, checkpoint->path, set, first, count);
}

status checkpoint_rows(const struct checkpoint *checkpoint, enum side side, bool best, int64_t k,
                       int64_t first, int64_t count, checkpoint_taker *taker, void *context)
{
    static const int64_t part_bytes = (int64_t)1 << 22;
    const char *bias_set = best ? best_bias_name[side] : bias_name[side];
    const struct data_set *factors, *bias = NULL;
    scoped float *x = NULL, *b = NULL;
    int64_t part = number_min(number_max(1, part_bytes / (k * (int64_t)sizeof(float))), number_max(1, count));
    TRY(find(&factors, checkpoint, best ? best_factors_name[side] : factors_name[side], ELEMENT_FLOAT32,
             first + count, k));
    if (header_find(checkpoint->header, bias_set) != NULL)
        TRY(find(&bias, checkpoint, bias_set, ELEMENT_FLOAT32, first + count, 1));
    TRY(allocate_raw(&x, part * k));
    TRY(allocate_raw(&b, part));
    for (int64_t row = first; row < first + count; row += part) {
        int64_t rows = number_min(part, first + count - row);
        TRY(read_part(checkpoint, factors, x, row, rows));
        if (bias != NULL)
            TRY(read_part(checkpoint, bias, b, row, rows));
        taker(context, row, rows, x, bias == NULL ? NULL : b);
    }
    return MFALS_OK;
}

status checkpoint_numbers(double *numbers, int64_t count, const struct checkpoint *checkpoint,
                          const char *name)
{
    const struct data_set *set = header_find(checkpoint->header, name);
    if (set == NULL || set->element != ELEMENT_FLOAT64 || set->rows * set->columns != count)
        return fail(MFALS_BAD_CHECKPOINT, "'%s' has not the %s that its other parts ask for",
                    checkpoint->path, name);
    return stored_rows_read(numbers, set->row_bytes, checkpoint->fd, checkpoint->path, set, 0, set->rows);
}
