/* src/parquet: the encodings by the examples of the format's documents; files of other writers, value by value; damage. */
#include "base/number.h"
#include "parquet/codec.h"
#include "parquet/reader.h"
#include "ranks.h"
#include "sample_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BYTES(...) (const uint8_t[]){__VA_ARGS__}, sizeof((const uint8_t[]){__VA_ARGS__})

static void test_thrift(void)
{
    /* {1: i32 -3, 2: true, 20: "ab", 21: [i8 1, 2], 22: {7: false}, 23: {i32 1: "x"}} */
    static const uint8_t bytes[] = {0x15, 0x05, 0x11, 0x08, 0x28, 0x02, 'a',  'b',  0x19, 0x23, 0x01, 0x02,
                                    0x1c, 0x72, 0x00, 0x1b, 0x01, 0x58, 0x02, 0x01, 'x',  0x00, 0xff};
    struct thrift in = {bytes, bytes + sizeof bytes, false};
    struct thrift_field field = {0};
    int64_t length;
    CU_ASSERT(thrift_next(&in, &field));
    CU_ASSERT_EQUAL(field.id, 1);
    CU_ASSERT_EQUAL(thrift_integer(&in, field.type), -3);
    CU_ASSERT(thrift_next(&in, &field));
    CU_ASSERT_EQUAL(field.id, 2);
    CU_ASSERT(thrift_bool(&in, field.type));
    CU_ASSERT(thrift_next(&in, &field));
    CU_ASSERT_EQUAL(field.id, 20);
    CU_ASSERT_NSTRING_EQUAL(thrift_text(&in, field.type, &length), "ab", 2);
    CU_ASSERT_EQUAL(length, 2);
    for (int id = 21; id <= 23; id++) {
        CU_ASSERT(thrift_next(&in, &field));
        CU_ASSERT_EQUAL(field.id, id);
        thrift_skip(&in, field.type);
    }
    CU_ASSERT_FALSE(thrift_next(&in, &field));
    CU_ASSERT_FALSE(in.damaged);
    CU_ASSERT_EQUAL(in.at, bytes + sizeof bytes - 1);
    for (size_t cut = 0; cut + 1 < sizeof bytes; cut++) {
        in = (struct thrift){bytes, bytes + cut, false};
        thrift_skip(&in, THRIFT_STRUCT);
        CU_ASSERT(in.damaged);
    }
}

static void test_forged_thrift(void)
{
    static const uint8_t map[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f, 0x55, 0x02};
    uint8_t bytes[100];
    memset(bytes, 0x1c, sizeof bytes); /* a struct in a struct in ... */
    struct thrift in = {bytes, bytes + sizeof bytes, false};
    thrift_skip(&in, THRIFT_STRUCT);
    CU_ASSERT(in.damaged);
    in = (struct thrift){map, map + sizeof map, false}; /* 2^63 - 1 pairs */
    thrift_skip(&in, THRIFT_MAP);
    CU_ASSERT(in.damaged);
}

static void runs_are(const uint8_t *data, size_t length, int width, int64_t count, const uint32_t *expected)
{
    uint32_t found[64];
    struct hybrid hybrid;
    for (int64_t step = 1; step <= count; step++) {
        CU_ASSERT_EQUAL(hybrid_begin(&hybrid, data, (int64_t)length, width), MFALS_OK);
        for (int64_t i = 0; i < count; i += step)
            CU_ASSERT_EQUAL(hybrid_take(&hybrid, found + i, number_min(step, count - i)), MFALS_OK);
        CU_ASSERT_EQUAL(memcmp(found, expected, (size_t)count * sizeof *expected), 0);
    }
    CU_ASSERT_EQUAL(hybrid_take(&hybrid, found, 64), MFALS_BAD_DATA);
}

