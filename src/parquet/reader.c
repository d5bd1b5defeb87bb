#include "parquet/reader.h"

#include "base/advance.h"
#include "base/memory.h"
#include "base/number.h"
#include "parquet/bits.h"
#include "parquet/codec.h"

#include <inttypes.h>
#include <string.h>
#include <zlib.h>

enum { READ_AHEAD_BYTES = 1 << 18, HEAD_BYTES = 1 << 12, HEAD_BYTES_MAX = 1 << 24, LEVELS_LENGTH_BYTES = 4 };

/* The place of a failure, if the data is to blame. */
static status place(const struct parquet_reader *reader, status got)
{
    if (got != MFALS_BAD_DATA)
        return got;
    return fail(MFALS_BAD_DATA, "%.600s: row group %" PRId64 ", column '%.*s': %.250s", reader->file->path,
                reader->group + 1, (int)number_min(reader->column->name_length, 100), reader->column->name,
                failure_message());
}

/* Room for so many bytes, whose contents are of no matter. */
static status make_room(uint8_t **block, int64_t *capacity, int64_t bytes)
{
    if (bytes <= *capacity)
        return MFALS_OK;
    memory_free(*block);
    *capacity = 0;
    TRY(allocate_raw(block, bytes));
    *capacity = bytes;
    return MFALS_OK;
}

/* Shows `length` bytes of the chunk from `begin` on, and reads some more ahead. */
static status show(struct parquet_reader *reader, const uint8_t **bytes, int64_t begin, int64_t length)
{
    int64_t skipped = begin - reader->window_begin, kept = number_max(reader->window_held - skipped, 0);
    if (length > kept || kept == 0) {
        int64_t wanted = number_min(number_max(length, READ_AHEAD_BYTES), reader->chunk->end - begin);
        if (kept > 0)
            memmove(reader->window, reader->window + skipped, (size_t)kept);
        reader->window_begin = begin;
        reader->window_held = kept;
        TRY(memory_grow(&reader->window, &reader->window_capacity, wanted + 1, 1));
        TRY(parquet_read(reader->file, reader->window + kept, begin + kept, wanted - kept));
        advance_by(wanted - kept);
        reader->window_held = wanted;
    }
    *bytes = reader->window + (begin - reader->window_begin);
    return MFALS_OK;
}

/* Reads the head of the next page, whose length only its end tells; reader->next is then behind it. */
static status read_head(struct parquet_reader *reader, struct page_head *head)
{
    int64_t left = reader->chunk->end - reader->next;
    for (int64_t length = HEAD_BYTES;; length *= 8) {
        const uint8_t *bytes;
        length = number_min(length, left);
        TRY(show(reader, &bytes, reader->next, length));
        struct thrift in = {bytes, bytes + length, false};
        page_head_read(head, &in);
        if (!in.damaged) {
            reader->next += in.at - bytes;
            break;
        }
        if (length == left || length >= HEAD_BYTES_MAX)
            return fail(MFALS_BAD_DATA,
                        left == 0 ? "it ends before its last value" : "the head of a page is damaged");
    }
    if (head->packed > reader->chunk->end - reader->next)
        return fail(MFALS_BAD_DATA, "a page is longer than its column");
    return MFALS_OK;
}

static status check_checksum(const struct page_head *head, const uint8_t *bytes)
{
    if (head->has_checksum && crc32(0, bytes, (uInt)head->packed) != head->checksum)
        return fail(MFALS_BAD_DATA, "the checksum of a page does not match: the file is damaged");
    return MFALS_OK;
}

/* Decompresses bytes[0..packed) into *room; *to is where they are then. */
static status unpack(const struct parquet_reader *reader, uint8_t **room, int64_t *capacity,
                     const uint8_t **to, int64_t unpacked, const uint8_t *bytes, int64_t packed)
{
    int64_t codec = reader->chunk->codec;
    if (unpacked / codec_expansion(codec) > packed)
        return fail(MFALS_BAD_DATA, "a page says that it is longer than its data can become");
    TRY(make_room(room, capacity, unpacked + 1));
    *to = *room;
    return unpacked == 0 ? MFALS_OK : codec_decompress(codec, *room, unpacked, bytes, packed);
}

