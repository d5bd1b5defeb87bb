/* A digest over all bytes of a file, so that damage is found before anything, HDF5 too, looks inside: the last
 * TRAILER_BYTES bytes of the file are a line of text with it,
 *
 *     mfals-seal <32 hexadecimal digits> <19 digits: the bytes before this line>
 *
 * The digest is the sum, modulo 2^64 in each half, of the XXH3-128 hashes of the file's pieces of 4 MiB, each under its
 * number as seed: any number of ranks can compute it together. HDF5 passes over what follows its own end of the file.
 */
#ifndef STORE_TRAILER_H
#define STORE_TRAILER_H

#include "comm/comm.h"

#include <stdbool.h>

enum { TRAILER_BYTES = 64 };

/* [collective] Appends the line to a file that is closed. MFALS_IO. */
status trailer_append(const struct comm *comm, const char *path);

/* [local] Whether path is a regular file, no link, that ends as a with a checksum trailer file of its size does. */
bool trailer_marks(const char *path);

/* [local] Removes it if it is such a file. */
void trailer_remove_file(const char *path);

/* [collective] MFALS_NO_INPUT where there is no regular file, MFALS_IO where it cannot be opened or read,
 * MFALS_BAD_DATA where it is not as it was with a checksum trailer. */
status trailer_verify(const struct comm *comm, const char *path);

#endif
