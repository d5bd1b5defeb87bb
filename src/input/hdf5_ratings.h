/* Ratings from an HDF5 file: one that mfals wrote, or somebody else.
 *
 *     if (hdf5_ratings_are(&comm, &options.read))
 *         TRY(hdf5_ratings_read(&raw, &comm, &options.read, &phases));
 */
#ifndef INPUT_HDF5_RATINGS_H
#define INPUT_HDF5_RATINGS_H

#include "base/phase.h"
#include "comm/comm.h"
#include "read/raw.h"

/* [collective] Whether the only path is that of an HDF5 file. */
bool hdf5_ratings_are(const struct comm *comm, const struct read_options *options);

/* [collective] As raw_ratings_read, and with the failures of ratings_file_read or foreign_ratings_read; MFALS_USAGE for
 * options that say how text is to be read. */
status hdf5_ratings_read(struct raw_ratings *raw, const struct comm *comm, const struct read_options *options,
                         struct phases *phases);

#endif
