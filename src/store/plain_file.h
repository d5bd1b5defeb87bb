/* A file that is not HDF5, each rank writing its own bytes of it; durable as store/durable.h says.
 *
 *     struct plain_file file;
 *     status done = plain_file_open(&file, &comm, path, bytes);     of all ranks; room is set aside
 *     if (done == MFALS_OK)
 *         done = agree(&comm, plain_file_write(&file, offset, data, length));
 *     return plain_file_close(&file, done);                         in any case
 */
#ifndef STORE_PLAIN_FILE_H
#define STORE_PLAIN_FILE_H

#include "comm/comm.h"
#include "store/durable.h"

struct plain_file {
    const struct comm *comm;
    struct durable target; /* owned */
    int fd;
    bool verifies; /* plain_file_write compares with what is there instead of writing */
};

/* [collective] bytes: how many will be written. MFALS_NO_OUTPUT where it cannot be created, MFALS_IO without room. */
status plain_file_open(struct plain_file *file, const struct comm *comm, const char *path, int64_t bytes);

/* [local] MFALS_IO; also where it verifies and something else is there. */
status plain_file_write(const struct plain_file *file, int64_t offset, const void *data, int64_t bytes);

/* [collective] Syncs and renames it if `before`, the same on all ranks, is MFALS_OK; else removes it. */
status plain_file_close(struct plain_file *file, status before);

/* The same in three steps, for several files of which all are to be whole before the first stands under its name:
 * [collective] synced, if `before` is MFALS_OK; [collective] renamed; [local] in any case, also for a zeroed struct. */
status plain_file_finish(struct plain_file *file, status before);
status plain_file_publish(struct plain_file *file);
void plain_file_free(struct plain_file *file);

#endif
