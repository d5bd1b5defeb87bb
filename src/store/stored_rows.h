/* Rows of a file's data sets, each rank reading its own straight from the file.
 *
 *     int fd;
 *     TRY(stored_rows_open(&fd, path, header));
 *     TRY(stored_rows_read(x, 4 * row_floats, fd, path, factors, first, rows));
 *     close(fd);
 */
#ifndef STORE_STORED_ROWS_H
#define STORE_STORED_ROWS_H

#include "store/header.h"

/* [local] Opens the file that header was read from, on whatever node this is. MFALS_NO_INPUT where it cannot be
 * opened or is another file here. */
status stored_rows_open(int *fd, const char *path, const struct header *header);

/* [local] Rows first .. first + count - 1 into memory, stride >= set->row_bytes bytes from one to the next; what is
 * between them is set to zero. MFALS_IO where reading fails, MFALS_BAD_DATA where the file ends. */
status stored_rows_read(void *rows, int64_t stride, int fd, const char *path, const struct data_set *set,
                        int64_t first, int64_t count);

/* [local] Any bytes of it, with the same failures. */
status stored_bytes_read(char *into, int fd, const char *path, int64_t offset, int64_t bytes);

#endif
