#include "ratings/keys.h"

#include "base/memory.h"
#include "base/number.h"

#include <inttypes.h>
#include <stdlib.h>

static void choose_type(struct key_type *type, const struct comm *comm, const struct dictionary *dictionary)
{
    int64_t longest = 1, length;
    for (int64_t i = 0; i < dictionary->count; i++) {
        dictionary_text(dictionary, i, &length);
        longest = number_max(longest, length);
    }
    int64_t found[2] = {dictionary->any_text, number_min(longest, ID_MAX_BYTES)};
    comm_max_int(comm, found, 2);
    type->kind = found[0] ? ID_TEXT : ID_INTEGER;
    type->width = found[0] ? (int)found[1] : (int)sizeof(int64_t);
}

static status make_key(char *key, const struct key_type *type, int64_t declared, const char *text,
                       int64_t length)
{
    int shown = (int)number_min(length, ID_MAX_BYTES);
    if (type->kind == ID_TEXT) {
        if (length > type->width)
            return fail(MFALS_BAD_DATA, "id %.*s... is longer than %d bytes", shown, text, ID_MAX_BYTES);
        memset(key, 0, (size_t)type->width);
        memcpy(key, text, (size_t)length);
        return MFALS_OK;
    }
    int64_t value;
    if (!number_parse_int(&value, text, length))
        return fail(MFALS_BAD_DATA, "id %.*s does not fit 64 bits", shown, text);
    if (declared > 0 && (value < 1 || value > declared))
        return fail(MFALS_BAD_DATA, "id %.*s is not between 1 and %" PRId64, shown, text, declared);
    memcpy(key, &value, sizeof value);
    return MFALS_OK;
}

/* Makes all keys. Fails with the entry first seen of those that cannot be keys; *position is its, else
 * INT64_MAX. */
static status make_keys(char *keys, int64_t *position, const struct key_type *type,
                        const struct dictionary *dictionary, int64_t declared)
{
    int64_t length, worst = -1;
    *position = INT64_MAX;
    for (int64_t i = 0; i < dictionary->count; i++) {
        const char *text = dictionary_text(dictionary, i, &length);
        if (make_key(keys + i * type->width, type, declared, text, length) == MFALS_OK ||
            dictionary->position[i] >= *position)
            continue;
        *position = dictionary->position[i];
        worst = i;
    }
    if (worst < 0)
        return MFALS_OK;
    const char *text = dictionary_text(dictionary, worst, &length);
    return make_key(keys + worst * type->width, type, declared, text, length); /* for its message */
}

status keys_make(char **keys, struct key_type *type, const struct comm *comm,
                 const struct dictionary *dictionary, int64_t declared)
{
    if (declared > 0)
        *type = (struct key_type){ID_INTEGER, sizeof(int64_t)};
    else
        choose_type(type, comm, dictionary);
    *keys = memory_new_raw(dictionary->count, (size_t)type->width);
    TRY(agree(comm, *keys == NULL ? MFALS_NO_MEMORY : MFALS_OK));
    int64_t position;
    status mine = make_keys(*keys, &position, type, dictionary, declared);
    return agree_at(comm, position, mine);
}

bool key_of_text(char *key, const struct key_type *type, const char *text, int64_t length)
{
    if (type->kind == ID_INTEGER) {
        int64_t value;
        if (!number_is_plain(text, length) || !number_parse_int(&value, text, length))
            return false;
        memcpy(key, &value, sizeof value);
        return true;
    }
    if (length > type->width || memchr(text, '\0', (size_t)length) != NULL)
        return false;
    memset(key, 0, (size_t)type->width);
    memcpy(key, text, (size_t)length);
    return true;
}

static int compare(const void *a, const void *b, void *context)
{
    const struct key_type *type = context;
    if (type->kind == ID_TEXT)
        return memcmp(a, b, (size_t)type->width);
    int64_t x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

void keys_sort(char *keys, int64_t count, const struct key_type *type)
{
    struct key_type context = *type;
    qsort_r(keys, (size_t)count, (size_t)type->width, compare, &context);
}

int64_t keys_unique(char *keys, int64_t count, const struct key_type *type)
{
    size_t width = (size_t)type->width;
    int64_t kept = 0;
    for (int64_t i = 0; i < count; i++) {
        const char *key = keys + (size_t)i * width;
        if (kept > 0 && memcmp(keys + (size_t)(kept - 1) * width, key, width) == 0)
            continue;
        memmove(keys + (size_t)kept * width, key, width);
        kept++;
    }
    return kept;
}

int64_t keys_count_to(const char *keys, int64_t count, const struct key_type *type, const char *key)
{
    struct key_type context = *type;
    int64_t low = 0, high = count; /* keys before low are <= key, keys from high on are > key */
    while (low < high) {
        int64_t middle = low + (high - low) / 2;
        if (compare(keys + middle * type->width, key, &context) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}
