/* The one part of these HDF5 files that carries no checksum but is followed by HDF5: the global heap, which holds the
 * texts of attributes. A damaged one can send HDF5 round in circles for ever. */
#ifndef STORE_HEAP_CHECK_H
#define STORE_HEAP_CHECK_H

#include "store/header.h"

/* [local] Walks all heap collections between the data sets of the header: MFALS_BAD_DATA where one does not hold
 * together. To be called before HDF5 reads the first text. */
status heap_check(const struct header *header, const char *path);

#endif
