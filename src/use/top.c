#include "use/top.h"

/* Puts key at place `at` of a heap of count keys or below it, where all above are worse. Which child is the worse
 * cannot be foretold, so no branch asks for it. */
static void sink(uint64_t *heap, int count, int at, uint64_t key)
{
    for (int child = 2 * at + 1; child < count; child = 2 * at + 1) {
        int sibling = child + 1 < count ? child + 1 : child;
        child += heap[sibling] < heap[child];
        if (key <= heap[child])
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = key;
}

void top_take(struct top *top, uint64_t key)
{
    uint64_t *heap = top->keys;
    if (top->count == top->capacity) {
        sink(heap, top->count, 0, key);
        return;
    }
    int at = top->count++;
    for (; at > 0 && heap[(at - 1) / 2] > key; at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = key;
}

static struct top_entry entry_of(uint64_t key)
{
    uint32_t bits = (uint32_t)(key >> 32);
    struct top_entry entry = {.item = (uint32_t)~key};
    bits ^= bits >> 31 ? 0x80000000u : 0xffffffffu;
    memcpy(&entry.score, &bits, sizeof bits);
    return entry;
}

float top_floor(const struct top *top)
{
    return entry_of(top->keys[0]).score;
}

void top_list(struct top *top, struct top_entry *entries)
{
    for (int last = top->count - 1; last >= 0; last--) {
        entries[last] = entry_of(top->keys[0]);
        sink(top->keys, last, 0, top->keys[last]);
    }
}
