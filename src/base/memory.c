#include "base/memory.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static atomic_int_fast64_t live_blocks; /* of all threads */
static int64_t fail_countdown;

static void *new_block(int64_t count, size_t size)
{
    size_t bytes;
    if (count < 0 || __builtin_mul_overflow((size_t)count, size, &bytes) ||
        bytes > (size_t)PTRDIFF_MAX - MEMORY_ALIGNMENT) {
        fail(MFALS_NO_MEMORY, "cannot allocate %" PRId64 " elements of %zu bytes", count, size);
        return NULL;
    }
    bytes = (bytes + MEMORY_ALIGNMENT) / MEMORY_ALIGNMENT * MEMORY_ALIGNMENT;
    void *block = fail_countdown > 0 && --fail_countdown == 0 ? NULL : aligned_alloc(MEMORY_ALIGNMENT, bytes);
    if (block == NULL) {
        fail(MFALS_NO_MEMORY, "not enough memory for %zu bytes", bytes);
        return NULL;
    }
    atomic_fetch_add_explicit(&live_blocks, 1, memory_order_relaxed);
    return block;
}

void *memory_new_raw(int64_t count, size_t size)
{
    return new_block(count, size);
}

void *memory_new(int64_t count, size_t size)
{
    void *block = new_block(count, size);
    return block == NULL ? NULL : memset(block, 0, (size_t)count * size);
}

void memory_give_back(void *block, int64_t first, int64_t end)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE), base = (uintptr_t)block;
    uintptr_t from = (base + (uintptr_t)first + page - 1) / page * page,
              to = (base + (uintptr_t)end) / page * page;
    if (from < to)
        (void)madvise((char *)block + (from - base), to - from,
                      MADV_DONTNEED); /* else it waits for memory_free */
}

/* A part at a time, so that a large block is never there twice. */
static void move_contents(char *to, char *from, size_t bytes)
{
    static const size_t part = (size_t)1 << 24;
    for (size_t done = 0; done < bytes; done += part) {
        size_t size = bytes - done < part ? bytes - done : part;
        memcpy(to + done, from + done, size);
        if (bytes > part)
            memory_give_back(from, (int64_t)done, (int64_t)(done + size));
    }
}

status memory_grow(void *block, int64_t *capacity, int64_t needed, size_t size)
{
    if (needed <= *capacity)
        return MFALS_OK;
    int64_t larger = *capacity + *capacity / 2 + 16;
    if (larger < needed)
        larger = needed;
    void *grown = new_block(larger, size);
    if (grown == NULL)
        return MFALS_NO_MEMORY;
    void *old;
    memcpy(&old, block, sizeof old);
    move_contents(grown, old, (size_t)*capacity * size);
    memory_free(old);
    memcpy(block, &grown, sizeof grown);
    *capacity = larger;
    return MFALS_OK;
}

void memory_free(void *block)
{
    if (block == NULL)
        return;
    atomic_fetch_sub_explicit(&live_blocks, 1, memory_order_relaxed);
    free(block);
}

int64_t memory_live_blocks(void)
{
    return atomic_load_explicit(&live_blocks, memory_order_relaxed);
}

void memory_fail_at(int64_t nth)
{
    fail_countdown = nth;
}