static void test_runs(void)
{
    static const uint32_t up[] = {0, 1, 2, 3, 4, 5, 6, 7},
                          mixed[] = {300, 300, 300, 1, 2, 3, 4, 5, 6, 7, 511};
    runs_are(BYTES(0x03, 0x88, 0xc6, 0xfa), 3, 8, up); /* the document's example */
    runs_are(BYTES(0x06, 0x2c, 0x01, 0x03, 0x01, 0x04, 0x0c, 0x20, 0x50, 0xc0, 0xc0, 0x81, 0xff), 9, 11,
             mixed);
    static const uint8_t wide[] = {0x04, 0x02} /* two times 2, in one bit */, cut[] = {0x03, 0x88, 0xc6};
    struct hybrid hybrid;
    uint32_t found[8];
    CU_ASSERT_EQUAL(hybrid_begin(&hybrid, wide, sizeof wide, 33), MFALS_BAD_DATA);
    CU_ASSERT_EQUAL(hybrid_begin(&hybrid, wide, sizeof wide, 1), MFALS_OK);
    CU_ASSERT_EQUAL(hybrid_take(&hybrid, found, 1), MFALS_BAD_DATA);
    CU_ASSERT_EQUAL(hybrid_begin(&hybrid, cut, sizeof cut, 3), MFALS_OK);
    CU_ASSERT_EQUAL(hybrid_take(&hybrid, found, 5), MFALS_OK);
    CU_ASSERT_EQUAL(hybrid_take(&hybrid, found, 1), MFALS_BAD_DATA);
}

static void differences_are(const uint8_t *data, size_t length, int64_t count, const int64_t *expected)
{
    int64_t found[16];
    struct delta delta;
    const uint8_t *end;
    for (int64_t step = 1; step <= count; step++) {
        CU_ASSERT_EQUAL(delta_begin(&delta, data, (int64_t)length), MFALS_OK);
        CU_ASSERT_EQUAL(delta_find_end(&delta, &end), MFALS_OK);
        CU_ASSERT_EQUAL(end, data + length);
        for (int64_t i = 0; i < count; i += step)
            CU_ASSERT_EQUAL(delta_take(&delta, found + i, number_min(step, count - i)), MFALS_OK);
        CU_ASSERT_EQUAL(memcmp(found, expected, (size_t)count * sizeof *expected), 0);
        CU_ASSERT_EQUAL(delta_take(&delta, found, 1), MFALS_BAD_DATA);
    }
    for (size_t cut = 0; cut < length; cut++)
        CU_ASSERT(delta_begin(&delta, data, (int64_t)cut) != MFALS_OK ||
                  delta_take(&delta, found, count) != MFALS_OK);
}

static void test_differences(void)
{
    static const int64_t up[] = {1, 2, 3, 4, 5}, down[] = {7, 5, 3, 1, 2, 3, 4, 5},
                         far[] = {INT64_MIN, INT64_MAX};
    differences_are(BYTES(0x08, 0x01, 0x05, 0x02, 0x02, 0x00), 5, up); /* these two are the document's */
    differences_are(BYTES(0x08, 0x01, 0x08, 0x0e, 0x03, 0x02, 0xc0, 0x3f), 8, down);
    differences_are(
        BYTES(0x08, 0x01, 0x02, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x01, 0x00), 2,
        far); /* by -1, modulo 2^64 */
    struct delta delta;
    CU_ASSERT_EQUAL(delta_begin(&delta, BYTES(0x08, 0x00, 0x05, 0x02)), MFALS_BAD_DATA);
    CU_ASSERT_EQUAL(delta_begin(&delta, BYTES(0x08, 0x03, 0x05, 0x02)), MFALS_BAD_DATA);
}

/* Values of a column of the type, in the encoding. */
static status decode(struct parquet_value *to, int64_t count, const struct parquet_column *column,
                     int64_t encoding, const uint8_t *data, size_t length)
{
    struct values values = {0};
    status got = values_begin(&values, column, encoding, data, (int64_t)length, NULL, 0);
    if (got == MFALS_OK)
        got = values_take(&values, to, count);
    values_free(&values);
    return got;
}

static const struct parquet_column texts = {.type = PARQUET_BYTE_ARRAY, .kind = PARQUET_TEXT};
static const struct parquet_column floats = {.type = PARQUET_FLOAT, .kind = PARQUET_REAL};
static const struct parquet_column times = {.type = PARQUET_INT96, .kind = PARQUET_TIME};
static const struct parquet_column booleans = {.type = PARQUET_BOOLEAN, .kind = PARQUET_BOOL};
static const struct parquet_column decimals = {.type = PARQUET_INT32, .kind = PARQUET_REAL, .unit = 2};

