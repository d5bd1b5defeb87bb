/* ratings/raw.h: what is wrong with an input has the same words and place on any number of ranks. */
#include "base/memory.h"
#include "ranks.h"
#include "read/chunks.h"
#include "read/line.h"
#include "read_files.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Reading fails on every rank with this message, in which %s is the path of `name`. */
static void check_refused(const char *names, struct read_options options, status code, const char *message,
                          const char *name)
{
    struct raw_ratings raw;
    char expected[400];
    int64_t blocks = memory_live_blocks();
    snprintf(expected, sizeof expected, message, files_path(name));
    CU_ASSERT_EQUAL(files_read(&raw, options, names), code);
    CU_ASSERT_STRING_EQUAL(failure_message(), expected);
    raw_ratings_free(&raw);
    CU_ASSERT_EQUAL(memory_live_blocks(), blocks);
}

/* `before` good lines, the text, `behind` good lines. */
static int64_t surround(char *text, int before, const char *what, int64_t what_length, int behind)
{
    int64_t length = 0;
    for (int i = 0; i < before; i++)
        length += sprintf(text + length, "u%d\ti%d\t%d\n", i % 100, i % 37, i % 5);
    memcpy(text + length, what, (size_t)what_length);
    length += what_length;
    for (int i = 0; i < behind; i++)
        length += sprintf(text + length, "u%d\ti%d\t%d\n", i % 100, i % 37, i % 5);
    return length;
}

enum { TEXT_BYTES = 6 << 20 };
static char text[TEXT_BYTES];

static void check_bad_line(const char *line, int64_t line_length, int before, int behind, const char *message)
{
    static const char *const names[] = {"bad", "bad.gz", "bad.bz2", "bad.xz", "bad.zst"};
    int64_t length = surround(text, before, line, line_length, behind);
    for (int kind = COMPRESSION_NONE; kind <= COMPRESSION_ZSTD; kind++) {
        if (kind == COMPRESSION_NONE)
            files_write(names[kind], text, length);
        else
            files_compress(names[kind], (enum compression)kind, 2, text, length);
        check_refused(names[kind], (struct read_options){0}, MFALS_BAD_DATA, message, names[kind]);
    }
}

static void test_each_fault(void)
{
    static const struct {
        const char *line, *message;
        int64_t length;
    } cases[] = {{"u\ti\tabc\n", "%s:11:5: 'abc' is not a number", 0},
                 {"u\ti\tnan\n", "%s:11:5: 'nan' is not a finite number", 0},
                 {"u\ti\t1e39\r\n", "%s:11:5: '1e39' is too large", 0},
                 {"u\ti\n", "%s:11:4: expected 3 columns separated by tabs, found 2", 0},
                 {"\n\n\r\n  \nu\n", "%s:15:2: expected 3 columns separated by tabs, found 1", 0},
                 {"\ti\t1\n", "%s:11:1: the user is empty", 0},
                 {"u\t\t1\n", "%s:11:3: the item is empty", 0},
                 {"u\xff\ti\t1\n", "%s:11:1: is not valid UTF-8; --encoding latin1 reads Western text", 0},
                 {"u\ti\x1b[1m\t1\n", "%s:11:3: holds a control character", 0},
                 {"u\ti\t1\tx\0y\n", "%s:11:8: a NUL byte", 10},
                 {"u\t\0\t1\n", "%s:11:3: a NUL byte", 6}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t length = cases[i].length > 0 ? cases[i].length : (int64_t)strlen(cases[i].line);
        check_bad_line(cases[i].line, length, 10, 10, cases[i].message);
        check_bad_line(cases[i].line, length, 10, 0, cases[i].message);
    }
}

/* Far behind: the ranks before add up their lines, the blocks before theirs. */
static void test_line_numbers(void)
{
    check_bad_line("u\ti\tx\n", 6, 5000, 4000, "%s:5001:5: 'x' is not a number");
    check_bad_line("u\ti\tx\n", 6, 1, 4000, "%s:2:5: 'x' is not a number");
    check_bad_line("u\ti\tx\n", 6, 4000, 1, "%s:4001:5: 'x' is not a number");
    check_bad_line("u\ti\tx\n", 6, 500000, 9, "%s:500001:5: 'x' is not a number");
}

