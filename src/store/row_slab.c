#include "store/row_slab.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/watchdog.h"
#include "store/hdf5.h"

#include <inttypes.h>
#include <stdbool.h>

/* Far below the 2 GiB at which single transfers fail, and small beside the factors, since each rank has a
 * buffer of this size. Speed hardly depends on it from 4 MiB up. */
static const int64_t default_part_bytes = (int64_t)1 << 24;
static int64_t part_bytes = (int64_t)1 << 24;

void row_slabs_set_part_bytes(int64_t bytes)
{
    part_bytes = bytes > 0 ? bytes : default_part_bytes;
}

static int64_t rows_per_part(const struct row_slab *slab)
{
    return number_max(1, part_bytes / slab->row_bytes);
}

/* The same on all ranks, also on those that have no rows left; 0 for no rows at all, since a collective write
 * of an empty data set fails. */
static int64_t count_parts(const struct comm *comm, const struct row_slab *slab)
{
    int64_t most = 0;
    for (int r = 0; r < comm->size; r++)
        most = number_max(most, slab->offsets[r + 1] - slab->offsets[r]);
    return number_divide_up(most, rows_per_part(slab));
}

/* A part of this rank's rows: `rows` of them from its row number `first` on. */
struct part {
    int64_t first, rows;
};

static struct part nth_part(const struct comm *comm, const struct row_slab *slab, int64_t n)
{
    int64_t mine = slab->offsets[comm->rank + 1] - slab->offsets[comm->rank];
    int64_t first = number_min(mine, n * rows_per_part(slab));
    return (struct part){first, number_min(rows_per_part(slab), mine - first)};
}

static void pack(char *packed, const struct row_slab *slab, struct part part)
{
    for (int64_t i = 0; i < part.rows; i++)
        memcpy(packed + i * slab->row_bytes, (const char *)slab->rows + (part.first + i) * slab->stride,
               (size_t)slab->row_bytes);
}

/* The first row of the part that differs from memory; -1 if none does. */
static int64_t first_difference(const char *packed, const struct row_slab *slab, struct part part)
{
    for (int64_t i = 0; i < part.rows; i++)
        if (memcmp(packed + i * slab->row_bytes, (const char *)slab->rows + (part.first + i) * slab->stride,
                   (size_t)slab->row_bytes) != 0)
            return part.first + i;
    return -1;
}

/* A data set opened on all ranks, and what a transfer of rows needs. */
struct channel {
    hid_t data_set, type, file_space, transfer;
    int dimensions;
    hsize_t sizes[2];
};

static status open_channel(struct channel *channel, hid_t file, const char *name, const char *path)
{
    TRY(hdf5_check(channel->data_set = H5Dopen2(file, name, H5P_DEFAULT), path));
    TRY(hdf5_check(channel->type = H5Dget_type(channel->data_set), path));
    TRY(hdf5_check(channel->file_space = H5Dget_space(channel->data_set), path));
    TRY(hdf5_check(channel->dimensions = H5Sget_simple_extent_ndims(channel->file_space), path));
    if (channel->dimensions != 1 && channel->dimensions != 2)
        return fail(MFALS_INTERNAL, "%s has %d dimensions", name, channel->dimensions);
    TRY(hdf5_check(H5Sget_simple_extent_dims(channel->file_space, channel->sizes, NULL), path));
    TRY(hdf5_check(channel->transfer = H5Pcreate(H5P_DATASET_XFER), path));
    return hdf5_check(H5Pset_dxpl_mpio(channel->transfer, H5FD_MPIO_COLLECTIVE), path);
}

static status close_channel(const struct channel *channel, const char *path)
{
    TRY(hdf5_check(H5Pclose(channel->transfer), path));
    TRY(hdf5_check(H5Sclose(channel->file_space), path));
    TRY(hdf5_check(H5Tclose(channel->type), path));
    return hdf5_check(H5Dclose(channel->data_set), path);
}

/* Selects `rows` rows from row `first` of the data set on, and as many in memory; nothing where rows is 0. */
static status select_rows(hid_t *memory, const struct channel *channel, int64_t first, int64_t rows,
                          const char *path)
{
    hsize_t start[2] = {(hsize_t)first, 0};
    hsize_t count[2] = {(hsize_t)number_max(1, rows), channel->sizes[1]};
    TRY(hdf5_check(*memory = H5Screate_simple(channel->dimensions, count, NULL), path));
    if (rows > 0)
        return hdf5_check(H5Sselect_hyperslab(channel->file_space, H5S_SELECT_SET, start, NULL, count, NULL),
                          path);
    TRY(hdf5_check(H5Sselect_none(*memory), path));
    return hdf5_check(H5Sselect_none(channel->file_space), path);
}

enum direction { WRITE, VERIFY };

