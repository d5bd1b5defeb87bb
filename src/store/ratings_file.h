/* Ratings as HDF5: written once, then read several times faster than text.
 *
 *   /                   attributes: format "mfals-ratings", format_version, complete, digest
 *                       (store/content_digest.h), ratings_digest (ratings/digest.h), software
 *   /users/ids          [users] as in a model, sorted; users without ratings included    /items/ids alike
 *   /ratings/user       [ratings] uint32: a row of /users/ids; ascending
 *   /ratings/item       [ratings] uint32: a row of /items/ids; ascending within a user
 *   /ratings/value      [ratings] float32
 *
 *     TRY(ratings_file_write(&comm, path, ratings));
 *
 *     struct raw_ratings raw;
 *     TRY(ratings_file_read(&raw, &comm, path));
 *     TRY(ratings_assemble(&ratings, &comm, &raw, ...));
 *     raw_ratings_free(&raw);
 */
#ifndef STORE_RATINGS_FILE_H
#define STORE_RATINGS_FILE_H

#include "comm/comm.h"
#include "ratings/ratings.h"

enum { RATINGS_FORMAT_VERSION = 1 };

/* [collective] Writes ratings->by[USERS] and the ids of both sides, as durably as a model and with its failures
 * (new_file_write, store/new_file.h). */
status ratings_file_write(const struct comm *comm, const char *path, const struct ratings *ratings);

/* [collective] Reads an even share of the ratings on each rank, as if they were the lines of a text; position is the
 * place in the file. A rank reads the ids from the first to the last row that its ratings name, and a
 * share of all, so that those without ratings are not lost. *raw is set in any case, and is the caller's to free.
 * MFALS_NO_INPUT where path cannot be opened; MFALS_BAD_DATA where it is no complete ratings file, is damaged, or does
 * not match the digest it was written with. */
status ratings_file_read(struct raw_ratings *raw, const struct comm *comm, const char *path);

#endif
