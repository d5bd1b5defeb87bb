/* ratings/raw.h: the same ratings from any number of ranks, and from any kind of file. */
#include "base/memory.h"
#include "base/number.h"
#include "ranks.h"
#include "read/inputs.h"
#include "read/line.h"
#include "read_files.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LINE_BYTES = 40 };

/* Lines with what is to be read from them. */
struct sample {
    char *text;
    int64_t length, count;
    struct record *records;
};

static const char *const line_formats[] = {"user %d\t%d\t%g\n", "user %d\t%d\t%g\t978300760\r\n"};

/* `count` lines as of file number `file`. */
static void sample_make(struct sample *sample, int64_t count, int64_t file, const char *format)
{
    *sample = (struct sample){.count = count};
    REQUIRE_OK(allocate(&sample->text, count * LINE_BYTES + 1));
    REQUIRE_OK(allocate(&sample->records, count));
    for (int64_t i = 0; i < count; i++) {
        struct record *record = &sample->records[i];
        int user = (int)(i * 7919 % 613), item = (int)(i * 104729 % 1009);
        record->position = (file << POSITION_FILE_SHIFT) + sample->length;
        record->value = (float)(i % 10) / 2 + (float)file;
        snprintf(record->id[USERS], NAME_BYTES, "user %d", user);
        snprintf(record->id[ITEMS], NAME_BYTES, "%d", item);
        sample->length += sprintf(sample->text + sample->length, format, user, item, (double)record->value);
    }
}

static void sample_free(struct sample *sample)
{
    memory_free(sample->text);
    memory_free(sample->records);
}

/* An id's position is that of the first of its ratings here. */
static void check_id_positions(const struct raw_ratings *raw)
{
    for (int side = USERS; side <= ITEMS; side++) {
        int64_t first = 0, late = 0;
        for (int64_t i = 0; i < raw->count; i++) {
            int64_t position = raw->ids[side].position[raw->ratings[i].id[side]];
            first += position == raw->ratings[i].position;
            late += position > raw->ratings[i].position;
        }
        CU_ASSERT_EQUAL(first, raw->ids[side].count);
        CU_ASSERT_EQUAL(late, 0);
    }
}

