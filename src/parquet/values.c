#include "parquet/values.h"

#include "base/memory.h"
#include "parquet/bits.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { LENGTH_BYTES = 4, INT96_BYTES = 12, DAY_SECONDS = 86400 };

static status too_few(void)
{
    return fail(MFALS_BAD_DATA, "a page holds fewer values than it says");
}

/* Bytes of a value of one of the types of fixed size. */
static int64_t width_of(enum parquet_type type)
{
    switch (type) {
    case PARQUET_INT32:
    case PARQUET_FLOAT:
        return 4;
    case PARQUET_INT64:
    case PARQUET_DOUBLE:
        return 8;
    default:
        return INT96_BYTES;
    }
}

static inline int64_t floor_divide(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static inline struct parquet_value of_bits(const struct parquet_column *column, uint64_t bits)
{
    struct parquet_value value = {.place = PARQUET_NO_PLACE};
    if (column->type == PARQUET_INT64) {
        value.integer = (int64_t)bits;
    } else if (column->type == PARQUET_INT32) {
        value.integer = column->kind == PARQUET_UNSIGNED ? (int64_t)(uint32_t)bits : (int32_t)bits;
    } else if (column->type == PARQUET_DOUBLE) {
        memcpy(&value.real, &bits, sizeof value.real);
    } else {
        uint32_t half = (uint32_t)bits;
        float real;
        memcpy(&real, &half, sizeof real);
        value.real = real;
    }
    return value;
}

/* Nanoseconds of the day, and the day by the Julian count, of which 1970 began with 2,440,588. */
static struct parquet_value of_int96(const uint8_t *data)
{
    int64_t nanoseconds = (int64_t)bits_load_64(data), day = (int32_t)bits_load_32(data + 8);
    return (struct parquet_value){.integer =
                                      (day - 2440588) * DAY_SECONDS + floor_divide(nanoseconds, 1000000000),
                                  .place = PARQUET_NO_PLACE};
}

static status plain_fixed(struct values *values, struct parquet_value *to, int64_t count, int64_t width)
{
    const uint8_t *at = values->at;
    if (count > (values->end - at) / width)
        return too_few();
    if (width == 4)
        for (int64_t i = 0; i < count; i++)
            to[i] = of_bits(values->column, bits_load_32(at + 4 * i));
    else if (width == 8)
        for (int64_t i = 0; i < count; i++)
            to[i] = of_bits(values->column, bits_load_64(at + 8 * i));
    else
        for (int64_t i = 0; i < count; i++)
            to[i] = of_int96(at + INT96_BYTES * i);
    values->at += width * count;
    return MFALS_OK;
}

static status plain_booleans(struct values *values, struct parquet_value *to, int64_t count)
{
    int64_t bytes = values->end - values->at;
    if (values->next + count > 8 * bytes)
        return too_few();
    for (int64_t i = 0; i < count; i++, values->next++)
        to[i] = (struct parquet_value){.integer = (int64_t)bits_at(values->at, bytes, values->next, 1),
                                       .place = PARQUET_NO_PLACE};
    return MFALS_OK;
}

/* A text of this length is next. */
static inline status take_text(struct values *values, struct parquet_value *to, int64_t length)
{
    if (length < 0 || length > values->end - values->at)
        return fail(MFALS_BAD_DATA, "a text is longer than its page");
    *to = (struct parquet_value){
        .text = (const char *)values->at, .length = (uint32_t)length, .place = PARQUET_NO_PLACE};
    values->at += length;
    return MFALS_OK;
}

static status plain_texts(struct values *values, struct parquet_value *to, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (values->end - values->at < LENGTH_BYTES)
            return too_few();
        int64_t length = bits_load_32(values->at);
        values->at += LENGTH_BYTES;
        TRY(take_text(values, &to[i], length));
    }
    return MFALS_OK;
}

static status take_plain(struct values *values, struct parquet_value *to, int64_t count)
{
    enum parquet_type type = values->column->type;
    if (type == PARQUET_BYTE_ARRAY)
        return plain_texts(values, to, count);
    return type == PARQUET_BOOLEAN ? plain_booleans(values, to, count)
                                   : plain_fixed(values, to, count, width_of(type));
}

static status begin_dictionary(struct values *values)
{
    if (values->dictionary == NULL)
        return fail(MFALS_BAD_DATA, "its dictionary is missing");
    return hybrid_begin(&values->hybrid, values->at + 1, values->end - values->at - 1, values->at[0]);
}