static status read_dictionary(struct parquet_reader *reader, const struct page_head *head,
                              const uint8_t *bytes)
{
    const uint8_t *data = bytes;
    if (reader->has_dictionary || reader->values_left < reader->chunk->values)
        return fail(MFALS_BAD_DATA, "a dictionary is not the first page, or not the only one");
    if (head->encoding != ENCODING_PLAIN && head->encoding != ENCODING_PLAIN_DICTIONARY)
        return fail(MFALS_BAD_DATA, "a dictionary of encoding %s", page_encoding_name(head->encoding));
    TRY(unpack(reader, &reader->dictionary_page, &reader->dictionary_page_capacity, &data, head->unpacked,
               bytes, head->packed));
    if (reader->column->type == PARQUET_BOOLEAN || head->values > head->unpacked / 4)
        return fail(MFALS_BAD_DATA, "a dictionary holds fewer values than it says");
    TRY(memory_grow(&reader->dictionary, &reader->dictionary_capacity, head->values + 1,
                    sizeof *reader->dictionary));
    TRY(values_begin(&reader->decoder, reader->column, ENCODING_PLAIN, data, head->unpacked, NULL, 0));
    TRY(values_take(&reader->decoder, reader->dictionary, head->values));
    for (int64_t i = 0; i < head->values; i++)
        reader->dictionary[i].place = (uint32_t)i;
    reader->dictionary_count = head->values;
    reader->has_dictionary = true;
    return MFALS_OK;
}

static status begin_values(struct parquet_reader *reader, const struct page_head *head, const uint8_t *data,
                           int64_t length)
{
    return values_begin(&reader->decoder, reader->column, head->encoding, data, length,
                        reader->has_dictionary ? reader->dictionary : NULL, reader->dictionary_count);
}

/* Levels, behind their length, and values are compressed together. */
static status begin_data(struct parquet_reader *reader, const struct page_head *head, const uint8_t *bytes)
{
    const uint8_t *data = bytes;
    int64_t length = head->unpacked, levels = 0;
    if (reader->chunk->codec != 0 || head->packed != head->unpacked)
        TRY(unpack(reader, &reader->page, &reader->page_capacity, &data, length, bytes, head->packed));
    if (!reader->column->optional)
        return begin_values(reader, head, data, length);
    if (head->levels != ENCODING_RLE)
        return fail(MFALS_BAD_DATA, "definition levels of encoding %s cannot be read",
                    page_encoding_name(head->levels));
    if (length >= LEVELS_LENGTH_BYTES)
        levels = bits_load_32(data);
    length -= LEVELS_LENGTH_BYTES;
    if (levels > length)
        return fail(MFALS_BAD_DATA, "the definition levels are longer than their page");
    data += LEVELS_LENGTH_BYTES;
    TRY(hybrid_begin(&reader->levels, data, levels, 1));
    return begin_values(reader, head, data + levels, length - levels);
}

/* Levels come first, not compressed. */
static status begin_data_v2(struct parquet_reader *reader, const struct page_head *head, const uint8_t *bytes)
{
    int64_t levels = head->repetition_bytes + head->definition_bytes;
    int64_t packed = head->packed - levels, length = head->unpacked - levels;
    TRY(hybrid_begin(&reader->levels, bytes + head->repetition_bytes, head->definition_bytes, 1));
    const uint8_t *data = bytes + levels;
    bool as_it_lies = !head->is_compressed || reader->chunk->codec == 0;
    if (as_it_lies && packed != length)
        return fail(MFALS_BAD_DATA, "a page is of another length than it says");
    if (!as_it_lies)
        TRY(unpack(reader, &reader->page, &reader->page_capacity, &data, length, data, packed));
    return begin_values(reader, head, data, length);
}