/* The samples' ratings, one after the other, are what was read. */
static void check_samples(const struct raw_ratings *raw, const struct sample *samples, int files)
{
    struct record *got;
    int64_t count, at = 0, wrong = 0;
    files_gather(&got, &count, raw);
    for (int f = 0; f < files && world.rank == 0; f++) {
        for (int64_t i = 0; i < samples[f].count; i++, at++)
            wrong += at >= count || memcmp(&got[at], &samples[f].records[i], sizeof *got) != 0;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    int64_t expected = 0, lines = raw->lines;
    for (int f = 0; f < files; f++)
        expected += samples[f].count;
    comm_sum_int(&world, &lines, 1);
    CU_ASSERT_EQUAL(lines, expected);
    CU_ASSERT(world.rank > 0 || count == expected);
    memory_free(got);
}

static void read_and_check(const char *names, const struct sample *samples, int files)
{
    struct raw_ratings raw;
    REQUIRE_OK(files_read(&raw, (struct read_options){0}, names));
    check_samples(&raw, samples, files);
    check_id_positions(&raw);
    raw_ratings_free(&raw);
}

static void sample_write(const struct sample *sample, const char *name, int kind)
{
    if (kind == COMPRESSION_NONE)
        files_write(name, sample->text, sample->length);
    else
        files_compress(name, (enum compression)kind, 3, sample->text, sample->length);
}

static void test_kinds_of_files(void)
{
    static const char *const names[] = {"a.tsv", "a.tsv.gz", "a.tsv.bz2", "a.tsv.xz", "a.tsv.zst"};
    for (int ending = 0; ending < 2; ending++) {
        struct sample sample;
        sample_make(&sample, 20011, 0, line_formats[ending]);
        for (int kind = COMPRESSION_NONE; kind <= COMPRESSION_ZSTD; kind++) {
            sample_write(&sample, names[kind], kind);
            read_and_check(names[kind], &sample, 1);
        }
        sample_free(&sample);
    }
}

/* More blocks than a round deals, on any number of ranks tried. */
static void test_many_blocks(void)
{
    struct sample sample;
    sample_make(&sample, 900000, 0, line_formats[1]);
    CU_ASSERT(sample.length > 10 << 21);
    sample_write(&sample, "many.gz", COMPRESSION_GZIP);
    read_and_check("many.gz", &sample, 1);
    sample_free(&sample);
}

static void test_several_files(void)
{
    struct sample samples[5];
    static const char *const names[] = {"p0.gz", "p1", "p2", "p3.zst", "p4.gz"};
    for (int f = 0; f < 5; f++) {
        sample_make(&samples[f], f == 2 ? 1 : 5000 + f, f, line_formats[f % 2]);
        sample_write(&samples[f], names[f], (int)compression_of_name(names[f]));
    }
    read_and_check("p0.gz p1 p2 p3.zst p4.gz", samples, 5);
    for (int f = 0; f < 5; f++)
        sample_free(&samples[f]);
}

/* Its files by name, the hidden ones and markers left out, empty ones without effect; further files behind.
 */
static void test_folder(void)
{
    struct sample samples[4];
    for (int f = 0; f < 4; f++)
        sample_make(&samples[f], 300, f == 0 ? 1 : f + 1, line_formats[0]);
    files_make_folder("parts");
    files_make_folder("parts/inner");
    files_write("parts/inner/part-9", "not a rating\n", 13);
    files_write("parts/_SUCCESS", "", 0);
    files_write("parts/.part-00001.crc", "crc", 3);
    files_write("parts/part-00000", "", 0);
    sample_write(&samples[2], "parts/part-00010", COMPRESSION_NONE);
    sample_write(&samples[0], "parts/part-00001", COMPRESSION_NONE);
    sample_write(&samples[1], "parts/part-00002.gz", COMPRESSION_GZIP);
    sample_write(&samples[3], "other", COMPRESSION_NONE);
    read_and_check("parts other", samples, 4);
    for (int f = 0; f < 4; f++)
        sample_free(&samples[f]);
}

/* Fewer lines than ranks, the last one without an end. */
static void test_few_lines(void)
{
    for (int64_t count = 1; count <= 3; count++) {
        struct sample sample;
        sample_make(&sample, count, 0, line_formats[0]);
        sample.length--;
        sample_write(&sample, "few", COMPRESSION_NONE);
        read_and_check("few", &sample, 1);
        sample_write(&sample, "few.xz", COMPRESSION_XZ);
        read_and_check("few.xz", &sample, 1);
        sample_free(&sample);
    }
}

/* Files of many lengths: the cuts between ranks come to lie everywhere in a line. */
static void test_every_cut(void)
{
    struct sample sample;
    char text[1024] = "";
    sample_make(&sample, 13, 0, line_formats[1]);
    for (int64_t count = 4; count <= 12; count++) {
        int64_t length = sample.records[count].position;
        memcpy(text, sample.text, (size_t)length);
        memset(text + length, '\n', 8);
        struct sample shorter = {.count = count, .records = sample.records};
        for (int blanks = 0; blanks < 8; blanks++) {
            files_write("cut", text, length + blanks);
            read_and_check("cut", &shorter, 1);
        }
    }
    sample_free(&sample);
}

static int64_t append_long_line(char *text, int64_t length)
{
    memcpy(text, "u\ti\t1\t", 6);
    memset(text + 6, 'x', (size_t)(length - 6));
    text[length] = '\n';
    return length + 1;
}

/* Lines longer than a rank's share, and than what is read at a time; the longest line there may be. */
static void test_long_lines(void)
{
    const int64_t lengths[] = {6, LINE_MAX_BYTES, 7, 700000, LINE_MAX_BYTES, 6};
    scoped char *text = NULL;
    int64_t length = 0, starts[6], count;
    REQUIRE_OK(allocate(&text, 4 * (int64_t)LINE_MAX_BYTES));
    for (int i = 0; i < 6; i++) {
        starts[i] = length;
        length += append_long_line(text + length, lengths[i]);
    }
    for (int kind = COMPRESSION_NONE; kind <= COMPRESSION_ZSTD; kind += COMPRESSION_ZSTD) {
        struct sample sample = {.text = text, .length = length};
        struct raw_ratings raw;
        struct record *got;
        sample_write(&sample, "long", kind);
        REQUIRE_OK(files_read(&raw, (struct read_options){0}, "long"));
        files_gather(&got, &count, &raw);
        CU_ASSERT_EQUAL(count, world.rank == 0 ? 6 : 0);
        for (int i = 0; i < count; i++)
            CU_ASSERT_EQUAL(got[i].position, starts[i]);
        memory_free(got);
        raw_ratings_free(&raw);
    }
}

/* A block holds one such line only: with more than 16 ranks, too, there are several rounds of blocks. */
static void test_many_rounds(void)
{
    enum { LINES = 40 };
    scoped char *text = NULL;
    struct raw_ratings raw;
    struct record *got;
    int64_t length = 0, count;
    REQUIRE_OK(allocate(&text, world.rank == 0 ? LINES * (int64_t)(LINE_MAX_BYTES + 1) : 0));
    for (int i = 0; i < LINES && world.rank == 0; i++)
        length += append_long_line(text + length, LINE_MAX_BYTES);
    comm_broadcast(&world, &length, sizeof length, 0);
    files_compress("rounds.zst", COMPRESSION_ZSTD, 1, text, length);
    REQUIRE_OK(files_read(&raw, (struct read_options){0}, "rounds.zst"));
    CU_ASSERT(raw.count <= number_divide_up(LINES, world.size));
    files_gather(&got, &count, &raw);
    CU_ASSERT_EQUAL(count, world.rank == 0 ? LINES : 0);
    for (int i = 0; i < count; i++)
        CU_ASSERT_EQUAL(got[i].position, i * (int64_t)(LINE_MAX_BYTES + 1));
    memory_free(got);
    raw_ratings_free(&raw);
}

/* A byte order mark and a header in each file; a header in one that is not repeated is data in the next. */
static void test_headers(void)
{
    static const char *const names[] = {"h0.csv", "h1.csv", "h2.csv.gz"};
    struct raw_ratings raw;
    struct record *got;
    int64_t count;
    const char first[] = "\xef\xbb\xbfuserId,movieId,rating\r\n1,10,3\r\n",
               second[] = "userId,movieId,rating\n2,20,4";
    files_write(names[0], first, (int64_t)strlen(first));
    files_write(names[1], second, (int64_t)strlen(second));
    files_compress(names[2], COMPRESSION_GZIP, 1, "\n\"3\",30,5\n", 10);
    REQUIRE_OK(files_read(&raw, (struct read_options){0}, "h0.csv h1.csv h2.csv.gz"));
    files_gather(&got, &count, &raw);
    CU_ASSERT_EQUAL(count, world.rank == 0 ? 3 : 0);
    for (int i = 0; i < count; i++) {
        char user[16];
        snprintf(user, sizeof user, "%d", i + 1);
        CU_ASSERT_STRING_EQUAL(got[i].id[USERS], user);
        CU_ASSERT_EQUAL(got[i].value, (float)(i + 3));
    }
    memory_free(got);
    raw_ratings_free(&raw);
}

static void test_matrix_market(void)
{
    struct raw_ratings raw;
    struct record *got;
    int64_t count;
    const char text[] = "%%MatrixMarket matrix coordinate real general\n% made by hand\n%\n 30 400 3\n"
                        " 1 400 2.5\n30 1 1e1\n\n2\t2  -1\n";
    files_write("m.mtx", text, (int64_t)strlen(text));
    REQUIRE_OK(files_read(&raw, (struct read_options){0}, "m.mtx"));
    CU_ASSERT_EQUAL(raw.declared[USERS], 30);
    CU_ASSERT_EQUAL(raw.declared[ITEMS], 400);
    files_gather(&got, &count, &raw);
    CU_ASSERT_EQUAL(count, world.rank == 0 ? 3 : 0);
    if (count == 3) {
        CU_ASSERT_STRING_EQUAL(got[0].id[ITEMS], "400");
        CU_ASSERT_EQUAL(got[1].value, 10);
        CU_ASSERT_EQUAL(got[2].value, -1);
    }
    memory_free(got);
    raw_ratings_free(&raw);
}

static void test_columns_and_format(void)
{
    struct raw_ratings raw;
    struct read_options options = {.columns = "item,time,-,rating,user", .format = FORMAT_CSV};
    files_write("c.csv", "i;j,9,9,4,u::v\n", 15);
    REQUIRE_OK(files_read(&raw, options, "c.csv"));
    struct record *got;
    int64_t count;
    files_gather(&got, &count, &raw);
    CU_ASSERT_EQUAL(count, world.rank == 0 ? 1 : 0);
    if (count == 1) {
        CU_ASSERT_STRING_EQUAL(got[0].id[USERS], "u::v");
        CU_ASSERT_STRING_EQUAL(got[0].id[ITEMS], "i;j");
        CU_ASSERT_EQUAL(got[0].value, 4);
    }
    memory_free(got);
    raw_ratings_free(&raw);
}

/* All of the text is taken in once, by all ranks alike. */
static void test_shares(void)
{
    struct sample sample;
    struct raw_ratings raw;
    sample_make(&sample, 20000, 0, line_formats[0]);
    sample_write(&sample, "shared", COMPRESSION_NONE);
    REQUIRE_OK(files_read(&raw, (struct read_options){0}, "shared"));
    int64_t total = raw.bytes;
    comm_sum_int(&world, &total, 1);
    CU_ASSERT_EQUAL(total, sample.length);
    CU_ASSERT(raw.bytes <= sample.length / world.size + LINE_BYTES);
    raw_ratings_free(&raw);
    sample_free(&sample);
}

static CU_TestInfo tests[] = {{"a folder for the files", files_open},
                              {"plain, gzip, bzip2, xz and zstd", test_kinds_of_files},
                              {"many blocks", test_many_blocks},
                              {"several files", test_several_files},
                              {"a folder", test_folder},
                              {"fewer lines than ranks", test_few_lines},
                              {"cuts anywhere in a line", test_every_cut},
                              {"long lines", test_long_lines},
                              {"many rounds of blocks", test_many_rounds},
                              {"headers", test_headers},
                              {"a matrix", test_matrix_market},
                              {"columns and format by the user's choice", test_columns_and_format},
                              {"equal shares", test_shares},
                              {"the folder is removed", files_close},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "read", tests);
}
