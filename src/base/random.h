/* Counter-based random numbers: a pure function of who asks for what, so that it doesn't matter which rank asks.
 * Philox4x32-10 (Salmon et al., SC 2011), from Random123.
 *
 *     double value = random_uniform(seed, RANDOM_ITEM_FACTORS, item, factor);     the same on every rank
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stdint.h>

/* What a number is drawn for: streams with other purposes are independent. Values are part of the promise of equal
 * bits: add at the end, never renumber. */
enum random_purpose {
    RANDOM_USER_FACTORS = 0,
    RANDOM_ITEM_FACTORS = 1,
    RANDOM_HOLD_OUT = 2,       /* of a pair: user row, item row */
    RANDOM_HOLD_OUT_USERS = 3, /* of a user's row */
    RANDOM_NEGATIVES = 4,
    RANDOM_SYNTHETIC_USERS = 5, /* of a user's row: how many ratings */
    RANDOM_SYNTHETIC_ITEMS = 6,
    RANDOM_SYNTHETIC_USER_FACTORS = 7,
    RANDOM_SYNTHETIC_ITEM_FACTORS = 8,
    RANDOM_SYNTHETIC_NOISE = 9,
    RANDOM_PROBES = 10 /* of the eigendecomposition of a matrix */
};

/* [local] 64 random bits. */
uint64_t random_bits(uint64_t seed, enum random_purpose purpose, int64_t id, int64_t draw);

/* [local] Uniform in [0, 1), a multiple of 2^-32. */
double random_uniform(uint64_t seed, enum random_purpose purpose, int64_t id, int64_t draw);

/* [local] Normal with mean 0 and standard deviation 1 (Box and Muller 1958). */
double random_normal(uint64_t seed, enum random_purpose purpose, int64_t id, int64_t draw);

#endif