static status take_dictionary(struct values *values, struct parquet_value *to, int64_t count)
{
    uint32_t *places = values->places;
    TRY(hybrid_take(&values->hybrid, places, count));
    for (int64_t i = 0; i < count; i++) {
        if (places[i] >= values->dictionary_count)
            return fail(MFALS_BAD_DATA, "place %" PRIu32 " of a dictionary of %" PRId64, places[i],
                        values->dictionary_count);
        to[i] = values->dictionary[places[i]];
    }
    return MFALS_OK;
}

/* Behind their length in bytes. */
static status begin_booleans(struct values *values)
{
    int64_t left = values->end - values->at - LENGTH_BYTES;
    int64_t length = left < 0 ? 0 : bits_load_32(values->at);
    if (left < 0 || length > left)
        return too_few();
    return hybrid_begin(&values->hybrid, values->at + LENGTH_BYTES, length, 1);
}

static status take_booleans(struct values *values, struct parquet_value *to, int64_t count)
{
    TRY(hybrid_take(&values->hybrid, values->places, count));
    for (int64_t i = 0; i < count; i++)
        to[i] = (struct parquet_value){.integer = values->places[i], .place = PARQUET_NO_PLACE};
    return MFALS_OK;
}

static status begin_delta(struct values *values)
{
    return delta_begin(&values->delta, values->at, values->end - values->at);
}

static status take_delta(struct values *values, struct parquet_value *to, int64_t count)
{
    TRY(delta_take(&values->delta, values->numbers[0], count));
    for (int64_t i = 0; i < count; i++)
        to[i] = of_bits(values->column, (uint64_t)values->numbers[0][i]);
    return MFALS_OK;
}

/* The texts follow their lengths. */
static status begin_lengths(struct values *values)
{
    TRY(begin_delta(values));
    return delta_find_end(&values->delta, &values->at);
}

/* A length is a number of 32 bits. */
static int64_t length_of(int64_t number)
{
    return (int32_t)(uint32_t)(uint64_t)number;
}

static status take_lengths(struct values *values, struct parquet_value *to, int64_t count)
{
    TRY(delta_take(&values->delta, values->numbers[0], count));
    for (int64_t i = 0; i < count; i++)
        TRY(take_text(values, &to[i], length_of(values->numbers[0][i])));
    return MFALS_OK;
}

/* The lengths of prefixes that a text has in common with the one before, then the rests as of begin_lengths. */
static status begin_prefixes(struct values *values)
{
    TRY(delta_begin(&values->prefixes, values->at, values->end - values->at));
    TRY(delta_find_end(&values->prefixes, &values->at));
    values->last_begin = values->last_length = 0;
    return begin_lengths(values);
}

/* Makes room for the last text and `count` more. */
static status make_text_room(struct values *values, int64_t count)
{
    int64_t bytes = values->last_length, before = values->last_length;
    for (int64_t i = 0; i < count; i++) {
        int64_t prefix = length_of(values->numbers[1][i]), rest = length_of(values->numbers[0][i]);
        if (prefix < 0 || prefix > before || rest < 0 || rest > values->end - values->at)
            return fail(MFALS_BAD_DATA, "a text has more in common with the one before than that has");
        before = prefix + rest;
        if (before > PARQUET_TEXT_MAX)
            return fail(MFALS_BAD_DATA, "a text is longer than %d bytes", PARQUET_TEXT_MAX);
        bytes += before;
    }
    if (values->last_length > 0)
        memmove(values->text, values->text + values->last_begin, (size_t)values->last_length);
    values->last_begin = 0;
    return memory_grow(&values->text, &values->text_capacity, bytes + 1, 1);
}

static status take_prefixes(struct values *values, struct parquet_value *to, int64_t count)
{
    TRY(delta_take(&values->prefixes, values->numbers[1], count));
    TRY(delta_take(&values->delta, values->numbers[0], count));
    TRY(make_text_room(values, count));
    for (int64_t i = 0; i < count; i++) {
        int64_t prefix = length_of(values->numbers[1][i]), rest = length_of(values->numbers[0][i]);
        char *before = values->text + values->last_begin, *text = before + values->last_length;
        TRY(take_text(values, &to[i], rest));
        memcpy(text, before, (size_t)prefix);
        memcpy(text + prefix, to[i].text, (size_t)rest);
        values->last_begin += values->last_length;
        values->last_length = prefix + rest;
        to[i].text = text;
        to[i].length = (uint32_t)values->last_length;
    }
    return MFALS_OK;
}

static status begin_split(struct values *values)
{
    values->next = 0;
    return (values->end - values->at) % width_of(values->column->type) == 0 ? MFALS_OK : too_few();
}

