/* The best of many: a bounded heap. All local, no allocation.
 *
 *     uint64_t room[10];
 *     struct top top = {.keys = room, .capacity = 10};
 *     for (...) top_add(&top, item, score);
 *     top_list(&top, entries);                 entries[0] is the best of top.count
 *
 * A higher score is better, and of the same scores that of the lower item.
 */
#ifndef USE_TOP_H
#define USE_TOP_H

#include <stdint.h>
#include <string.h>

struct top_entry {
    int64_t item;
    float score;
};

struct top {
    uint64_t *keys; /* the caller's, capacity >= 1 of them; a heap with the worst first */
    int capacity, count;
};

/* Of two keys the higher is the better: the bits of a score, made to ascend with it, above the complement of the
 * item, which is below 2^32. No score but NaN gives a key of 0. */
static inline uint64_t top_key(int64_t item, float score)
{
    uint32_t bits;
    score += 0.0F; /* -0 is as good as 0 */
    memcpy(&bits, &score, sizeof bits);
    bits ^= (uint32_t)((int32_t)bits >> 31) | 0x80000000u;
    return score == score ? (uint64_t)bits << 32 | (uint32_t)~item : 0;
}

/* Behind top_add: takes a key that is among the best. */
void top_take(struct top *top, uint64_t key);

/* NaN is never taken. */
static inline void top_add(struct top *top, int64_t item, float score)
{
    uint64_t key = top_key(item, score);
    if (key > (top->count < top->capacity ? 0 : top->keys[0]))
        top_take(top, key);
}

/* The worst score of a full heap: one that only equals it is taken for a lower item alone. */
float top_floor(const struct top *top);

/* entries[top->count] <- the best, best first; ends the adding. */
void top_list(struct top *top, struct top_entry *entries);

#endif
