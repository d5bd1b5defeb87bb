/* read/parquet_input.h: samples of other writers as ratings, row by row on any number of ranks; what is refused. */
#include "base/number.h"
#include "ranks.h"
#include "read/raw.h"
#include "sample_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* [collective] */
static status read_samples(struct raw_ratings *raw, struct read_options options, int count,
                           const char *const *names)
{
    char path[4][SAMPLE_PATH], *paths[4];
    for (int i = 0; i < count; i++) {
        sample_path(path[i], names[i]);
        paths[i] = path[i];
    }
    options.paths = paths;
    options.path_count = count;
    return raw_ratings_read(raw, &world, &options);
}

static bool is_id(const struct raw_ratings *raw, enum side side, int64_t i, const char *expected)
{
    int64_t length;
    const char *text = dictionary_text(&raw->ids[side], raw->ratings[i].id[side], &length);
    return length == (int64_t)strlen(expected) && memcmp(text, expected, (size_t)length) == 0;
}

/* The rows of a table that can be ratings. */
static int64_t count_good(const struct sample_table *table, int columns)
{
    int64_t good = 0;
    for (int row = 0; row < table->rows; row++) {
        bool null = false;
        for (int c = 0; c < columns; c++)
            null |= sample_is_null(table->cell[c][row]);
        good += !null;
    }
    return good;
}

/* Seconds as they are, or a date by the C library. */
static int64_t time_of(const char *cell)
{
    struct tm date = {0};
    const char *rest = strptime(cell, "%Y-%m-%dT%H:%M:%S", &date);
    if (rest == NULL)
        return strtoll(cell, NULL, 10);
    return timegm(&date) - (strstr(rest, "+05:30") != NULL ? 5 * 3600 + 30 * 60 : 0);
}

/* [local] This rank's ratings are those of the rows that their positions name. */
static void check_rows(const struct raw_ratings *raw, const struct sample_table *table)
{
    int64_t before = -1;
    for (int64_t i = 0; i < raw->count; i++) {
        int64_t row = raw->ratings[i].position & (((int64_t)1 << 44) - 1);
        CU_ASSERT_FATAL(row < table->rows);
        CU_ASSERT(raw->ratings[i].position > before);
        CU_ASSERT(is_id(raw, USERS, i, table->cell[0][row]));
        CU_ASSERT(is_id(raw, ITEMS, i, table->cell[1][row]));
        CU_ASSERT_EQUAL(raw->ratings[i].value, (float)strtod(table->cell[2][row], NULL));
        if (raw->timed)
            CU_ASSERT_EQUAL(raw->times[i], time_of(table->cell[3][row]));
        before = raw->ratings[i].position;
    }
}

/* [collective] files: how many times the sample is there */
static void check_ratings(const struct raw_ratings *raw, const struct sample_table *table, int files)
{
    int64_t good = count_good(table, raw->timed ? 4 : 3), sums[] = {raw->count, raw->lines, raw->bad_lines};
    check_rows(raw, table);
    comm_sum_int(&world, sums, 3);
    CU_ASSERT_EQUAL(sums[0], files * good);
    CU_ASSERT_EQUAL(sums[1], files * table->rows);
    CU_ASSERT_EQUAL(sums[2], files * (table->rows - good));
}

static const struct read_options skipping = {.skip_bad_lines = true, .bad_line_limit = 1};

static void check_sample(const char *name)
{
    static struct sample_table table;
    struct raw_ratings raw;
    struct read_options options = skipping;
    REQUIRE_ALL(sample_table_read(&table, name));
    options.times = table.columns == 4 ? TIMES_NEEDED : TIMES_NONE;
    options.columns = options.times == TIMES_NEEDED ? "user,item,rating,time" : NULL;
    REQUIRE_OK(read_samples(&raw, options, 1, &name));
    check_ratings(&raw, &table, 1);
    raw_ratings_free(&raw);
    CU_ASSERT_EQUAL(memory_live_blocks(), 0);
}

