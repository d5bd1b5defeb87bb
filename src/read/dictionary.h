/* The distinct ids of one rank: byte strings, numbered 0, 1, ... as they first come. All local. Ids that somebody chose
 * take no longer than others: their places go by hash_secret.
 *
 *     struct dictionary ids = {0};
 *     uint32_t number;
 *     TRY(dictionary_add(&ids, &number, text, length, position));
 *     dictionary_free(&ids);
 */
#ifndef READ_DICTIONARY_H
#define READ_DICTIONARY_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum side { USERS = 0, ITEMS = 1 };
enum id_kind { ID_INTEGER, ID_TEXT };
enum { ID_MAX_BYTES = 255 };

/* A place of the hash table. Ids of up to 8 bytes are told apart here, at the price of one cache miss. */
struct dictionary_slot {
    uint64_t key;    /* the id's bytes if it has up to 8, else its hash */
    uint32_t taken;  /* the entry + 1, or 0 */
    uint32_t length; /* at most 9: this or longer */
};

struct dictionary {
    char *text;                    /* owned: all ids, one behind the other */
    int64_t *start;                /* owned: id i is text[start[i]] .. text[start[i + 1] - 1]; count + 1 */
    int64_t *position;             /* owned: where each id was when it was added */
    struct dictionary_slot *slots; /* owned */
    int64_t count, slot_count;
    bool any_text; /* some id is no integer of 64 bits, or all are to be text */
    int64_t text_capacity, entry_capacity;
};

/* [local] The number of the id text[0..length), which is added if it is new. MFALS_NO_MEMORY, or MFALS_BAD_DATA when
 * this would be the 2^32nd. */
status dictionary_add(struct dictionary *ids, uint32_t *number, const char *text, int64_t length,
                      int64_t position);

/* [local] Fetches what dictionary_add will look at into the cache: some ids ahead, in a table too large for it. */
void dictionary_prefetch(const struct dictionary *ids, const char *text, int64_t length);

/* [local] The bytes of id `number`, 0 <= number < count; not terminated; *length is set. Valid until the next add. */
const char *dictionary_text(const struct dictionary *ids, int64_t number, int64_t *length);

/* [local] The memory in use of a dictionary of so many ids, of so many bytes of text in all. */
int64_t dictionary_bytes(int64_t count, int64_t text_bytes);

/* [local] Accepts a zeroed struct. */
void dictionary_free(struct dictionary *ids);

#endif
