#include "store/new_file.h"

#include "base/memory.h"
#include "base/number.h"
#include "ratings/digest.h"
#include "store/content_digest.h"
#include "store/durable.h"
#include "store/header.h"
#include "store/names.h"
#include "store/trailer.h"

#include <stdio.h>

enum { NAME_SIZE = 128 };

/* What HDF5 adds to the rows: headers, attributes, history. A guess that need not hold, see lay_out. */
static const int64_t overhead_bytes = 1 << 16;

static status lay_out_table(hid_t hdf5, const char *path, const struct table *table, int64_t rows)
{
    hdf5_scoped hid_t type = H5I_INVALID_HID;
    hsize_t sizes[2] = {(hsize_t)rows, (hsize_t)table->columns};
    int64_t width = table->slab.row_bytes / number_max(1, table->columns);
    TRY(hdf5_element_type(&type, path, table->element, width));
    return hdf5_create_data_set(hdf5, path, table->slab.name, type, table->columns > 0 ? 2 : 1, sizes);
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

static void history_name(char *name, const struct history *history)
{
    snprintf(name, NAME_SIZE, HISTORY_PREFIX "%s", history->name);
}

/* Those that every file has, but for "complete". */
enum { OWN_ATTRIBUTES = 2 };
static void list_own_attributes(struct attribute *attributes, const struct new_file *file)
{
    attributes[0] = (struct attribute){.name = "format", .kind = ATTRIBUTE_TEXT, .text = file->format};
    attributes[1] = (struct attribute){
        .name = "format_version", .kind = ATTRIBUTE_INTEGER, .integer = file->format_version};
}

/* [collective] From memory, not from the file. */
static void digest_contents(char *text, const struct comm *comm, const struct new_file *file)
{
    struct content_digest digest = {0};
    struct attribute own[OWN_ATTRIBUTES];
    list_own_attributes(own, file);
    for (int64_t i = 0; i < file->table_count; i++) {
        const struct row_slab *slab = &file->tables[i].slab;
        int64_t first = slab->offsets[comm->rank], rows = slab->offsets[comm->rank + 1] - first;
        content_digest_rows(&digest, slab->name, first, rows, slab->rows, slab->row_bytes, slab->stride);
    }
    if (comm->rank == 0) {
        for (int i = 0; i < OWN_ATTRIBUTES; i++)
            content_digest_attribute(&digest, &own[i]);
        for (int64_t i = 0; i < file->attribute_count; i++)
            content_digest_attribute(&digest, &file->attributes[i]);
        for (int64_t i = 0; i < file->history_count; i++) {
            char name[NAME_SIZE];
            history_name(name, &file->history[i]);
            content_digest_rows(&digest, name, 0, file->history[i].count, file->history[i].values,
                                sizeof(double), sizeof(double));
        }
    }
    content_digest_sum(&digest, comm);
    digest_text(text, digest.sums);
}

static status fill_in_history(hid_t hdf5, const char *path, const struct new_file *file)
{
    if (file->history_count > 0)
        TRY(hdf5_create_group(hdf5, path, HISTORY_GROUP));
    for (int64_t i = 0; i < file->history_count; i++) {
        char name[NAME_SIZE];
        history_name(name, &file->history[i]);
        TRY(hdf5_write_reals(hdf5, path, name, file->history[i].values, file->history[i].count));
    }
    return MFALS_OK;
}

/* [local] All of the file but the rows. */
static status fill_in(hid_t hdf5, const char *path, const struct comm *comm, const struct new_file *file,
                      const char *digest)
{
    struct attribute own[OWN_ATTRIBUTES];
    list_own_attributes(own, file);
    for (int i = 0; i < OWN_ATTRIBUTES; i++)
        TRY(set_attribute(hdf5, path, &own[i]));
    TRY(hdf5_set_integer(hdf5, path, "complete", 0));
    TRY(hdf5_set_text(hdf5, path, "digest", digest));
    for (int64_t i = 0; i < file->attribute_count; i++)
        TRY(set_attribute(hdf5, path, &file->attributes[i]));
    for (int64_t i = 0; i < file->group_count; i++)
        TRY(hdf5_create_group(hdf5, path, file->groups[i]));
    for (int64_t i = 0; i < file->table_count; i++)
        TRY(lay_out_table(hdf5, path, &file->tables[i], file->tables[i].slab.offsets[comm->size]));
    return fill_in_history(hdf5, path, file);
}

/* [local] A full disk is asked for twice: HDF5 would not survive one while it lays the file out, and only
 * then is the exact size known, which must be there before ranks write in parallel. */
static status lay_out(struct durable *target, const struct comm *comm, const struct new_file *file,
                      const char *digest)
{
    int64_t bytes = overhead_bytes, size;
    for (int64_t i = 0; i < file->table_count; i++)
        bytes += file->tables[i].slab.offsets[comm->size] * file->tables[i].slab.row_bytes;
    TRY(durable_create(target, file->path, bytes));
    const char *partial = target->partial;
    hid_t hdf5;
    TRY(hdf5_create(&hdf5, partial));
    TRY(hdf5_close(hdf5, partial, fill_in(hdf5, partial, comm, file, digest)));
    return durable_reserve(&size, partial);
}

/* [local] */
static status complete(const char *partial)
{
    hid_t hdf5;
    TRY(hdf5_open(&hdf5, partial));
    return hdf5_close(hdf5, partial, hdf5_set_integer(hdf5, partial, "complete", 1));
}

static status write_partial(const struct comm *comm, const struct new_file *file, struct durable *target,
                            struct row_slab *slabs)
{
    char digest[DIGEST_TEXT_SIZE];
    for (int64_t i = 0; i < file->table_count; i++)
        slabs[i] = file->tables[i].slab;
    digest_contents(digest, comm, file);
    TRY(agree(comm, comm->rank == 0 ? lay_out(target, comm, file, digest) : MFALS_OK));
    TRY(durable_share(target, comm));
    TRY(durable_await(target, comm));
    const char *partial = target->partial;
    TRY(row_slabs_write(comm, partial, slabs, file->table_count));
    TRY(row_slabs_verify(comm, partial, slabs, file->table_count));
    TRY(agree(comm, comm->rank == 0 ? complete(partial) : MFALS_OK));
    return file->has_trailer ? trailer_append(comm, partial) : MFALS_OK;
}

struct writing {
    const struct comm *comm; /* not owned */
    struct durable target;   /* owned */
};

/* Where HDF5 failed on one rank, all are to know. */
static void share_verification(const struct comm *comm)
{
    int64_t unsound = !hdf5_sound();
    comm_max_int(comm, &unsound, 1);
    if (unsound)
        hdf5_give_up();
}

static status start(struct writing *writing, const struct new_file *file)
{
    const struct comm *comm = writing->comm;
    scoped struct row_slab *slabs = NULL;
    status written;
    writing->target.folder = file->folder;
    writing->target.may_replace = file->may_replace;
    TRY(allocate_on_all(comm, &slabs, file->table_count));
    H5E_BEGIN_TRY
    {
        written = write_partial(comm, file, &writing->target, slabs);
    }
    H5E_END_TRY
    if (written == MFALS_OK)
        durable_sync_begin(&writing->target); /* on every node: one rank's fsync reaches only its own */
    else
        share_verification(comm);
    return written;
}

status new_file_start(struct writing **writing, const struct comm *comm, const struct new_file *file)
{
    TRY(allocate_on_all(comm, writing, 1));
    (*writing)->comm = comm;
    status started = start(*writing, file);
    if (started != MFALS_OK)
        new_file_abandon(writing);
    return started;
}

static status finish(struct writing *writing)
{
    const struct comm *comm = writing->comm;
    TRY(agree(comm, durable_sync_end(&writing->target)));
    return agree(comm, comm->rank == 0 ? durable_publish(&writing->target) : MFALS_OK);
}

status new_file_finish(struct writing **writing)
{
    status finished = *writing == NULL ? MFALS_OK : finish(*writing);
    new_file_abandon(writing);
    return finished;
}

void new_file_abandon(struct writing **writing)
{
    if (*writing == NULL)
        return;
    durable_close(&(*writing)->target);
    memory_free(*writing);
    *writing = NULL;
}

status new_file_write(const struct comm *comm, const struct new_file *file)
{
    struct writing *writing = NULL;
    TRY(new_file_start(&writing, comm, file));
    return new_file_finish(&writing);
}
