/* The best of many: a bounded heap. All local, no allocation.
 *
 *     struct top_entry room[10];
 *     struct top top = {.entries = room, .capacity = 10};
 *     for (...) top_add(&top, item, score);
 *     top_sort(&top);                          now room[0] is the best of top.count entries
 */
#ifndef USE_TOP_H
#define USE_TOP_H

#include <stdint.h>

struct top_entry {
    int64_t item;
    float score;
};

struct top {
    struct top_entry *entries; /* the caller's, capacity of them */
    int capacity, count;
};

/* Better: a higher score, or the same and a lower item. NaN is never taken. */
void top_add(struct top *top, int64_t item, float score);

/* Best first; ends the adding. */
void top_sort(struct top *top);

#endif