static void test_long_line(void)
{
    scoped char *line = NULL;
    int64_t length = 2 * (int64_t)LINE_MAX_BYTES + 300000;
    REQUIRE_OK(allocate(&line, length + 1));
    memset(line, 'x', (size_t)length);
    memcpy(line, "u\ti\t1\t", 6);
    line[length] = '\n';
    check_bad_line(line, length + 1, 10, 10, "%s:11:1: the line is longer than 1 MiB");
    line[LINE_MAX_BYTES + 1] = '\n';
    check_bad_line(line, LINE_MAX_BYTES + 2, 10, 100, "%s:11:1: the line is longer than 1 MiB");
    check_bad_line(line, LINE_MAX_BYTES + 1, 10, 0, "%s:11:1: the line is longer than 1 MiB");
}

/* What one piece of text can hold is skipped; of a longer line the end is not looked for. */
static void test_skipping_long_lines(void)
{
    static const char *const names[] = {"skip", "skip.gz"};
    struct read_options skipping = {.skip_bad_lines = true, .bad_line_limit = 1};
    scoped char *line = NULL;
    int64_t bytes[] = {LINE_MAX_BYTES + 2, CHUNK_BYTES, CHUNK_BYTES - 1, CHUNK_BYTES + 1};
    REQUIRE_OK(allocate(&line, CHUNK_BYTES + 1));
    memset(line, 'x', CHUNK_BYTES + 1);
    for (int i = 0; i < 8; i++) {
        struct raw_ratings raw;
        bool fits = i % 4 < 3, ends = i % 4 < 2; /* the third is the end of the file and has no newline */
        line[bytes[i % 4] - 1] = ends || !fits ? '\n' : 'x';
        int64_t size = surround(text, 10, line, bytes[i % 4], ends || !fits ? 10 : 0);
        line[bytes[i % 4] - 1] = 'x';
        if (i < 4)
            files_write(names[0], text, size);
        else
            files_compress(names[1], COMPRESSION_GZIP, 2, text, size);
        if (!fits) {
            check_refused(names[i / 4], skipping, MFALS_BAD_DATA, "%s:11:1: the line is longer than 1 MiB",
                          names[i / 4]);
            continue;
        }
        REQUIRE_OK(files_read(&raw, skipping, names[i / 4]));
        int64_t totals[] = {raw.lines, raw.bad_lines, raw.count};
        comm_sum_int(&world, totals, 3);
        CU_ASSERT_EQUAL(totals[0], ends ? 21 : 11);
        CU_ASSERT_EQUAL(totals[1], 1);
        CU_ASSERT_EQUAL(totals[2], ends ? 20 : 10);
        raw_ratings_free(&raw);
    }
}

/* The first by file and line wins, whoever finds it, and wherever it lies. */
static void test_first_fault_wins(void)
{
    int64_t length = surround(text, 300, "first\tx\ty\n", 10, 300);
    length += surround(text + length, 300, "second\tx\tz\n", 11, 1);
    files_write("a", text, length);
    files_compress("b.gz", COMPRESSION_GZIP, 1, text, length);
    files_write("good", text, surround(text, 300, "u\ti\t1\n", 6, 300));
    check_refused("a", (struct read_options){0}, MFALS_BAD_DATA, "%s:301:9: 'y' is not a number", "a");
    check_refused("b.gz", (struct read_options){0}, MFALS_BAD_DATA, "%s:301:9: 'y' is not a number", "b.gz");
    check_refused("good a b.gz", (struct read_options){0}, MFALS_BAD_DATA, "%s:301:9: 'y' is not a number",
                  "a");
    check_refused("b.gz good a", (struct read_options){0}, MFALS_BAD_DATA, "%s:301:9: 'y' is not a number",
                  "b.gz");
}