/* The first bytes of all values, then the second ones, ... */
static status take_split(struct values *values, struct parquet_value *to, int64_t count)
{
    int64_t width = width_of(values->column->type), all = (values->end - values->at) / width;
    if (count > all - values->next)
        return too_few();
    for (int64_t i = 0; i < count; i++, values->next++) {
        uint64_t bits = 0;
        for (int64_t b = 0; b < width; b++)
            bits |= (uint64_t)values->at[b * all + values->next] << 8 * b;
        to[i] = of_bits(values->column, bits);
    }
    return MFALS_OK;
}

static status begin_plain(struct values *values)
{
    values->next = 0;
    return MFALS_OK;
}

enum {
    OF_INTEGERS = 1 << PARQUET_INT32 | 1 << PARQUET_INT64,
    OF_TEXTS = 1 << PARQUET_BYTE_ARRAY,
    OF_NUMBERS = OF_INTEGERS | 1 << PARQUET_FLOAT | 1 << PARQUET_DOUBLE,
    OF_BOOLEANS = 1 << PARQUET_BOOLEAN,
    OF_WHAT_REPEATS = OF_NUMBERS | OF_TEXTS | 1 << PARQUET_INT96,
    OF_ALL = OF_WHAT_REPEATS | OF_BOOLEANS
};

/* By enum page_encoding: the types that may be encoded so, and how to decode them. */
static const struct {
    unsigned types;
    status (*begin)(struct values *values);
    status (*take)(struct values *values, struct parquet_value *to, int64_t count);
} encodings[ENCODINGS] = {
    [ENCODING_PLAIN] = {OF_ALL, begin_plain, take_plain},
    [ENCODING_PLAIN_DICTIONARY] = {OF_WHAT_REPEATS, begin_dictionary, take_dictionary},
    [ENCODING_RLE_DICTIONARY] = {OF_WHAT_REPEATS, begin_dictionary, take_dictionary},
    [ENCODING_RLE] = {OF_BOOLEANS, begin_booleans, take_booleans},
    [ENCODING_DELTA_BINARY_PACKED] = {OF_INTEGERS, begin_delta, take_delta},
    [ENCODING_DELTA_LENGTH_BYTE_ARRAY] = {OF_TEXTS, begin_lengths, take_lengths},
    [ENCODING_DELTA_BYTE_ARRAY] = {OF_TEXTS, begin_prefixes, take_prefixes},
    [ENCODING_BYTE_STREAM_SPLIT] = {OF_NUMBERS, begin_split, take_split},
};

status values_begin(struct values *values, const struct parquet_column *column, int64_t encoding,
                    const uint8_t *data, int64_t length, const struct parquet_value *dictionary,
                    int64_t dictionary_count)
{
    if (encoding < 0 || encoding >= ENCODINGS || (encodings[encoding].types >> column->type & 1) == 0)
        return fail(MFALS_BAD_DATA, "%s of encoding %s cannot be read", parquet_type_name(column->type),
                    page_encoding_name(encoding));
    values->column = column;
    values->encoding =
        length > 0 ? encoding : ENCODING_PLAIN; /* a page of nulls may have nothing in any encoding */
    values->at = data;
    values->end = data + length;
    values->dictionary = dictionary;
    values->dictionary_count = dictionary_count;
    return encodings[values->encoding].begin(values);
}

/* Times as seconds, decimal fractions as they are written: strtod rounds them once. */
static void finish(const struct parquet_column *column, struct parquet_value *values, int64_t count)
{
    if (column->kind == PARQUET_TIME && column->type != PARQUET_INT96)
        for (int64_t i = 0; i < count; i++)
            values[i].integer = column->unit == 0 ? values[i].integer * DAY_SECONDS
                                                  : floor_divide(values[i].integer, column->unit);
    if (column->kind == PARQUET_REAL && column->unit > 0)
        for (int64_t i = 0; i < count; i++) {
            char digits[64];
            snprintf(digits, sizeof digits, "%" PRId64 "e-%d", values[i].integer, (int)column->unit);
            values[i].real = strtod(digits, NULL);
        }
}

status values_take(struct values *values, struct parquet_value *to, int64_t count)
{
    TRY(encodings[values->encoding].take(values, to, count));
    if (encodings[values->encoding].take != take_dictionary) /* whose values have been through it */
        finish(values->column, to, count);
    return MFALS_OK;
}

void values_free(struct values *values)
{
    memory_free(values->text);
    values->text = NULL;
    values->text_capacity = 0;
}
