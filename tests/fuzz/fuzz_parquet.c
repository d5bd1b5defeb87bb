/* Parquet files: every column of every row group is read. The input is the file. */
#include "fuzz.h"

#include "base/memory.h"
#include "base/number.h"
#include "parquet/reader.h"

#include <sys/mman.h>
#include <unistd.h>

/* Runs of one value may claim any number of rows: so many are read of a chunk. */
enum { ROWS_MAX = 1 << 14 };

static int file;
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
    static volatile unsigned sum;
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
    int64_t rows = 0, left = 1, step = 1 + rows % 7;
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
    if (reader != NULL)
        parquet_reader_close(reader);
    memory_free(reader);
    parquet_close(&from);
    FUZZ_REQUIRE(memory_live_blocks() == 0);
    return 0;
}
