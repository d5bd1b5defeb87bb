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
enum random_purpose { RANDOM_USER_FACTORS = 0, RANDOM_ITEM_FACTORS = 1 };

/* [local] Uniform in [0, 1), a multiple of 2^-32. */
double random_uniform(uint64_t seed, enum random_purpose purpose, int64_t id, int64_t draw);

/* [local] Normal with mean 0 and standard deviation 1 (Box and Muller 1958). */
double random_normal(uint64_t seed, enum random_purpose purpose, int64_t id, int64_t draw);

#endif
