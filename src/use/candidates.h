/* Which items are ranked for a user besides the test items. All local, no allocation.
 *
 *     count = candidates_merge(excluded, seen, seen_count, test, test_count);
 *     drawn_count = candidates_draw(drawn, wanted, items, excluded, count, seed, user, mark);
 */
#ifndef USE_CANDIDATES_H
#define USE_CANDIDATES_H

#include <stdbool.h>
#include <stdint.h>

/* [local] merged <- the items of a or b, ascending; a and b ascending, each item once. Returns their number. */
int64_t candidates_merge(uint32_t *merged, const uint32_t *a, int64_t a_count, const uint32_t *b,
                         int64_t b_count);

/* [local] kept <- the items of a, in their order, that are not in b (ascending); kept may be a. Returns how many. */
int64_t candidates_without(uint32_t *kept, const uint32_t *a, int64_t a_count, const uint32_t *b,
                           int64_t b_count);

/* [local] drawn <- `wanted` different items of 0 .. items - 1 without the excluded (ascending), every set of them as
 * likely as any other, or all if there are no more. Returns their number. A function of seed and user alone.
 *   mark  [items], all 0, and so afterwards */
int64_t candidates_draw(uint32_t *drawn, int64_t wanted, int64_t items, const uint32_t *excluded,
                        int64_t excluded_count, uint64_t seed, int64_t user, char *mark);

/* [local] Whether item is among sorted[0..count), ascending. */
bool candidates_have(const uint32_t *sorted, int64_t count, uint32_t item);

#endif
