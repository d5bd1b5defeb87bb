/* The best of many: a bounded heap. All local, no allocation.
 *
 *     struct top_entry room[10];
 *     struct top top = {.entries = room, .capacity = 10};
 *     for (...) top_add(&top, item, score);
 *     top_sort(&top);                          now room[0] is the best of top.count entries
 */
#ifndef USE_TOP_H
#define USE_TOP_H

#include <stdbool.h>
#include <stdint.h>

struct top_entry {
    int64_t item;
    float score;
};

struct top {
    struct top_entry *entries; /* the caller's, capacity >= 1 of them; a heap with the worst first */
    int capacity, count;
};

/* A higher score, or the same and a lower item. */
static inline bool top_better(struct top_entry a, struct top_entry b)
{
    return a.score > b.score || (a.score == b.score && a.item < b.item);
}

/* Behind top_add: takes an entry that is among the best. */
void top_take(struct top *top, struct top_entry entry);

/* NaN is never taken. */
static inline void top_add(struct top *top, int64_t item, float score)
{
    struct top_entry entry = {item, score};
    if (top->count < top->capacity ? score == score : top_better(entry, top->entries[0]))
        top_take(top, entry);
}

/* Best first; ends the adding. */
void top_sort(struct top *top);

#endif