static bool is_text(const struct parquet_value *value, const char *text)
{
    return value->length == strlen(text) && memcmp(value->text, text, value->length) == 0;
}

static void test_texts(void)
{
    static const uint8_t lengths[] =
        "\x80\x01\x04\x04\x0a\x00\x01\x00\x00\x00\x02\x00\x00\x00HelloWorldFoobarABCDEF";
    static const uint8_t prefixes[] = {
        0x80, 0x01, 0x04, 0x04, 0x00, 0x03, 0x03, 0x00, 0x00, 0x00, 0x44, 0x01, 0,    0,    0,    0,
        0,    0,    0,    0,    0,    0,    0x80, 0x01, 0x04, 0x04, 0x08, 0x03, 0x03, 0x00, 0x00, 0x00,
        0x70, 0x00, 0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    'a',  'x',  'i',  's',
        'l',  'e',  'b',  'a',  'b',  'b',  'l',  'e',  'y',  'h',  'o',  'o',  'd'};
    struct parquet_value found[4] = {{.length = 0}};
    CU_ASSERT_EQUAL(decode(found, 4, &texts, ENCODING_DELTA_LENGTH_BYTE_ARRAY, lengths, sizeof lengths - 1),
                    MFALS_OK);
    CU_ASSERT(is_text(&found[0], "Hello") && is_text(&found[1], "World"));
    CU_ASSERT(is_text(&found[2], "Foobar") && is_text(&found[3], "ABCDEF"));
    CU_ASSERT_EQUAL(decode(found, 4, &texts, ENCODING_DELTA_LENGTH_BYTE_ARRAY, lengths, sizeof lengths - 2),
                    MFALS_BAD_DATA);
    struct values values = {0};
    CU_ASSERT_EQUAL(
        values_begin(&values, &texts, ENCODING_DELTA_BYTE_ARRAY, prefixes, sizeof prefixes, NULL, 0),
        MFALS_OK);
    CU_ASSERT_EQUAL(values_take(&values, found, 2), MFALS_OK);
    CU_ASSERT(is_text(&found[0], "axis") && is_text(&found[1], "axle"));
    CU_ASSERT_EQUAL(values_take(&values, found, 2), MFALS_OK);
    CU_ASSERT(is_text(&found[0], "babble") && is_text(&found[1], "babyhood"));
    CU_ASSERT_EQUAL(values_take(&values, found, 1), MFALS_BAD_DATA);
    values_free(&values);
}

static void test_numbers(void)
{
    struct parquet_value found[3] = {{.length = 0}};
    float expected[3];
    memcpy(expected, BYTES(0xaa, 0xbb, 0xcc, 0xdd, 0x00, 0x11, 0x22, 0x33, 0xa3, 0xb4, 0xc5,
                           0xd6)); /* the document's */
    CU_ASSERT_EQUAL(decode(found, 3, &floats, ENCODING_BYTE_STREAM_SPLIT,
                           BYTES(0xaa, 0x00, 0xa3, 0xbb, 0x11, 0xb4, 0xcc, 0x22, 0xc5, 0xdd, 0x33, 0xd6)),
                    MFALS_OK);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(found[i].real, (double)expected[i]);
    CU_ASSERT_EQUAL(decode(found, 1, &floats, ENCODING_BYTE_STREAM_SPLIT, BYTES(1, 2, 3)), MFALS_BAD_DATA);
    CU_ASSERT_EQUAL(decode(found, 3, &booleans, ENCODING_PLAIN, BYTES(0x05)), MFALS_OK);
    CU_ASSERT(found[0].integer == 1 && found[1].integer == 0 && found[2].integer == 1);
    CU_ASSERT_EQUAL(decode(found, 3, &booleans, ENCODING_RLE, BYTES(2, 0, 0, 0, 0x06, 0x01)), MFALS_OK);
    CU_ASSERT(found[0].integer == 1 && found[2].integer == 1);
    /* 1 January 2000, the 2,451,545th Julian day, and a half second; half a second before 1970 */
    CU_ASSERT_EQUAL(decode(found, 2, &times, ENCODING_PLAIN,
                           BYTES(0x00, 0x65, 0xcd, 0x1d, 0, 0, 0, 0, 0x59, 0x68, 0x25, 0, 0x00, 0x9b, 0x32,
                                 0xe2, 0xff, 0xff, 0xff, 0xff, 0x8c, 0x3d, 0x25, 0)),
                    MFALS_OK);
    CU_ASSERT_EQUAL(found[0].integer, 946684800);
    CU_ASSERT_EQUAL(found[1].integer, -1);
    CU_ASSERT_EQUAL(
        decode(found, 2, &decimals, ENCODING_PLAIN, BYTES(0x5d, 0x01, 0, 0, 0xff, 0xff, 0xff, 0xff)),
        MFALS_OK);
    CU_ASSERT(found[0].real == 3.49 && found[1].real == -0.01);
    CU_ASSERT_EQUAL(decode(found, 1, &decimals, ENCODING_RLE_DICTIONARY, BYTES(0, 2)), MFALS_BAD_DATA);
    CU_ASSERT_EQUAL(decode(found, 1, &decimals, ENCODING_DELTA_BYTE_ARRAY, BYTES(0, 2)), MFALS_BAD_DATA);
    CU_ASSERT_EQUAL(decode(found, 1, &decimals, 77, BYTES(0, 2)), MFALS_BAD_DATA);
}

