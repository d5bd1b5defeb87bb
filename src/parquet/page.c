#include "parquet/page.h"

#include <stddef.h>

/* The number that a field of a struct is. */
struct place {
    int id;
    size_t offset;
};

static int64_t *place_of(struct page_head *head, const struct place *places, int id)
{
    for (; places->id != 0; places++)
        if (places->id == id)
            return (int64_t *)(void *)((char *)head + places->offset);
    return NULL;
}

static const struct place data[] = {{1, offsetof(struct page_head, values)},
                                    {2, offsetof(struct page_head, encoding)},
                                    {3, offsetof(struct page_head, levels)},
                                    {0, 0}};
static const struct place dictionary[] = {
    {1, offsetof(struct page_head, values)}, {2, offsetof(struct page_head, encoding)}, {0, 0}};
static const struct place data_v2[] = {{1, offsetof(struct page_head, values)},
                                       {4, offsetof(struct page_head, encoding)},
                                       {5, offsetof(struct page_head, definition_bytes)},
                                       {6, offsetof(struct page_head, repetition_bytes)},
                                       {0, 0}};

/* DataPageHeader, DictionaryPageHeader or DataPageHeaderV2. */
static void read_kind(struct page_head *head, struct thrift *in, enum thrift_type type,
                      const struct place *places)
{
    if (!thrift_struct(in, type))
        return;
    for (struct thrift_field field = {0}; thrift_next(in, &field);) {
        int64_t *number = place_of(head, places, field.id);
        if (number != NULL)
            *number = thrift_integer(in, field.type);
        else if (places == data_v2 && field.id == 7)
            head->is_compressed = thrift_bool(in, field.type);
        else
            thrift_skip(in, field.type);
    }
}

static bool is_size(int64_t number)
{
    return number >= 0 && number <= INT32_MAX;
}

static bool is_sound(const struct page_head *head)
{
    return is_size(head->packed) && is_size(head->unpacked) && is_size(head->values) &&
           is_size(head->repetition_bytes) && is_size(head->definition_bytes) &&
           head->repetition_bytes + head->definition_bytes <= head->packed &&
           head->repetition_bytes + head->definition_bytes <= head->unpacked;
}

void page_head_read(struct page_head *head, struct thrift *in)
{
    *head = (struct page_head){
        .type = -1, .packed = -1, .unpacked = -1, .levels = ENCODING_RLE, .is_compressed = true};
    for (struct thrift_field field = {0}; thrift_next(in, &field);)
        switch (field.id) {
        case 1:
            head->type = thrift_integer(in, field.type);
            break;
        case 2:
            head->unpacked = thrift_integer(in, field.type);
            break;
        case 3:
            head->packed = thrift_integer(in, field.type);
            break;
        case 4:
            head->checksum = (uint32_t)thrift_integer(in, field.type);
            head->has_checksum = true;
            break;
        case 5:
            read_kind(head, in, field.type, data);
            break;
        case 7:
            read_kind(head, in, field.type, dictionary);
            break;
        case 8:
            read_kind(head, in, field.type, data_v2);
            break;
        default:
            thrift_skip(in, field.type);
        }
    if (!is_sound(head))
        in->damaged = true;
}

const char *page_encoding_name(int64_t encoding)
{
    static const char *const names[ENCODINGS] = {
        "PLAIN",          "GROUP_VAR_INT",       "PLAIN_DICTIONARY",        "RLE",
        "BIT_PACKED",     "DELTA_BINARY_PACKED", "DELTA_LENGTH_BYTE_ARRAY", "DELTA_BYTE_ARRAY",
        "RLE_DICTIONARY", "BYTE_STREAM_SPLIT"};
    return encoding >= 0 && encoding < ENCODINGS ? names[encoding] : "unknown";
}
