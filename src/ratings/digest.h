/* A digest that tells whether two runs have the same ratings, whatever the order of the lines and the number
 * of ranks: the sum, modulo 2^64 in each half, of the XXH3-128 hashes of all ids and of all ratings. */
#ifndef RATINGS_DIGEST_H
#define RATINGS_DIGEST_H

#include "ratings/ratings.h"

/* [collective] Sets ratings->digest from ratings->ids and the pairs: those of by[USERS], held_out and fold_in. */
void digest_ratings(struct ratings *ratings, const struct comm *comm);

#endif