static void test_codecs(void)
{
    uint8_t to[8];
    CU_ASSERT_EQUAL(codec_decompress(0, to, 2, BYTES('a', 'b')), MFALS_OK);
    CU_ASSERT_EQUAL(codec_decompress(1, to, 2, BYTES(2, 4, 'a', 'b')), MFALS_OK);
    CU_ASSERT_EQUAL(codec_decompress(7, to, 2, BYTES(0x20, 'a', 'b')), MFALS_OK);
    for (int codec = -1; codec <= 8; codec++) {
        CU_ASSERT_EQUAL(codec_decompress(codec, to, 8, BYTES(2, 4, 'a', 'b')), MFALS_BAD_DATA);
        CU_ASSERT(codec_name(codec)[0] != '\0');
    }
}

static bool is_value(const struct parquet_reader *reader, int64_t row, const char *expected)
{
    const struct parquet_value *value = &reader->values[row];
    if (!reader->present[row] || sample_is_null(expected))
        return !reader->present[row] && sample_is_null(expected);
    switch (reader->column->kind) {
    case PARQUET_TEXT:
        return is_text(value, expected);
    case PARQUET_REAL:
        return value->real == strtod(expected, NULL);
    case PARQUET_UNSIGNED:
        return (uint64_t)value->integer == strtoull(expected, NULL, 10);
    default:
        return value->integer == strtoll(expected, NULL, 10);
    }
}

/* Reads a column, `step` rows at a time; expected: its cells, or NULL. */
static status read_column(const struct parquet_file *file, const struct parquet_column *column, int64_t step,
                          char **expected, int64_t *rows)
{
    struct parquet_reader *reader = calloc(1, sizeof *reader);
    status got = MFALS_OK;
    *rows = 0;
    for (int64_t g = 0; g < file->group_count && got == MFALS_OK; g++) {
        int64_t left = 1;
        got = parquet_reader_open(reader, file, g, column);
        while (got == MFALS_OK && (got = parquet_ready(reader, &left)) == MFALS_OK && left > 0 &&
               *rows < 100000) {
            int64_t count = number_min(step, left);
            got = parquet_take(reader, count);
            for (int64_t i = 0; i < count && got == MFALS_OK && expected != NULL; i++)
                CU_ASSERT(is_value(reader, i, expected[*rows + i]));
            *rows += count;
        }
    }
    parquet_reader_close(reader);
    free(reader);
    return got;
}

