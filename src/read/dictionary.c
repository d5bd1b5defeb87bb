#include "read/dictionary.h"

#include "base/hash_secret.h"
#include "base/memory.h"
#include "base/number.h"

#include <stdbool.h>
#include <string.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

/* At most half of the slots are taken, up to the most that the 32 bits of a hash in use can tell apart. */
static const int64_t most_slots = (int64_t)1 << 32;
static const int64_t most_ids = ((int64_t)1 << 32) - 1;
enum { SHORT_BYTES = 8, CACHED_SLOTS = 1 << 15 };

/* The bytes as one number, those missing being 0. */
static uint64_t short_key(const char *text, int64_t length)
{
    if (length >= 4) { /* two halves that may overlap, in equal bytes */
        uint32_t front, back;
        memcpy(&front, text, sizeof front);
        memcpy(&back, text + length - 4, sizeof back);
        return front | (uint64_t)back << 8 * (length - 4);
    }
    uint64_t key = 0;
    for (int64_t i = 0; i < length; i++)
        key |= (uint64_t)(unsigned char)text[i] << 8 * i;
    return key;
}

static uint64_t hash(const void *bytes, int64_t length)
{
    return XXH3_64bits_withSecret(bytes, (size_t)length, hash_secret, sizeof hash_secret);
}

/* What the slot of this id holds, but for the entry. */
static struct dictionary_slot key_of(const char *text, int64_t length)
{
    if (length <= SHORT_BYTES)
        return (struct dictionary_slot){.key = short_key(text, length), .length = (uint32_t)length};
    return (struct dictionary_slot){.key = hash(text, length), .length = SHORT_BYTES + 1};
}

/* Where the search for it begins. */
static int64_t first_slot(struct dictionary_slot slot, int64_t slot_count)
{
    uint64_t spread = slot.length > SHORT_BYTES ? slot.key : hash(&slot.key, sizeof slot.key);
    return (int64_t)((spread >> 32) * (uint64_t)slot_count >> 32);
}

static int64_t next_slot(int64_t slot, int64_t slot_count)
{
    return slot + 1 == slot_count ? 0 : slot + 1;
}

static void put(struct dictionary_slot *slots, int64_t slot_count, struct dictionary_slot taken)
{
    int64_t slot = first_slot(taken, slot_count);
    while (slots[slot].taken != 0)
        slot = next_slot(slot, slot_count);
    slots[slot] = taken;
}

static status grow_slots(struct dictionary *ids)
{
    int64_t larger = number_min(most_slots, number_max(1024, 2 * ids->slot_count));
    struct dictionary_slot *slots;
    TRY(allocate(&slots, larger));
    for (int64_t i = 0; i < ids->slot_count; i++)
        if (ids->slots[i].taken != 0)
            put(slots, larger, ids->slots[i]);
    memory_free(ids->slots);
    ids->slots = slots;
    ids->slot_count = larger;
    return MFALS_OK;
}

/* Room for one more id of this length, and a byte so that there is text even if all are empty. */
static status reserve(struct dictionary *ids, int64_t length)
{
    if (ids->count == most_ids)
        return fail(MFALS_BAD_DATA, "more than 2^32 - 1 different ids on one rank");
    if (2 * (ids->count + 1) > ids->slot_count && ids->slot_count < most_slots)
        TRY(grow_slots(ids));
    int64_t text_bytes = ids->count == 0 ? 0 : ids->start[ids->count];
    TRY(memory_grow(&ids->text, &ids->text_capacity, text_bytes + length + 1, 1));
    if (ids->count + 2 <= ids->entry_capacity)
        return MFALS_OK;
    int64_t capacity = ids->entry_capacity;
    TRY(memory_grow(&ids->position, &capacity, ids->count + 2, sizeof *ids->position));
    TRY(memory_grow(&ids->start, &ids->entry_capacity, ids->count + 2, sizeof *ids->start));
    return MFALS_OK;
}

static status append(struct dictionary *ids, const char *text, int64_t length, int64_t position)
{
    TRY(reserve(ids, length));
    if (ids->count == 0)
        ids->start[0] = 0;
    memcpy(ids->text + ids->start[ids->count], text, (size_t)length);
    ids->start[ids->count + 1] = ids->start[ids->count] + length;
    ids->position[ids->count] = position;
    ids->any_text = ids->any_text || !number_is_plain(text, length);
    ids->count++;
    return MFALS_OK;
}

static bool is_text(const struct dictionary *ids, int64_t number, const char *text, int64_t length)
{
    int64_t start = ids->start[number];
    return ids->start[number + 1] - start == length && memcmp(ids->text + start, text, (size_t)length) == 0;
}

/* The id's number, -1 if it is new. */
static int64_t find(const struct dictionary *ids, struct dictionary_slot id, const char *text, int64_t length)
{
    if (ids->slot_count == 0)
        return -1;
    for (int64_t i = first_slot(id, ids->slot_count);; i = next_slot(i, ids->slot_count)) {
        struct dictionary_slot slot = ids->slots[i];
        if (slot.taken == 0)
            return -1;
        if (slot.key == id.key && slot.length == id.length &&
            (length <= SHORT_BYTES || is_text(ids, (int64_t)slot.taken - 1, text, length)))
            return (int64_t)slot.taken - 1;
    }
}

status dictionary_add(struct dictionary *ids, uint32_t *number, const char *text, int64_t length,
                      int64_t position)
{
    struct dictionary_slot id = key_of(text, length);
    int64_t found = find(ids, id, text, length);
    if (found < 0) {
        TRY(append(ids, text, length, position));
        found = ids->count - 1;
        id.taken = (uint32_t)ids->count;
        put(ids->slots, ids->slot_count, id);
    }
    *number = (uint32_t)found;
    return MFALS_OK;
}

void dictionary_prefetch(const struct dictionary *ids, const char *text, int64_t length)
{
    if (ids->slot_count > CACHED_SLOTS)
        __builtin_prefetch(&ids->slots[first_slot(key_of(text, length), ids->slot_count)]);
}

const char *dictionary_text(const struct dictionary *ids, int64_t number, int64_t *length)
{
    *length = ids->start[number + 1] - ids->start[number];
    return ids->text + ids->start[number];
}

int64_t dictionary_bytes(int64_t count, int64_t text_bytes)
{
    int64_t slots = 1024;
    while (slots < 2 * count && slots < most_slots)
        slots *= 2;
    return slots * (int64_t)sizeof(struct dictionary_slot) + 2 * count * (int64_t)sizeof(int64_t) +
           text_bytes;
}

void dictionary_free(struct dictionary *ids)
{
    memory_free(ids->text);
    memory_free(ids->start);
    memory_free(ids->position);
    memory_free(ids->slots);
    *ids = (struct dictionary){0};
}
