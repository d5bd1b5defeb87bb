#include "base/memory.h"

#include <inttypes.h>
#include <stdlib.h>

static int64_t live_blocks;
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
    live_blocks++;
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
    if (old != NULL)
        memcpy(grown, old, (size_t)*capacity * size);
    memory_free(old);
    memcpy(block, &grown, sizeof grown);
    *capacity = larger;
    return MFALS_OK;
}

void memory_free(void *block)
{
    if (block == NULL)
        return;
    live_blocks--;
    free(block);
}

int64_t memory_live_blocks(void)
{
    return live_blocks;
}

void memory_fail_at(int64_t nth)
{
    fail_countdown = nth;
}