static void check_sample(const char *name)
{
    static struct sample_table table;
    char path[SAMPLE_PATH];
    struct parquet_file file;
    sample_path(path, name);
    CU_ASSERT_FATAL(sample_table_read(&table, name));
    CU_ASSERT_EQUAL_FATAL(parquet_open(&file, path), MFALS_OK);
    CU_ASSERT_EQUAL(file.rows, table.rows);
    CU_ASSERT_EQUAL(file.schema.column_count, table.columns);
    for (int c = 0; c < table.columns && c < file.schema.column_count; c++)
        for (int64_t step = 1; step <= PARQUET_BATCH; step *= 32) {
            int64_t rows;
            const struct parquet_column *column = &file.schema.columns[c];
            CU_ASSERT_NSTRING_EQUAL(column->name, table.name[c], (size_t)column->name_length);
            CU_ASSERT_EQUAL(read_column(&file, column, step, table.cell[c], &rows), MFALS_OK);
            CU_ASSERT_EQUAL(rows, table.rows);
        }
    parquet_close(&file);
}

static void test_samples(void)
{
    CU_ASSERT(sample_each(check_sample, false) >= 48);
    CU_ASSERT_EQUAL(memory_live_blocks(), 0);
}

/* Reads all columns of what may be no Parquet file; the rows that could be read. */
static status read_all(const char *path)
{
    struct parquet_file file;
    status got = parquet_open(&file, path);
    for (int c = 0; got == MFALS_OK && c < file.schema.column_count; c++) {
        int64_t rows;
        status column = read_column(&file, &file.schema.columns[c], PARQUET_BATCH, NULL, &rows);
        CU_ASSERT(column == MFALS_OK || column == MFALS_BAD_DATA || column == MFALS_NO_MEMORY);
        got = column == MFALS_NO_MEMORY ? column : got;
    }
    CU_ASSERT(got == MFALS_OK || got == MFALS_BAD_DATA || got == MFALS_NO_MEMORY);
    parquet_close(&file);
    return got;
}

/* Cut ends, and bits that are not what they were. */
static void damage_sample(const char *name)
{
    char path[SAMPLE_PATH];
    static uint8_t bytes[1 << 16];
    sample_path(path, name);
    FILE *sample = fopen(path, "r");
    CU_ASSERT_FATAL(sample != NULL);
    int64_t length = (int64_t)fread(bytes, 1, sizeof bytes, sample);
    fclose(sample);
    int file = memfd_create("damaged", 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    CU_ASSERT_EQUAL_FATAL(pwrite(file, bytes, (size_t)length, 0), length);
    for (int64_t i = 0; i < length; i += 7) {
        uint8_t wrong = (uint8_t)(bytes[i] ^ (i % 3 == 0 ? 0xff : 1 << i % 8));
        CU_ASSERT_EQUAL(pwrite(file, &wrong, 1, i), 1);
        read_all(path);
        CU_ASSERT_EQUAL(pwrite(file, &bytes[i], 1, i), 1);
    }
    for (int64_t cut = length - 1; cut >= 0; cut -= 97) {
        CU_ASSERT_EQUAL(ftruncate(file, cut), 0);
        CU_ASSERT_EQUAL(read_all(path), MFALS_BAD_DATA);
    }
    close(file);
}

static void test_damage(void)
{
    CU_ASSERT(sample_each(damage_sample, true) >= 53);
    CU_ASSERT_EQUAL(memory_live_blocks(), 0);
}

static void test_no_memory(void)
{
    for (int64_t nth = 1;; nth++) {
        memory_fail_at(nth);
        char path[SAMPLE_PATH];
        sample_path(path, "texts-wasm-prefixes-v2.parquet");
        status got = read_all(path);
        memory_fail_at(0);
        CU_ASSERT_EQUAL(memory_live_blocks(), 0);
        if (got == MFALS_OK)
            break;
        CU_ASSERT_EQUAL_FATAL(got, MFALS_NO_MEMORY);
    }
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {{"Thrift", test_thrift},
                           {"forged Thrift", test_forged_thrift},
                           {"runs", test_runs},
                           {"differences", test_differences},
                           {"texts by differences", test_texts},
                           {"numbers", test_numbers},
                           {"codecs", test_codecs},
                           {"files of other writers", test_samples},
                           {"damaged files", test_damage},
                           {"no memory", test_no_memory},
                           CU_TEST_INFO_NULL};
    return run_suite(&argc, &argv, "parquet", tests);
}
