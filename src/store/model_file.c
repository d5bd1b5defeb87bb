#include "store/model_file.h"

#include "base/memory.h"
#include "base/number.h"
#include "store/durable.h"
#include "store/hdf5.h"
#include "store/row_slab.h"

#include <stdio.h>

static const char *const factors_name[2] = {[USERS] = "/users/factors", [ITEMS] = "/items/factors"};
static const char *const ids_name[2] = {[USERS] = "/users/ids", [ITEMS] = "/items/ids"};
static const char *const group_name[] = {"/users", "/items", "/history"};
enum { GROUPS = 3, SLABS = 4, HISTORY_NAME_SIZE = 128 };

/* What HDF5 adds to the rows: headers, attributes, history. A guess that need not hold, see lay_out. */
static const int64_t overhead_bytes = 1 << 16;

/* The bytes of an id in the file. */
static int id_width(const struct ids *ids)
{
    return ids->kind == ID_INTEGER ? (int)sizeof(int64_t) : (int)number_max(1, ids->width);
}

static void list_slabs(struct row_slab *slabs, const struct model_file *file)
{
    for (int s = USERS; s <= ITEMS; s++) {
        const struct model_side *side = &file->side[s];
        int64_t float_bytes = (int64_t)sizeof(float), width = id_width(side->ids);
        *slabs++ = (struct row_slab){factors_name[s], side->factors, file->factors * float_bytes,
                                     side->row_floats * float_bytes, side->offsets};
        *slabs++ = (struct row_slab){ids_name[s], side->ids->keys, width, width, side->offsets};
    }
}

static int64_t rows_of(const struct comm *comm, const struct model_side *side)
{
    return side->offsets[comm->size];
}

static status lay_out_side(hid_t hdf5, const char *path, const struct model_file *file, enum side side,
                           int64_t rows)
{
    const struct ids *ids = file->side[side].ids;
    hsize_t sizes[2] = {(hsize_t)rows, (hsize_t)file->factors};
    TRY(hdf5_create_data_set(hdf5, path, factors_name[side], H5T_NATIVE_FLOAT, 2, sizes));
    if (ids->kind == ID_INTEGER)
        return hdf5_create_data_set(hdf5, path, ids_name[side], H5T_NATIVE_INT64, 1, sizes);
    hdf5_scoped hid_t text = H5I_INVALID_HID;
    TRY(hdf5_text_type(&text, path, id_width(ids)));
    return hdf5_create_data_set(hdf5, path, ids_name[side], text, 1, sizes);
}

static status set_attribute(hid_t hdf5, const char *path, const struct attribute *attribute)
{
    switch (attribute->kind) {
    case ATTRIBUTE_TEXT:
        return hdf5_set_text(hdf5, path, attribute->name, attribute->text);
    case ATTRIBUTE_INTEGER:
        return hdf5_set_integer(hdf5, path, attribute->name, attribute->integer);
    case ATTRIBUTE_REAL:
        return hdf5_set_real(hdf5, path, attribute->name, attribute->real);
    }
    return fail(MFALS_INTERNAL, "the attribute %s is of no known kind", attribute->name);
}

/* [local] All of the file but the rows. */
static status fill_in(hid_t hdf5, const char *path, const struct comm *comm, const struct model_file *file)
{
    TRY(hdf5_set_text(hdf5, path, "format", "mfals-model"));
    TRY(hdf5_set_integer(hdf5, path, "format_version", MODEL_FORMAT_VERSION));
    TRY(hdf5_set_integer(hdf5, path, "complete", 0));
    for (int64_t i = 0; i < file->attribute_count; i++)
        TRY(set_attribute(hdf5, path, &file->attributes[i]));
    for (int i = 0; i < GROUPS; i++)
        TRY(hdf5_create_group(hdf5, path, group_name[i]));
    for (int s = USERS; s <= ITEMS; s++)
        TRY(lay_out_side(hdf5, path, file, s, rows_of(comm, &file->side[s])));
    for (int64_t i = 0; i < file->history_count; i++) {
        char name[HISTORY_NAME_SIZE];
        snprintf(name, sizeof name, "/history/%s", file->history[i].name);
        TRY(hdf5_write_reals(hdf5, path, name, file->history[i].values, file->history[i].count));
    }
    return MFALS_OK;
}

/* [local] A full disk is asked for twice: HDF5 would not survive one while it lays the file out, and only
 * then is the exact size known, which must be there before ranks write in parallel. */
static status lay_out(int64_t *size, const char *partial, const struct comm *comm,
                      const struct model_file *file, const struct row_slab *slabs)
{
    int64_t bytes = overhead_bytes;
    for (int i = 0; i < SLABS; i++)
        bytes += slabs[i].offsets[comm->size] * slabs[i].row_bytes;
    TRY(durable_check_target(file->path));
    TRY(durable_create(partial, bytes));
    hid_t hdf5;
    TRY(hdf5_create(&hdf5, partial));
    TRY(hdf5_close(hdf5, partial, fill_in(hdf5, partial, comm, file)));
    return durable_reserve(size, partial);
}

/* [local] */
static status seal(const char *partial, const char *path)
{
    hid_t hdf5;
    TRY(hdf5_open(&hdf5, partial));
    TRY(hdf5_close(hdf5, partial, hdf5_set_integer(hdf5, partial, "complete", 1)));
    return durable_publish(partial, path);
}

static status write_partial(const struct comm *comm, const struct model_file *file, const char *partial)
{
    struct row_slab slabs[SLABS];
    int64_t size = 0;
    list_slabs(slabs, file);
    TRY(agree(comm, comm->rank == 0 ? lay_out(&size, partial, comm, file, slabs) : MFALS_OK));
    comm_broadcast(comm, &size, sizeof size, 0);
    TRY(agree(comm, durable_check_visible(partial, size)));
    TRY(row_slabs_write(comm, partial, slabs, SLABS));
    TRY(row_slabs_verify(comm, partial, slabs, SLABS));
    return agree(comm, comm->rank == 0 ? seal(partial, file->path) : MFALS_OK);
}

status model_file_write(const struct comm *comm, const struct model_file *file)
{
    scoped char *partial = NULL;
    status written;
    TRY(agree(comm, durable_partial_name(&partial, file->path)));
    H5E_BEGIN_TRY
    {
        written = write_partial(comm, file, partial);
    }
    H5E_END_TRY
    if (written != MFALS_OK && comm->rank == 0)
        durable_discard(partial);
    return written;
}

static status probe(bool *created, const char *partial, const char *path)
{
    TRY(durable_check_target(path));
    return durable_probe(created, partial);
}

status model_file_check_output(const struct comm *comm, const char *path)
{
    scoped char *partial = NULL;
    bool created = false;
    TRY(agree(comm, durable_partial_name(&partial, path)));
    status found = agree(comm, comm->rank == 0 ? probe(&created, partial, path) : MFALS_OK);
    if (found == MFALS_OK)
        found = agree(comm, durable_check_visible(partial, -1));
    if (created)
        durable_discard(partial);
    return found;
}
