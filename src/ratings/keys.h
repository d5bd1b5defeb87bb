/* Keys: ids in one fixed width, the form in which they are compared, sorted and redistributed. Integers are native
 * int64_t, text is padded with NUL, which sorts a prefix before what it begins.
 *
 *     struct key_type type;
 *     scoped char *keys = NULL;
 *     TRY(keys_make(&keys, &type, &comm, dictionary, 0));     key i: type.width bytes at keys + i * type.width
 *     keys_sort(keys, dictionary->count, &type);
 */
#ifndef RATINGS_KEYS_H
#define RATINGS_KEYS_H

#include "comm/comm.h"
#include "ratings/ids.h"

#include <stdbool.h>

struct key_type {
    enum id_kind kind;
    int width; /* bytes, >= 1 */
};

/* [collective] The keys of the dictionary's entries, in its order, and their type, which all ranks' entries decide.
 *   keys      out: [count x width], the caller's to free; set in any case
 *   declared  > 0: ids must be integers 1..declared; else 0
 * MFALS_BAD_DATA where an id cannot be a key: of all ranks' the one first seen. */
status keys_make(char **keys, struct key_type *type, const struct comm *comm,
                 const struct dictionary *dictionary, int64_t declared);

/* [local] Whether the id text[0..length) can be a key of this type: in `key`, type->width bytes, if so. */
bool key_of_text(char *key, const struct key_type *type, const char *text, int64_t length);

/* [local] Sorts in place. */
void keys_sort(char *keys, int64_t count, const struct key_type *type);

/* [local] Drops repetitions from sorted keys; returns how many are left. */
int64_t keys_unique(char *keys, int64_t count, const struct key_type *type);

/* [local] How many of the sorted keys are <= key. */
int64_t keys_count_to(const char *keys, int64_t count, const struct key_type *type, const char *key);

#endif
