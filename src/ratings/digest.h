/* A digest that tells whether two runs have the same ratings, whatever the number of ranks and, where no pair comes
 * twice, the order of the lines: the sum, modulo 2^64 in each half, of the XXH3-128 hashes of all ids and all pairs. */
#ifndef RATINGS_DIGEST_H
#define RATINGS_DIGEST_H

#include "ratings/ratings.h"

enum { DIGEST_TEXT_SIZE = 33 };

/* [collective] Sets ratings->digest from ratings->ids and the pairs: those of by[USERS], held_out and fold_in. */
void digest_ratings(struct ratings *ratings, const struct comm *comm);

/* [local] A digest of two halves as 32 hexadecimal digits. text: DIGEST_TEXT_SIZE bytes. */
void digest_text(char *text, const uint64_t digest[2]);

#endif