static void test_samples(void)
{
    CU_ASSERT(sample_each(check_sample, false) >= 48);
}

static void test_files(void)
{
    static struct sample_table table;
    static const char *const names[] = {"nulls-wasm-dictionary-v1.parquet", "nulls-duckdb-v2.parquet",
                                        "nulls-hyparquet.parquet", "nulls-wasm-dictionary-v2.parquet"};
    struct raw_ratings raw;
    REQUIRE_ALL(sample_table_read(&table, names[0]));
    REQUIRE_OK(read_samples(&raw, skipping, 4, names));
    check_ratings(&raw, &table, 4);
    /* 5 + 1 + 3 + 5 row groups: no rank has much more than its share */
    int64_t most = raw.lines;
    comm_max_int(&world, &most, 1);
    CU_ASSERT(most <= 4 * table.rows / world.size + table.rows);
    raw_ratings_free(&raw);
}

/* The options that the refusal of such names ends with. */
static void test_names_given(void)
{
    static struct sample_table table;
    static const char *const names[] = {"refused-names.parquet"};
    static const char *const given[] = {"user=a,item=b,rating=c", "user,item,rating"};
    for (int i = 0; i < 2; i++) {
        struct raw_ratings raw;
        struct read_options options = skipping;
        options.columns = given[i];
        REQUIRE_ALL(sample_table_read(&table, "whole"));
        REQUIRE_OK(read_samples(&raw, options, 1, names));
        check_ratings(&raw, &table, 1);
        raw_ratings_free(&raw);
    }
}

static void refused(status code, const char *message, struct read_options options, const char *name)
{
    struct raw_ratings raw;
    CU_ASSERT_EQUAL(read_samples(&raw, options, 1, &name), code);
    const char *said = strstr(failure_message(), name);
    CU_ASSERT_PTR_NOT_NULL(said);
    if (said != NULL)
        CU_ASSERT_STRING_EQUAL(said + strlen(name), message);
    raw_ratings_free(&raw);
    CU_ASSERT_EQUAL(memory_live_blocks(), 0);
}

static void test_refused(void)
{
    static const struct read_options none = {0};
    refused(MFALS_BAD_DATA, ": row 4, column 'user': null", none, "nulls-wasm-dictionary-v1.parquet");
    refused(MFALS_BAD_DATA, ": no Parquet file that can be read: it is encrypted", none,
            "refused-encrypted.parquet");
    refused(MFALS_BAD_DATA,
            ": row group 1, column 'user_id': its compression, Brotli, cannot be read: snappy, gzip, zstd "
            "and lz4_raw can",
            skipping, "refused-brotli.parquet");
    refused(MFALS_BAD_DATA,
            ": row group 1, column 'user_id': its compression, LZ4 (Hadoop's), cannot be read: snappy, gzip, "
            "zstd and lz4_raw can",
            none, "refused-lz4.parquet");
    refused(MFALS_BAD_DATA,
            ": column 'item' is nested: it has columns of its own, and cannot be the item; --columns says "
            "what the "
            "columns hold",
            none, "refused-nested.parquet");
    refused(MFALS_BAD_DATA,
            ": column 'user' is of type FIXED_LEN_BYTE_ARRAY, and cannot be the user; --columns says what "
            "the columns "
            "hold",
            none, "refused-uuid.parquet");
    refused(MFALS_BAD_DATA,
            ": no name tells which column is the user; if it is 'a': --columns user=a,item=b,rating=c "
            "(rating=-: none)",
            none, "refused-names.parquet");
    refused(MFALS_USAGE, ": a Parquet file says itself what --format would say: leave it out",
            (struct read_options){.format = FORMAT_CSV}, "whole-duckdb-v1.parquet");
}

