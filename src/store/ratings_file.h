/* Ratings as HDF5: written once, then read several times faster than text.
 *
 *   /                   attributes: format "mfals-ratings", format_version, complete, digest
 *                       (store/content_digest.h), ratings_digest (ratings/digest.h), software; times (yes or no) of version 2
 *   /users/ids          [users] as in a model, sorted; users without ratings included    /items/ids alike
 *   /ratings/user       [ratings] uint32: a row of /users/ids; ascending
 *   /ratings/item       [ratings] uint32: a row of /items/ids
 *   /ratings/value      [ratings] float32
 *   /ratings/time       [ratings] int64, only of version 2, and only where the input has times
 *
 * Version 1: no pair comes twice, and items ascend within a user. Version 2: every rating that was read, within a user in
 * the order of the input, so that the rules for duplicates and the hold-outs come to the same as from the input itself.
 * A program that knows version 1 alone would take such a file for damaged, or combine its pairs without their times.
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

enum { RATINGS_FORMAT_VERSION = 2 };

/* [collective] Writes ratings->by[USERS] and the ids of both sides, as version 2 if they are as_read, as durably as a model and with its failures
 * (new_file_write, store/new_file.h). */
status ratings_file_write(const struct comm *comm, const char *path, const struct ratings *ratings);

/* [collective] Reads an even share of the ratings on each rank, as if they were the lines of a text; position is the
 * place in the file. raw has times if the file has them and they are wanted; MFALS_USAGE where they are needed
 * and missing. A rank reads the ids from the first to the last row that its ratings name, and a
 * share of all, so that those without ratings are not lost. *raw is set in any case, and is the caller's to free.
 * MFALS_NO_INPUT where path cannot be opened; MFALS_BAD_DATA where it is no complete ratings file, is damaged, or does
 * not match the digest it was written with. */
status ratings_file_read(struct raw_ratings *raw, const struct comm *comm, const char *path,
                         enum rating_times times);

#endif
