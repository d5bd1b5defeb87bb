#include "store/export.h"

#include "base/advance.h"
#include "base/log.h"
#include "base/number.h"
#include "store/plain_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const side_name[2] = {[USERS] = "users", [ITEMS] = "items"};

const char *const export_npy_suffix[EXPORT_NPY_FILES] = {".users.npy", ".users.bias.npy", ".users.ids.npy",
                                                         ".items.npy", ".items.bias.npy", ".items.ids.npy"};

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define NPY_ORDER "<"
#else
#define NPY_ORDER ">"
#endif

enum { NPY_HEADER_SIZE = 128, NPY_MAGIC_SIZE = 10, TYPE_SIZE = 16 };

/* A rank's rows of one array. */
struct array {
    const char *prefix, *suffix; /* the file: PREFIX.users or items, SUFFIX */
    enum side side;
    char type[TYPE_SIZE];
    int64_t columns; /* 0: one-dimensional */
    const void *rows;
    int64_t row_bytes, stride;
    const int64_t *offsets;
};

/* Magic, version, length; a Python dictionary, padded with blanks and ended by a newline. */
static void npy_header(char *header, const struct array *array, int64_t rows)
{
    char *text = header + NPY_MAGIC_SIZE;
    memcpy(header, "\x93NUMPY\x01", 8); /* with the 0 at its end */
    header[8] = (char)(NPY_HEADER_SIZE - NPY_MAGIC_SIZE);
    header[9] = 0;
    char shape[48];
    if (array->columns > 0)
        snprintf(shape, sizeof shape, "%" PRId64 ", %" PRId64, rows, array->columns);
    else
        snprintf(shape, sizeof shape, "%" PRId64 ",", rows);
    int length = snprintf(text, NPY_HEADER_SIZE - NPY_MAGIC_SIZE,
                          "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", array->type, shape);
    memset(text + length, ' ', (size_t)(NPY_HEADER_SIZE - NPY_MAGIC_SIZE - length));
    header[NPY_HEADER_SIZE - 1] = '\n';
}

/* [local] Through a buffer, as rows lie apart in memory. */
static status write_rows(const struct plain_file *file, const struct array *array)
{
    static const int64_t part_bytes = (int64_t)1 << 22;
    const int rank = file->comm->rank;
    int64_t first = array->offsets[rank], rows = array->offsets[rank + 1] - first;
    int64_t part = number_max(1, number_min(rows, part_bytes / array->row_bytes));
    scoped char *packed = NULL;
    TRY(allocate_raw(&packed, part * array->row_bytes));
    for (int64_t i = 0; i < rows; i += part) {
        int64_t count = number_min(part, rows - i);
        for (int64_t j = 0; j < count; j++)
            memcpy(packed + j * array->row_bytes, (const char *)array->rows + (i + j) * array->stride,
                   (size_t)array->row_bytes);
        TRY(plain_file_write(file, NPY_HEADER_SIZE + (first + i) * array->row_bytes, packed,
                             count * array->row_bytes));
        advance_by(count);
    }
    return MFALS_OK;
}

static status write_share(const struct plain_file *file, const struct array *array, int64_t rows)
{
    char header[NPY_HEADER_SIZE];
    npy_header(header, array, rows);
    if (file->comm->rank == 0)
        TRY(plain_file_write(file, 0, header, sizeof header));
    return write_rows(file, array);
}

static status new_path(char **path, const struct array *array)
{
    size_t length = strlen(array->prefix) + strlen(array->suffix) + 8;
    TRY(allocate(path, (int64_t)length));
    snprintf(*path, length, "%s.%s%s", array->prefix, side_name[array->side], array->suffix);
    return MFALS_OK;
}

enum { ARRAYS_MAX = 6 };

/* The arrays of a model, and their files. */
struct export
{
    const struct comm *comm;
    struct array arrays[ARRAYS_MAX];
    char *paths[ARRAYS_MAX]; /* owned, as the files */
    struct plain_file files[ARRAYS_MAX];
    int count;
};

