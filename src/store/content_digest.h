/* A digest of a file's contents, the same for any number of ranks and any cut of the rows: the sum, modulo 2^64 in
 * each half, of the XXH3-128 hashes of all rows and attributes, each hashed under a seed that says where it belongs.
 *
 *     struct content_digest digest = {0};
 *     content_digest_rows(&digest, "/users/factors", first, rows, x, 4 * k, 4 * row_floats);      each rank its own
 *     content_digest_attribute(&digest, &attribute);                                              one rank alone
 *     content_digest_sum(&digest, &comm);
 *     content_digest_text(text, &digest);
 */
#ifndef STORE_CONTENT_DIGEST_H
#define STORE_CONTENT_DIGEST_H

#include "comm/comm.h"
#include "store/attribute.h"

#include <stdbool.h>

enum { CONTENT_DIGEST_SIZE = 33 };

struct content_digest {
    uint64_t sums[2];
};

/* [local] Rows first .. first + count - 1 of a data set, row_bytes each, stride bytes from one to the next. */
void content_digest_rows(struct content_digest *digest, const char *data_set, int64_t first, int64_t count,
                         const void *rows, int64_t row_bytes, int64_t stride);

/* [local] */
void content_digest_attribute(struct content_digest *digest, const struct attribute *attribute);

/* [local] Whether an attribute of that name is part of the contents: all but "complete" and the digest itself. */
bool content_digest_covers(const char *attribute);

/* [collective] */
void content_digest_sum(struct content_digest *digest, const struct comm *comm);

/* [local] As 32 hexadecimal digits. text: CONTENT_DIGEST_SIZE bytes. */
void content_digest_text(char *text, const struct content_digest *digest);

#endif