/* Dates in text: where each file has them alike, and where times are only wanted, if the first is one. */
static void test_dates_in_text(void)
{
    static const char *const none[] = {"refused-when.parquet"};
    static const char *const unlike[] = {"iso-duckdb.parquet", "days-duckdb.parquet"},
                             *const numbers[] = {"days-duckdb.parquet", "texts-duckdb-plain.parquet"};
    struct read_options options = {
        .columns = "user=user,item=item,rating=rating,time=when", .times = TIMES_NEEDED, .bad_line_limit = 1};
    struct raw_ratings raw;
    refused(
        MFALS_BAD_DATA,
        ": row 1, column 'when': 'March 1.0' is neither a number nor a date, such as 2005-09-06T12:30:00Z",
        options, none[0]);
    CU_ASSERT_EQUAL(read_samples(&raw, options, 2, unlike), MFALS_BAD_DATA);
    CU_ASSERT_PTR_NOT_NULL(
        strstr(failure_message(), "days-duckdb.parquet: column 'when' holds times, and in"));
    CU_ASSERT_PTR_NOT_NULL(strstr(failure_message(), "holds text: such times do not compare"));
    raw_ratings_free(&raw);
    CU_ASSERT_EQUAL(read_samples(&raw, options, 2, numbers), MFALS_BAD_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure_message(), "holds times: such times do not compare"));
    raw_ratings_free(&raw);
    options.times = TIMES_IF_ANY;
    options.skip_bad_lines = true;
    for (int i = 0; i < 2; i++) {
        options.columns = i == 0 ? options.columns : NULL;
        REQUIRE_OK(read_samples(&raw, options, 1, none));
        CU_ASSERT(!raw.timed);
        raw_ratings_free(&raw);
        REQUIRE_OK(read_samples(&raw, options, 1, unlike));
        CU_ASSERT(raw.timed);
        raw_ratings_free(&raw);
    }
    CU_ASSERT_EQUAL(memory_live_blocks(), 0);
}

static void test_mixed(void)
{
    static const char *const names[] = {"whole-duckdb-v1.parquet", "whole.tsv"};
    struct raw_ratings raw;
    CU_ASSERT_EQUAL(read_samples(&raw, skipping, 2, names), MFALS_BAD_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure_message(), "whole.tsv' is none: they cannot be one input"));
    raw_ratings_free(&raw);
}

/* Each allocation of the last rank in turn fails: all ranks end alike, and nothing is left. */
static void fail_each_allocation(struct read_options options, int count, const char *const *names,
                                 int64_t wanted)
{
    int64_t failed = 0;
    for (int64_t nth = 1; nth <= 60; nth += ranks_stride()) {
        struct raw_ratings raw;
        memory_fail_at(world.rank == world.size - 1 ? nth : 0);
        status got = read_samples(&raw, options, count, names);
        memory_fail_at(0);
        CU_ASSERT(got == MFALS_OK || got == MFALS_NO_MEMORY);
        int64_t most = got, least = -(int64_t)got;
        comm_max_int(&world, &most, 1);
        comm_max_int(&world, &least, 1);
        CU_ASSERT_EQUAL(most, -least);
        failed += got == MFALS_NO_MEMORY;
        raw_ratings_free(&raw);
        CU_ASSERT_EQUAL(memory_live_blocks(), 0);
    }
    CU_ASSERT(failed >= wanted);
}

static void test_no_memory(void)
{
    static const char *const names[] = {"nulls-wasm-dictionary-v1.parquet", "nulls-hyparquet.parquet"},
                             *const dates[] = {"iso-duckdb.parquet"};
    struct read_options timed = skipping;
    timed.times = TIMES_IF_ANY;
    fail_each_allocation(skipping, 2, names, 5);
    fail_each_allocation(timed, 1, dates, 1);
}

int main(int argc, char **argv)
{
    CU_TestInfo tests[] = {{"samples of other writers", test_samples},
                           {"several files", test_files},
                           {"columns given", test_names_given},
                           {"what is refused", test_refused},
                           {"dates in text", test_dates_in_text},
                           {"Parquet beside text", test_mixed},
                           {"no memory", test_no_memory},
                           CU_TEST_INFO_NULL};
    return run_suite(&argc, &argv, "parquet_input", tests);
}
