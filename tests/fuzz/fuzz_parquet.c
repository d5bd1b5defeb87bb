/* Parquet files: every column of every row group is read, and then the first ones as ratings. The input is the file. */
#include "fuzz.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/utf8.h"
#include "parquet/reader.h"
#include "read/parquet_rows.h"

#include <math.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

/* Runs of one value may claim any number of rows: so many are read of a chunk. */
enum { ROWS_MAX = 1 << 14 };

static int file;
static volatile unsigned sum; /* of bytes that a sanitizer is to see read */
static char path[64];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc;
    (void)argv;
    file = memfd_create("parquet", MFD_CLOEXEC);
    FUZZ_REQUIRE(file >= 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    return 0;
}

/* Looks at all that a reader holds. */
static void check_values(const struct parquet_reader *reader, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        const struct parquet_value *value = &reader->values[i];
        FUZZ_REQUIRE(reader->present[i] <= 1);
        if (!reader->present[i])
            continue;
        FUZZ_REQUIRE(value->place == PARQUET_NO_PLACE || value->place < reader->dictionary_count);
        FUZZ_REQUIRE(reader->column->kind != PARQUET_BOOL || (value->integer & ~(int64_t)1) == 0);
        for (uint32_t b = 0; reader->column->kind == PARQUET_TEXT && b < value->length;
             b += 1 + value->length / 64)
            sum += (unsigned char)value->text[b];
    }
}

static bool is_expected(status got)
{
    return got == MFALS_OK || (got == MFALS_BAD_DATA && failure_message()[0] != '\0');
}

static void read_chunk(struct parquet_reader *reader, const struct parquet_file *from, int64_t group,
                       const struct parquet_column *column)
{
    int64_t rows = 0, left = 1, step = 1;
    status got = parquet_reader_open(reader, from, group, column);
    while (got == MFALS_OK && rows < ROWS_MAX) {
        got = parquet_ready(reader, &left);
        if (got != MFALS_OK || left == 0)
            break;
        int64_t count = number_min(number_min(left, PARQUET_BATCH), step);
        got = parquet_take(reader, count);
        if (got == MFALS_OK)
            check_values(reader, count);
        rows += count;
        step = step * 5 % 2003;
    }
    FUZZ_REQUIRE(is_expected(got));
    FUZZ_REQUIRE(got != MFALS_OK || left > 0 || rows == from->groups[group].rows);
}

static void check_ratings(const struct raw_ratings *raw, const struct parquet_file *from)
{
    FUZZ_REQUIRE(raw->count + raw->bad_lines <= raw->lines && raw->lines <= from->rows);
    for (int64_t i = 0; i < raw->count; i++) {
        FUZZ_REQUIRE(isfinite(raw->ratings[i].value) && raw->ratings[i].position < from->rows);
        for (int side = USERS; side <= ITEMS; side++)
            FUZZ_REQUIRE(raw->ratings[i].id[side] < raw->ids[side].count);
    }
    for (int side = USERS; side <= ITEMS; side++)
        for (int64_t id = 0; id < raw->ids[side].count; id++) {
            int64_t length;
            const char *text = dictionary_text(&raw->ids[side], id, &length);
            FUZZ_REQUIRE(length >= 1 && length <= ID_MAX_BYTES && utf8_is_text(text, length));
        }
}

/* The first columns as users, items and what else there is. */
static void read_ratings(const struct parquet_file *from)
{
    static const char *const columns[] = {"user,item", "user,item,rating", "user,item,rating,time"};
    int count = from->schema.column_count;
    struct read_options options = {.columns = columns[number_max(2, number_min(count, 4)) - 2],
                                   .times = count >= 4 ? TIMES_NEEDED : TIMES_NONE};
    struct parquet_wanted wanted;
    status got = parquet_wanted_choose(&wanted, from, &options);
    FUZZ_REQUIRE(is_expected(got) || got == MFALS_USAGE);
    struct format format = {.line.integers = from->size % 2 == 0};
    struct raw_ratings raw = {.timed = options.times == TIMES_NEEDED};
    struct parser parser = {.raw = &raw, .format = &format, .skip_bad_lines = from->size % 3 != 0};
    struct parquet_rows *rows = NULL;
    if (got == MFALS_OK && allocate(&rows, 1) == MFALS_OK) {
        rows->parser = &parser;
        rows->integers_max = from->size % 5 * 1000;
        parquet_wanted_describe(&format, from, &wanted);
        for (int64_t g = 0; g < from->group_count && parser.fault.code == MFALS_OK; g++)
            FUZZ_REQUIRE(parquet_rows_read(rows, from, 0, g, &wanted) == MFALS_OK);
        check_ratings(&raw, from);
        parquet_rows_free(rows);
    }
    memory_free(rows);
    raw_ratings_free(&raw);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct parquet_file from;
    if (ftruncate(file, (off_t)size) != 0 || pwrite(file, data, size, 0) != (ssize_t)size)
        return 0;
    status got = parquet_open(&from, path);
    FUZZ_REQUIRE(is_expected(got));
    struct parquet_reader *reader = NULL;
    if (got == MFALS_OK && allocate(&reader, 1) == MFALS_OK)
        for (int c = 0; c < number_min(from.schema.column_count, 16); c++)
            for (int64_t g = 0; g < number_min(from.group_count, 4); g++)
                read_chunk(reader, &from, g, &from.schema.columns[c]);
    if (got == MFALS_OK && from.rows <= ROWS_MAX)
        read_ratings(&from);
    if (reader != NULL)
        parquet_reader_close(reader);
    memory_free(reader);
    parquet_close(&from);
    FUZZ_REQUIRE(memory_live_blocks() == 0);
    return 0;
}
