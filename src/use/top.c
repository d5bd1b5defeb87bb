#include "use/top.h"

/* Puts entry at place `at` of a heap of count entries or below it, where all above are worse. */
static void sink(struct top_entry *heap, int count, int at, struct top_entry entry)
{
    for (int child = 2 * at + 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && top_better(heap[child], heap[child + 1]))
            child++;
        if (!top_better(entry, heap[child]))
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = entry;
}

void top_take(struct top *top, struct top_entry entry)
{
    struct top_entry *heap = top->entries;
    if (top->count == top->capacity) {
        sink(heap, top->count, 0, entry);
        return;
    }
    int at = top->count++;
    for (; at > 0 && top_better(heap[(at - 1) / 2], entry); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = entry;
}

void top_sort(struct top *top)
{
    struct top_entry *heap = top->entries;
    for (int last = top->count - 1; last > 0; last--) {
        struct top_entry worst = heap[0];
        sink(heap, last, 0, heap[last]);
        heap[last] = worst;
    }
}
