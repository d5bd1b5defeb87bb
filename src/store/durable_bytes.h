/* Bytes to files and to disk, with the failures of base/status.h. All local; MFALS_IO. */
#ifndef STORE_DURABLE_BYTES_H
#define STORE_DURABLE_BYTES_H

#include "base/status.h"

#include <stdint.h>

/* Bytes at an offset of an open file, or behind a closed one's end: all of them. */
status durable_write(int fd, const char *path, int64_t offset, const void *data, int64_t bytes);
status durable_append(const char *path, const void *data, int64_t bytes);

/* How many bytes from an offset on could be read, fewer only where the file ends; -1 with errno. */
int64_t durable_read(int fd, int64_t offset, void *into, int64_t bytes);

/* fsync of a file, which is no link, or a folder. */
status durable_sync_file(const char *path);
status durable_sync_folder(const char *path);

/* The same for another thread to call: the errno of what failed, or 0; and that as a status. */
int durable_sync_error(const char *path);
status durable_check_sync(int error, const char *path);

/* Room for so many bytes. The errno of what failed, or 0. */
int durable_allocate(int fd, int64_t bytes);

#endif
