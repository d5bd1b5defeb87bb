/* Rows of HDF5 data sets, written and read back by all ranks at once, each its own range of rows.
 *
 *     struct row_slab slabs[] = {{"/users/factors", x, 4 * k, 4 * row_floats, offsets}, ...};
 *     TRY(row_slabs_write(&comm, path, slabs, 2));
 *     TRY(row_slabs_verify(&comm, path, slabs, 2));
 *
 * The file is laid out before (store/hdf5.h), its space reserved (store/durable.h), and it is closed: each rank writes
 * its rows at the places that HDF5 gave the data sets. Not through MPI-IO, because a call that fails on one rank there
 * leaves the others waiting for ever, or is reported as success.
 */
#ifndef STORE_ROW_SLAB_H
#define STORE_ROW_SLAB_H

#include "comm/comm.h"

struct row_slab {
    const char *name;       /* of a data set whose first dimension is the rows, the same on all ranks */
    const void *rows;       /* this rank's first row; not owned; NULL only without rows */
    int64_t row_bytes;      /* of a row in the file: its type's size times the second dimension, if any */
    int64_t stride;         /* bytes from one row to the next in memory */
    const int64_t *offsets; /* not owned: the partition, comm->size + 1 values */
};

/* [collective] Writes all slabs to the file, which is not synced. MFALS_IO. */
status row_slabs_write(const struct comm *comm, const char *path, const struct row_slab *slabs,
                       int64_t count);

/* [collective] Whether the file holds the same bytes as memory; MFALS_IO, naming the data set and row, if
 * not. */
status row_slabs_verify(const struct comm *comm, const char *path, const struct row_slab *slabs,
                        int64_t count);

/* [local] For tests: the most bytes a rank writes or reads in one call; 0 restores the default. */
void row_slabs_set_part_bytes(int64_t bytes);

/* [local] That size: of the buffer each rank has for it. */
int64_t row_slabs_part_bytes(void);

#endif
