/* A digest of a file's contents, the same for any number of ranks and any cut of the rows: the sum, modulo 2^64 in
 * each half, of the XXH3-128 hashes of all rows and attributes, each hashed under a seed that says where it belongs.
 *
 *     struct content_digest digest = {0};
 *     content_digest_rows(&digest, "/users/factors", first, rows, x, 4 * k, 4 * row_floats);      each rank its own
 *     content_digest_attribute(&digest, &attribute);                                              one rank alone
 *     content_digest_sum(&digest, &comm);                                                         to be written, or
 *     TRY(content_digest_verify(&digest, &comm, header, path));                                   compared
 */
#ifndef STORE_CONTENT_DIGEST_H
#define STORE_CONTENT_DIGEST_H

#include "comm/comm.h"
#include "store/header.h"

struct content_digest {
    uint64_t sums[2];
};

/* [local] Rows first .. first + count - 1 of a data set, row_bytes each, stride bytes from one to the next. */
void content_digest_rows(struct content_digest *digest, const char *data_set, int64_t first, int64_t count,
                         const void *rows, int64_t row_bytes, int64_t stride);

/* [local] */
void content_digest_attribute(struct content_digest *digest, const struct attribute *attribute);

/* [collective] Brings the ranks' parts together; as text: digest_text, ratings/digest.h. */
void content_digest_sum(struct content_digest *digest, const struct comm *comm);

/* [collective] The same, with the header's attributes, compared with the digest that the file was written with, if it
 * has one: MFALS_BAD_DATA, the same on all ranks, if they differ. All rows must have been added. */
status content_digest_verify(struct content_digest *digest, const struct comm *comm,
                             const struct header *header, const char *path);

#endif