/* Reads the next page; reader->left stays 0 where it is none of data. */
static status next_page(struct parquet_reader *reader)
{
    struct page_head head;
    const uint8_t *bytes;
    TRY(read_head(reader, &head));
    TRY(show(reader, &bytes, reader->next, head.packed));
    reader->next += head.packed;
    TRY(check_checksum(&head, bytes));
    if (head.type == PAGE_INDEX)
        return MFALS_OK;
    if (head.type == PAGE_DICTIONARY)
        return read_dictionary(reader, &head, bytes);
    if (head.type != PAGE_DATA && head.type != PAGE_DATA_V2)
        return fail(MFALS_BAD_DATA, "a page of an unknown type");
    if (head.values > reader->values_left)
        return fail(MFALS_BAD_DATA, "its pages hold more values than there are rows");
    TRY(head.type == PAGE_DATA ? begin_data(reader, &head, bytes) : begin_data_v2(reader, &head, bytes));
    reader->left = head.values;
    reader->values_left -= head.values;
    return MFALS_OK;
}

status parquet_reader_open(struct parquet_reader *reader, const struct parquet_file *file, int64_t group,
                           const struct parquet_column *column)
{
    const struct parquet_chunk *chunk = parquet_chunk(file, group, column);
    reader->file = file;
    reader->column = column;
    reader->chunk = chunk;
    reader->group = group;
    reader->window_begin = reader->window_held = 0;
    reader->next = chunk->begin;
    reader->values_left = chunk->values;
    reader->left = 0;
    reader->has_dictionary = false;
    reader->dictionary_count = 0;
    const char *refused = column->kind == PARQUET_REFUSED ? column->refused : chunk->refused;
    if (refused != NULL)
        return place(reader, fail(MFALS_BAD_DATA, "it %s", refused));
    if (codec_expansion(chunk->codec) == 0)
        return place(reader, fail(MFALS_BAD_DATA,
                                  "its compression, %s, cannot be read: snappy, gzip, zstd and lz4_raw can",
                                  codec_name(chunk->codec)));
    return MFALS_OK;
}

status parquet_ready(struct parquet_reader *reader, int64_t *left)
{
    *left = 0;
    while (reader->left == 0 && reader->values_left > 0)
        TRY(place(reader, next_page(reader)));
    *left = reader->left;
    return MFALS_OK;
}

/* Which of the next rows have a value; *there: how many. */
static status take_levels(struct parquet_reader *reader, int64_t count, int64_t *there)
{
    uint32_t levels[PARQUET_BATCH];
    *there = count;
    if (!reader->column->optional) {
        memset(reader->present, 1, (size_t)count);
        return MFALS_OK;
    }
    TRY(hybrid_take(&reader->levels, levels, count));
    *there = 0;
    for (int64_t i = 0; i < count; i++) {
        reader->present[i] = (uint8_t)levels[i];
        *there += levels[i];
    }
    return MFALS_OK;
}

/* Values that lie without gaps go to their rows, the last one first. */
static void spread(struct parquet_reader *reader, int64_t count, int64_t there)
{
    for (int64_t row = count - 1; row >= there; row--)
        if (reader->present[row])
            reader->values[row] = reader->values[--there];
}

status parquet_take(struct parquet_reader *reader, int64_t count)
{
    int64_t there;
    TRY(place(reader, take_levels(reader, count, &there)));
    TRY(place(reader, values_take(&reader->decoder, reader->values, there)));
    spread(reader, count, there);
    reader->left -= count;
    return MFALS_OK;
}

void parquet_reader_close(struct parquet_reader *reader)
{
    values_free(&reader->decoder);
    memory_free(reader->window);
    memory_free(reader->page);
    memory_free(reader->dictionary_page);
    memory_free(reader->dictionary);
    *reader = (struct parquet_reader){0};
}
