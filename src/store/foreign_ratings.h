/* Ratings in an HDF5 file that others wrote, as with h5py; data/README.md says so to users.
 *
 *   /ratings/user    [ratings] rows of /users/ids, counted from 0; without /users/ids, the ids themselves
 *   /ratings/item    [ratings] alike
 *   /ratings/value   [ratings] integers or floats; may be missing: each is 1
 *   /ratings/time    [ratings] integers or floats, rounded down; may be missing
 *   /users/ids       [users] integers, or UTF-8 text of fixed or variable length; in any order     /items/ids alike
 *
 * Anything else in the file is not looked at. Chunks and compression are HDF5's own.
 *
 *     if (foreign_ratings_are(&comm, path))
 *         TRY(foreign_ratings_read(&raw, &comm, path, times));
 */
#ifndef STORE_FOREIGN_RATINGS_H
#define STORE_FOREIGN_RATINGS_H

#include "comm/comm.h"
#include "read/raw.h"

/* [collective] Whether an HDF5 file lacks the attributes of those that mfals writes. False also where it cannot be
 * opened. */
bool foreign_ratings_are(const struct comm *comm, const char *path);

/* [collective] Reads an even share of the ratings on each rank, as ratings_file_read does; raw has times if the file has
 * them and they are wanted. A rank reads the ids from the first to the last row that its ratings name, and a share of all.
 * *raw is set in any case, and is the caller's to free. MFALS_NO_INPUT where path cannot be opened; MFALS_USAGE where
 * times are needed and missing; MFALS_BAD_DATA where it holds no such data sets, is damaged or, "path: rating N: reason",
 * where a rating is none: the first, counted from 0. */
status foreign_ratings_read(struct raw_ratings *raw, const struct comm *comm, const char *path,
                            enum rating_times times);

#endif