static void export_free(struct export *export)
{
    for (int i = 0; i < export->count; i++) {
        plain_file_free(&export->files[i]);
        memory_free(export->paths[i]);
    }
}

/* All of a side's rows and columns, to begin with. */
static struct array *add_array(struct export *export, const struct array *like, const char *suffix)
{
    struct array *array = &export->arrays[export->count++];
    *array = *like;
    array->suffix = suffix;
    array->columns = 0;
    return array;
}

static void list_side(struct export *export, const char *prefix, const struct stored_model *model,
                      enum side side)
{
    const struct stored_side *from = &model->side[side];
    const int64_t float_bytes = sizeof(float);
    const struct array factors = {.prefix = prefix,
                                  .side = side,
                                  .type = NPY_ORDER "f4",
                                  .rows = from->factors + model->padding,
                                  .row_bytes = model->factors * float_bytes,
                                  .stride = model->row_floats * float_bytes,
                                  .offsets = from->offsets};
    add_array(export, &factors, ".npy")->columns = model->factors;
    if (model->biases) {
        struct array *bias = add_array(export, &factors, ".bias.npy");
        bias->rows = from->bias;
        bias->row_bytes = bias->stride = float_bytes;
    }
    struct array *ids = add_array(export, &factors, ".ids.npy");
    ids->rows = from->ids.keys;
    ids->row_bytes = ids->stride = from->ids.width;
    if (from->ids.kind == ID_INTEGER)
        strcpy(ids->type, NPY_ORDER "i8");
    else
        snprintf(ids->type, sizeof ids->type, "|S%d", from->ids.width);
}

/* [collective] Whole, read back and on disk, but not yet under its name. */
static status write_array(struct export *export, int i)
{
    const struct comm *comm = export->comm;
    const struct array *array = &export->arrays[i];
    struct plain_file *file = &export->files[i];
    int64_t rows = array->offsets[comm->size];
    TRY(agree(comm, new_path(&export->paths[i], array)));
    TRY(plain_file_open(file, comm, export->paths[i], NPY_HEADER_SIZE + rows * array->row_bytes));
    advance_begin("writing", "rows", array->offsets[comm->rank + 1] - array->offsets[comm->rank], rows);
    status written = agree(comm, write_share(file, array, rows));
    advance_end();
    TRY(written);
    file->verifies = true;
    status same = agree(comm, write_share(file, array, rows));
    return plain_file_finish(file, same);
}

/* The names of the files first .. end - 1, as far as they fit. */
static void list_names(char *text, size_t size, const struct export *export, int first, int end)
{
    size_t length = 0;
    text[0] = '\0';
    for (int i = first; i < end && length < size; i++)
        length +=
            (size_t)snprintf(text + length, size - length, "%s%s", i > first ? ", " : "", export->paths[i]);
}

/* [collective] What fails on the way is told with what stands then. */
static status publish_all(struct export *export)
{
    char reason[FAILURE_MESSAGE_SIZE], names[FAILURE_MESSAGE_SIZE / 2];
    for (int i = 0; i < export->count; i++) {
        status done = plain_file_publish(&export->files[i]);
        if (done == MFALS_OK)
            continue;
        snprintf(reason, sizeof reason, "%s", failure_message());
        list_names(names, sizeof names, export, 0, i);
        return i == 0 ? fail(done, "%s; none of the arrays is new", reason)
                      : fail(done, "%s; of the arrays only these are new: %s", reason, names);
    }
    return MFALS_OK;
}

status export_npy(const struct comm *comm, const char *prefix, const struct stored_model *model)
{
    __attribute__((cleanup(export_free))) struct export export = {.comm = comm};
    char names[FAILURE_MESSAGE_SIZE / 2];
    for (int side = USERS; side <= ITEMS; side++)
        list_side(&export, prefix, model, (enum side)side);
    for (int i = 0; i < export.count; i++)
        TRY(write_array(&export, i));
    TRY(publish_all(&export));
    list_names(names, sizeof names, &export, 0, export.count);
    log_line("wrote %s", names);
    return MFALS_OK;
}