static void test_skipped_lines(void)
{
    static const char *const names[] = {"s", "s.gz"};
    int64_t length = surround(text, 500, "u\ti\tx\n", 6, 0);
    length += surround(text + length, 700, "new\n", 4, 0);
    length += surround(text + length, 0, "\ti\t1\n", 5, 100);
    for (int kind = COMPRESSION_NONE; kind <= COMPRESSION_GZIP; kind++) {
        struct raw_ratings raw;
        if (kind == COMPRESSION_NONE)
            files_write(names[kind], text, length);
        else
            files_compress(names[kind], COMPRESSION_GZIP, 1, text, length);
        REQUIRE_OK(files_read(&raw, (struct read_options){.skip_bad_lines = true, .bad_line_limit = 1},
                              names[kind]));
        int64_t totals[] = {raw.lines, raw.bad_lines, raw.count};
        comm_sum_int(&world, totals, 3);
        CU_ASSERT_EQUAL(totals[0], 1303);
        CU_ASSERT_EQUAL(totals[1], 3);
        CU_ASSERT_EQUAL(totals[2], 1300);
        for (int64_t i = 0; i < raw.ids[USERS].count; i++) {
            int64_t bytes;
            CU_ASSERT(*dictionary_text(&raw.ids[USERS], i, &bytes) == 'u' && bytes > 1);
        }
        raw_ratings_free(&raw);
    }
}

static void test_inputs(void)
{
    struct read_options plain = {0};
    files_make_folder("empty");
    files_write("empty/_SUCCESS", "", 0);
    files_write("nothing", "", 0);
    files_write("blank", "\n \n\r\n", 5);
    files_write("header", "user,item,rating\n", 17);
    files_write("not.gz", "1\t2\t3\n", 6);
    files_write("not.xz", "", 0);
    files_write("word", "hello\n", 6);
    files_write("h5", "\x89HDF\r\n\x1a\n...", 11);
    files_make_folder("parts");
    files_write("parts/a", "\x89HDF\r\n\x1a\n...", 11);
    files_write("good", "1\t2\t3\n", 6);
    check_refused("none", plain, MFALS_NO_INPUT, "cannot read '%s': No such file or directory", "none");
    check_refused("good none", plain, MFALS_NO_INPUT, "cannot read '%s': No such file or directory", "none");
    check_refused("empty", plain, MFALS_NO_INPUT, "%s: a directory without files", "empty");
    check_refused("nothing", plain, MFALS_BAD_DATA, "%s: no ratings", "nothing");
    check_refused("blank", plain, MFALS_BAD_DATA, "%s: no ratings", "blank");
    check_refused("header", plain, MFALS_BAD_DATA, "%s: no ratings", "header");
    check_refused("not.gz", plain, MFALS_BAD_DATA, "%s: not a gzip file", "not.gz");
    check_refused("not.xz", plain, MFALS_BAD_DATA, "%s: not an xz file", "not.xz");
    check_refused("h5", plain, MFALS_BAD_DATA, "'%s' is an HDF5 file; such ratings can only be read alone",
                  "h5");
    check_refused("good h5", plain, MFALS_BAD_DATA,
                  "'%s' is an HDF5 file; such ratings can only be read alone", "h5");
    check_refused("parts", plain, MFALS_BAD_DATA, "'%s' is an HDF5 file; such ratings can only be read alone",
                  "parts/a");
    check_refused("word", plain, MFALS_BAD_DATA,
                  "%s: no '::', tab, comma, ';', '|' or blank separates columns (for another: "
                  "--separator)",
                  "word");
    struct read_options columns = {.columns = "user"};
    check_refused("good", columns, MFALS_USAGE, "columns 'user': user and item must be among them", "good");
    struct raw_ratings raw;
    CU_ASSERT_EQUAL(raw_ratings_read(&raw, &world, &plain), MFALS_USAGE);
    raw_ratings_free(&raw);
}

static void check_matrix(const char *body, const char *message)
{
    char matrix[300];
    snprintf(matrix, sizeof matrix, "%%%%MatrixMarket matrix coordinate integer general\n%s", body);
    files_write("m", matrix, (int64_t)strlen(matrix));
    check_refused("m", (struct read_options){0}, MFALS_BAD_DATA, message, "m");
}

static void test_matrices(void)
{
    check_matrix("%\n3 4 2\n1 1 1\n4 1 1\n", "%s:5:1: row '4' is not an integer from 1 to 3");
    check_matrix("3 4 2\n1 1 1\n2 0 1\n", "%s:4:3: column '0' is not an integer from 1 to 4");
    check_matrix("3 4 1\nx 1 1\n", "%s:3:1: row 'x' is not an integer from 1 to 3");
    check_matrix("3 4 3\n1 1 1\n2 1 1\n", "%s: expected 3 entries as the size line says, found 2");
    check_matrix("3 4 1\n1 1 1\n2 1 1\n", "%s: expected 1 entries as the size line says, found 2");
    check_matrix("3 4 0\n", "%s: no ratings");
    check_matrix("3 4\n1 1 1\n", "%s:2:1: expected the matrix's numbers of rows, columns and entries");
    files_write("plain", "1 2 3\n", 6);
    files_write("m", "%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 1\n", 57);
    check_refused("m plain", (struct read_options){0}, MFALS_BAD_DATA,
                  "%s: a MatrixMarket file must be the only file", "m");
}

