#include "store/row_slab.h"

#include "base/advance.h"
#include "base/memory.h"
#include "base/number.h"
#include "base/watchdog.h"
#include "store/durable.h"
#include "store/hdf5.h"
#include "store/stored_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

/* Each rank has a buffer of this size. */
static const int64_t default_part_bytes = (int64_t)1 << 24;
static int64_t part_bytes = (int64_t)1 << 24;

void row_slabs_set_part_bytes(int64_t bytes)
{
    part_bytes = bytes > 0 ? bytes : default_part_bytes;
}

int64_t row_slabs_part_bytes(void)
{
    return part_bytes;
}

enum direction { WRITE, VERIFY };

struct transfer {
    const char *path;
    enum direction direction;
    int fd;
    char *packed; /* part_bytes or a row, if that is larger */
};

/* The place in the file of a data set's first row. */
static status find_data(int64_t *place, hid_t file, const char *path, const char *name)
{
    hid_t data_set = H5Dopen2(file, name, H5P_DEFAULT);
    TRY(hdf5_check(data_set, path));
    haddr_t address = H5Dget_offset(data_set); /* undefined where it has no rows */
    *place = (int64_t)address;
    return hdf5_check(H5Dclose(data_set), path);
}

static status find_all(int64_t *places, const char *path, const struct row_slab *slabs, int64_t count)
{
    hid_t file;
    status found = MFALS_OK;
    TRY(hdf5_open(&file, path));
    for (int64_t i = 0; i < count && found == MFALS_OK; i++)
        found = find_data(&places[i], file, path, slabs[i].name);
    return hdf5_close(file, path, found);
}

static void pack(char *packed, const struct row_slab *slab, int64_t first, int64_t rows)
{
    for (int64_t i = 0; i < rows; i++)
        memcpy(packed + i * slab->row_bytes, (const char *)slab->rows + (first + i) * slab->stride,
               (size_t)slab->row_bytes);
}

/* The first of the rows that differs from memory; -1 if none does. */
static int64_t first_difference(const char *packed, const struct row_slab *slab, int64_t first, int64_t rows)
{
    for (int64_t i = 0; i < rows; i++)
        if (memcmp(packed + i * slab->row_bytes, (const char *)slab->rows + (first + i) * slab->stride,
                   (size_t)slab->row_bytes) != 0)
            return first + i;
    return -1;
}

static status transfer_part(const struct transfer *transfer, const struct row_slab *slab, int64_t place,
                            int64_t first_row, int64_t first, int64_t rows)
{
    watchdog_note();
    int64_t offset = place + (first_row + first) * slab->row_bytes, bytes = rows * slab->row_bytes;
    if (transfer->direction == WRITE) {
        pack(transfer->packed, slab, first, rows);
        TRY(durable_write(transfer->fd, transfer->path, offset, transfer->packed, bytes));
        advance_by(bytes);
        return MFALS_OK;
    }
    if (stored_bytes_read(transfer->packed, transfer->fd, transfer->path, offset, bytes) != MFALS_OK)
        return fail(MFALS_IO, "'%s' was written but cannot be read back", transfer->path);
    int64_t row = first_difference(transfer->packed, slab, first, rows);
    return row < 0 ? MFALS_OK
                   : fail(MFALS_IO, "'%s' was written but reads back differently: row %" PRId64 " of %s",
                          transfer->path, first_row + row, slab->name);
}

static void begin_to_advance(const struct comm *comm, enum direction direction, const struct row_slab *slabs,
                             int64_t count)
{
    int64_t mine = 0, all = 0;
    for (int64_t i = 0; i < count; i++) {
        const int64_t *offsets = slabs[i].offsets;
        mine += (offsets[comm->rank + 1] - offsets[comm->rank]) * slabs[i].row_bytes;
        all += offsets[comm->size] * slabs[i].row_bytes;
    }
    advance_begin(direction == WRITE ? "writing" : "reading back", "bytes", mine, all);
}

static status transfer_slab(const struct transfer *transfer, const struct comm *comm,
                            const struct row_slab *slab, int64_t place)
{
    int64_t first_row = slab->offsets[comm->rank], mine = slab->offsets[comm->rank + 1] - first_row;
    int64_t step = number_max(1, part_bytes / slab->row_bytes);
    for (int64_t first = 0; first < mine; first += step)
        TRY(transfer_part(transfer, slab, place, first_row, first, number_min(step, mine - first)));
    return MFALS_OK;
}

/* [local] */
static status transfer_mine(const struct comm *comm, enum direction direction, const char *path,
                            const struct row_slab *slabs, const int64_t *places, int64_t count)
{
    scoped char *packed = NULL;
    int64_t bytes = part_bytes;
    for (int64_t i = 0; i < count; i++)
        bytes = number_max(bytes, slabs[i].row_bytes);
    TRY(allocate_raw(&packed, bytes));
    int fd = open(path, (direction == WRITE ? O_WRONLY : O_RDONLY) | O_CLOEXEC);
    if (fd < 0)
        return fail(MFALS_IO, "cannot write '%s': %s", path, errno_text(errno));
    struct transfer transfer = {path, direction, fd, packed};
    status done = MFALS_OK;
    begin_to_advance(comm, direction, slabs, count);
    for (int64_t i = 0; i < count && done == MFALS_OK; i++)
        done = transfer_slab(&transfer, comm, &slabs[i], places[i]);
    advance_end();
    if (close(fd) != 0 && done == MFALS_OK)
        done = fail(MFALS_IO, "cannot write '%s': %s", path, errno_text(errno));
    return done;
}

static status transfer_slabs(const struct comm *comm, enum direction direction, const char *path,
                             const struct row_slab *slabs, int64_t count)
{
    scoped int64_t *places = NULL;
    TRY(allocate_on_all(comm, &places, number_max(1, count)));
    TRY(agree(comm, comm->rank == 0 ? find_all(places, path, slabs, count) : MFALS_OK));
    comm_broadcast(comm, places, count * (int64_t)sizeof *places, 0);
    return agree(comm, transfer_mine(comm, direction, path, slabs, places, count));
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
