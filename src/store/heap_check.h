/* The one part of these HDF5 files that carries no checksum but is followed by HDF5: the global heap, which holds the
 * texts of attributes. A damaged one can send HDF5 round in circles for ever. */
#ifndef STORE_HEAP_CHECK_H
#define STORE_HEAP_CHECK_H

#include "store/header.h"

/* [local] Walks all heap collections between the data sets of the header: MFALS_BAD_DATA where one does not hold
 * together. To be called before HDF5 reads the first text. */
status heap_check(const struct header *header, const char *path);

/* [local] The same of a file that others wrote, for the collections that begin in bytes begin .. end - 1: to be called
 * before HDF5 reads a text of variable length. They may lie anywhere, but not one in another. */
status heap_check_range(int fd, const char *path, int64_t begin, int64_t end, int64_t file_bytes);

#endif