/* Cut off behind many blocks, behind the first bytes, and damaged; a bad line before the damage comes first.
 */
static void test_damaged_streams(void)
{
    static const char *const names[] = {"", "d.gz", "d.bz2", "d.xz", "d.zst"};
    static char packed[2 * TEXT_BYTES];
    int64_t length = surround(text, 500000, "", 0, 0);
    for (int kind = COMPRESSION_GZIP; kind <= COMPRESSION_ZSTD; kind++) {
        char message[100];
        struct stat about = {0};
        snprintf(message, sizeof message, "%%s: the %s data is cut off or damaged",
                 compression_name((enum compression)kind));
        files_compress(names[kind], (enum compression)kind, 1, text, length);
        REQUIRE_ALL(stat(files_path(names[kind]), &about) == 0);
        FILE *file = fopen(files_path(names[kind]), "r");
        REQUIRE_ALL(file != NULL && fread(packed, 1, (size_t)about.st_size, file) == (size_t)about.st_size);
        fclose(file);
        const int64_t cuts[] = {about.st_size - 1, about.st_size * 9 / 10, 20};
        for (int i = 0; i < 3; i++) {
            files_write(names[kind], packed, cuts[i]);
            check_refused(names[kind], (struct read_options){0}, MFALS_BAD_DATA, message, names[kind]);
        }
        files_write("tail", "u\ti\tx\n", 6);
        char both[40];
        snprintf(both, sizeof both, "%s tail", names[kind]);
        check_refused(both, (struct read_options){0}, MFALS_BAD_DATA, message, names[kind]);
        files_write("tail", "u\ti\t1\tgood\nu\ti\tx\n", 17);
        snprintf(both, sizeof both, "tail %s", names[kind]);
        check_refused(both, (struct read_options){0}, MFALS_BAD_DATA, "%s:2:5: 'x' is not a number", "tail");
    }
}

/* One rank's nth allocation fails: every rank says so, and nothing is left behind; or, where memory was only to be set
 * aside, reading goes on. */
static void test_failing_allocations(void)
{
    int64_t length = surround(text, 40000, "", 0, 0), blocks = memory_live_blocks();
    files_write("memory", text, length);
    files_compress("memory.gz", COMPRESSION_GZIP, 2, text, length);
    for (int rank = 0; rank<world.size; rank += world.size> 1 ? world.size - 1 : 1) {
        status got = MFALS_NO_MEMORY;
        int nth = 0;
        for (int done = 0; done < 3 && nth < 200; done = got == MFALS_OK ? done + 1 : 0) {
            struct raw_ratings raw;
            memory_fail_at(world.rank == rank ? ++nth : 0);
            nth += world.rank != rank;
            got = files_read(&raw, (struct read_options){0}, "memory memory.gz");
            memory_fail_at(0);
            CU_ASSERT(got == MFALS_OK || got == MFALS_NO_MEMORY);
            REQUIRE_ALL(got == MFALS_OK || strstr(failure_message(), "not enough memory") != NULL);
            raw_ratings_free(&raw);
            CU_ASSERT_EQUAL(memory_live_blocks(), blocks);
        }
        CU_ASSERT_EQUAL(got, MFALS_OK);
        CU_ASSERT(nth > 10);
    }
}

static CU_TestInfo tests[] = {{"a folder for the files", files_open},
                              {"each fault of a line", test_each_fault},
                              {"line numbers", test_line_numbers},
                              {"a line that is too long", test_long_line},
                              {"skipping lines that are too long", test_skipping_long_lines},
                              {"the first fault wins", test_first_fault_wins},
                              {"bad lines skipped", test_skipped_lines},
                              {"inputs", test_inputs},
                              {"matrices", test_matrices},
                              {"damaged streams", test_damaged_streams},
                              {"failing allocations", test_failing_allocations},
                              {"the folder is removed", files_close},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "read faults", tests);
}