struct transfer {
    const struct comm *comm;
    const char *path;
    enum direction direction;
    hid_t file;
    char *packed;    /* owned: this rank's rows of one call */
    status compared; /* of this rank so far; what differs does not end the transfer, as HDF5 is sound then */
};

static void compare(struct transfer *transfer, const struct row_slab *slab, struct part part)
{
    int64_t row = first_difference(transfer->packed, slab, part);
    if (row >= 0 && transfer->compared == MFALS_OK)
        transfer->compared =
            fail(MFALS_IO, "'%s' was written but reads back differently: row %" PRId64 " of %s",
                 transfer->path, slab->offsets[transfer->comm->rank] + row, slab->name);
}

/* One collective call between `packed` and the file. */
static status transfer_part(struct transfer *transfer, const struct channel *channel,
                            const struct row_slab *slab, struct part part)
{
    const struct comm *comm = transfer->comm;
    watchdog_note();
    hdf5_scoped hid_t memory = H5I_INVALID_HID;
    int64_t first = slab->offsets[comm->rank] + part.first;
    TRY(agree(comm, select_rows(&memory, channel, first, part.rows, transfer->path)));
    if (transfer->direction == WRITE) {
        pack(transfer->packed, slab, part);
        herr_t written = H5Dwrite(channel->data_set, channel->type, memory, channel->file_space,
                                  channel->transfer, transfer->packed);
        return agree(comm, hdf5_check(written, transfer->path));
    }
    herr_t read = H5Dread(channel->data_set, channel->type, memory, channel->file_space, channel->transfer,
                          transfer->packed);
    TRY(agree(comm, hdf5_check(read, transfer->path)));
    compare(transfer, slab, part);
    return MFALS_OK;
}

static status transfer_slab(struct transfer *transfer, const struct row_slab *slab)
{
    const struct comm *comm = transfer->comm;
    struct channel channel = {0};
    TRY(agree(comm, open_channel(&channel, transfer->file, slab->name, transfer->path)));
    int64_t parts = count_parts(comm, slab);
    for (int64_t n = 0; n < parts; n++)
        TRY(transfer_part(transfer, &channel, slab, nth_part(comm, slab, n)));
    return agree(comm, close_channel(&channel, transfer->path));
}

static status open_file(struct transfer *transfer)
{
    const struct comm *comm = transfer->comm;
    const char *path = transfer->path;
    hdf5_scoped hid_t access = H5I_INVALID_HID;
    status mine = hdf5_check(access = H5Pcreate(H5P_FILE_ACCESS), path);
    if (mine == MFALS_OK)
        mine = hdf5_check(H5Pset_fapl_mpio(access, comm->mpi, MPI_INFO_NULL), path);
    if (mine == MFALS_OK)
        mine = hdf5_check(H5Pset_all_coll_metadata_ops(access, true), path);
    TRY(agree(comm, mine));
    transfer->file = H5Fopen(path, transfer->direction == WRITE ? H5F_ACC_RDWR : H5F_ACC_RDONLY, access);
    return agree(comm, hdf5_check(transfer->file, path));
}

static status transfer_all(struct transfer *transfer, const struct row_slab *slabs, int64_t count)
{
    const struct comm *comm = transfer->comm;
    TRY(open_file(transfer));
    for (int64_t i = 0; i < count; i++)
        TRY(transfer_slab(transfer, &slabs[i]));
    return agree(comm, hdf5_check(H5Fclose(transfer->file), transfer->path));
}

static status run(struct transfer *transfer, const struct row_slab *slabs, int64_t count)
{
    status done = transfer_all(transfer, slabs, count);
    if (done == MFALS_OK)
        return agree(transfer->comm, transfer->compared);
    hdf5_give_up();
    return done;
}

/* Room for this rank's largest part. */
static status new_buffer(char **buffer, const struct comm *comm, const struct row_slab *slabs, int64_t count)
{
    int64_t bytes = 1;
    for (int64_t i = 0; i < count; i++)
        bytes = number_max(bytes, nth_part(comm, &slabs[i], 0).rows * slabs[i].row_bytes);
    return allocate_raw(buffer, bytes);
}

static status transfer_slabs(const struct comm *comm, enum direction direction, const char *path,
                             const struct row_slab *slabs, int64_t count)
{
    struct transfer transfer = {.comm = comm, .path = path, .direction = direction};
    status done = agree(comm, new_buffer(&transfer.packed, comm, slabs, count));
    if (done == MFALS_OK)
        done = run(&transfer, slabs, count);
    memory_free(transfer.packed);
    return done;
}

status row_slabs_write(const struct comm *comm, const char *path, const struct row_slab *slabs, int64_t count)
{
    return transfer_slabs(comm, WRITE, path, slabs, count);
}

status row_slabs_verify(const struct comm *comm, const char *path, const struct row_slab *slabs,
                        int64_t count)
{
    return transfer_slabs(comm, VERIFY, path, slabs, count);
}
