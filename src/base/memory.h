/* Checked allocation: 64-byte aligned, sizes that cannot overflow, failure as a status, blocks counted.
 *
 *     scoped double *cost = NULL;            freed when the block is left, on every way out
 *     TRY(allocate(&cost, rows));            rows doubles, set to zero
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { MEMORY_ALIGNMENT = 64 };

/* [local] count elements of size bytes, set to zero, 64-byte aligned, to be freed with memory_free. A count of 0
 * gives a block too. NULL, with the failure recorded, when there is no memory. */
void *memory_new(int64_t count, size_t size);

/* [local] Sets *pointer to count new zeroed elements of its own type. MFALS_NO_MEMORY with *pointer = NULL. */
#define allocate(pointer, count)                                                                             \
    ((*(pointer) = memory_new((count), sizeof **(pointer))) != NULL ? MFALS_OK : MFALS_NO_MEMORY)

/* [local] The same without setting to zero, for what is written in full at once. */
void *memory_new_raw(int64_t count, size_t size);
#define allocate_raw(pointer, count)                                                                         \
    ((*(pointer) = memory_new_raw((count), sizeof **(pointer))) != NULL ? MFALS_OK : MFALS_NO_MEMORY)

/* [local] Makes room for at least `needed` elements of size bytes in *block, whose capacity is *capacity: grows by
 * half, keeps the contents, leaves the new part unset. On MFALS_NO_MEMORY the old block is unchanged. */
status memory_grow(void *block, int64_t *capacity, int64_t needed, size_t size);

/* [local] The contents of bytes first .. end - 1 of a block are wanted no more: gives their pages back to the system,
 * as far as whole pages lie within. The block is freed as ever. */
void memory_give_back(void *block, int64_t first, int64_t end);

/* [local] Accepts NULL. */
void memory_free(void *block);

/* [local] Blocks now allocated, by all threads: 0 once everything was freed. */
int64_t memory_live_blocks(void);

/* [local] For tests: the nth allocation from now (1 = the next) fails, once. 0 switches it off. */
void memory_fail_at(int64_t nth);

static inline void memory_scope_end(void *variable)
{
    void *block;
    memcpy(&block, variable, sizeof block);
    memory_free(block);
}
#define scoped __attribute__((cleanup(memory_scope_end)))

#endif
