/* The distinct ids of one rank: byte strings, numbered 0, 1, ... as they first come. All local.
 *
 *     struct dictionary ids = {0};
 *     uint32_t number;
 *     TRY(dictionary_add(&ids, &number, text, length, position));
 *     dictionary_free(&ids);
 */
#ifndef RATINGS_DICTIONARY_H
#define RATINGS_DICTIONARY_H

#include "base/status.h"

#include <stdint.h>

struct dictionary {
    char *text;        /* owned: all ids, one behind the other */
    int64_t *start;    /* owned: id i is text[start[i]] .. text[start[i + 1] - 1]; count + 1 values */
    int64_t *position; /* owned: where each id was first seen */
    uint32_t *slots;   /* owned: the hash table, entry + 1 or 0 */
    int64_t count, slot_count;
    int64_t text_capacity, entry_capacity;
};

/* [local] The number of the id text[0..length), which is added if it is new. MFALS_NO_MEMORY, or MFALS_BAD_DATA when
 * this would be the 2^32nd. */
status dictionary_add(struct dictionary *ids, uint32_t *number, const char *text, int64_t length, int64_t position);

/* [local] The bytes of id `number`, 0 <= number < count; not terminated; *length is set. Valid until the next add. */
const char *dictionary_text(const struct dictionary *ids, int64_t number, int64_t *length);

/* [local] Accepts a zeroed struct. */
void dictionary_free(struct dictionary *ids);

#endif
