/* ratings/stream.h: decompression, members one behind the other, data cut off or damaged. */
#include "base/memory.h"
#include "compress.h"
#include "ranks.h"
#include "read/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_BYTES = 700001 };
static char path[64], text[TEXT_BYTES], packed[2 * TEXT_BYTES + 8192], back[TEXT_BYTES + 1];

static void fill_text(void)
{
    uint32_t state = 1;
    for (int i = 0; i < TEXT_BYTES; i++) {
        state = state * 1664525 + 1013904223;
        text[i] = (char)('0' + (state >> 28));
    }
}

static void write_file(const char *data, int64_t length)
{
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(data, 1, (size_t)length, file), (size_t)length);
    CU_ASSERT_EQUAL(fclose(file), 0);
}

/* Reads all in steps of `step` bytes into back; *total: the bytes got. */
static status read_source(int64_t *total, struct source source, int64_t step)
{
    struct stream *stream;
    *total = 0;
    TRY(stream_open(&stream, source, 0));
    status got;
    for (int64_t length = 1; length > 0; *total += length) {
        int64_t room = TEXT_BYTES + 1 - *total;
        got = stream_read(stream, &length, back + *total, room < step ? room : step);
        if (got != MFALS_OK)
            break;
    }
    stream_close(&stream);
    CU_ASSERT_PTR_NULL(stream);
    return got;
}

static status read_back(int64_t *total, enum compression kind, int64_t step)
{
    return read_source(total, (struct source){.path = path, .compression = kind}, step);
}

static void check_whole(enum compression kind, int64_t step, int64_t length)
{
    int64_t total;
    CU_ASSERT_EQUAL(read_back(&total, kind, step), MFALS_OK);
    CU_ASSERT_EQUAL(total, length);
    CU_ASSERT_EQUAL(memcmp(back, text, (size_t)length), 0);
}

static void test_round_trip(void)
{
    for (int kind = COMPRESSION_GZIP; kind <= COMPRESSION_ZSTD; kind++) {
        int64_t bytes = compress_text((enum compression)kind, packed, text, TEXT_BYTES);
        write_file(packed, bytes);
        CU_ASSERT_EQUAL(compression_of_magic((unsigned char *)packed, MAGIC_BYTES), (enum compression)kind);
        check_whole((enum compression)kind, TEXT_BYTES + 1, TEXT_BYTES);
        check_whole((enum compression)kind, 4097, TEXT_BYTES);
    }
}

static void test_plain_from_an_offset(void)
{
    struct stream *stream;
    int64_t length;
    write_file(text, TEXT_BYTES);
    CU_ASSERT_EQUAL_FATAL(stream_open(&stream, (struct source){.path = path}, TEXT_BYTES - 5), MFALS_OK);
    CU_ASSERT_EQUAL(stream_read(stream, &length, back, 100), MFALS_OK);
    CU_ASSERT_EQUAL(length, 5);
    CU_ASSERT_EQUAL(memcmp(back, text + TEXT_BYTES - 5, 5), 0);
    stream_close(&stream);
}

/* An empty member among them is one too. */
static void test_several_members(void)
{
    const int64_t cuts[] = {0, 1, 1, 1000, 300000, TEXT_BYTES};
    for (int kind = COMPRESSION_GZIP; kind <= COMPRESSION_ZSTD; kind++) {
        int64_t bytes = 0;
        for (int i = 0; i < 5; i++)
            bytes +=
                compress_text((enum compression)kind, packed + bytes, text + cuts[i], cuts[i + 1] - cuts[i]);
        write_file(packed, bytes);
        check_whole((enum compression)kind, 65536, TEXT_BYTES);
    }
}

static void test_empty_text(void)
{
    for (int kind = COMPRESSION_GZIP; kind <= COMPRESSION_ZSTD; kind++) {
        write_file(packed, compress_text((enum compression)kind, packed, "", 0));
        check_whole((enum compression)kind, 10, 0);
    }
}

static void check_damaged(enum compression kind)
{
    int64_t total;
    char expected[200];
    snprintf(expected, sizeof expected, "%s: the %s data is cut off or damaged", path,
             compression_name(kind));
    CU_ASSERT_EQUAL(read_back(&total, kind, TEXT_BYTES + 1), MFALS_BAD_DATA);
    CU_ASSERT_STRING_EQUAL(failure_message(), expected);
}

/* At every length there is, of a small file; and of a large one with output still to come. */
static void test_cut_off(void)
{
    for (int kind = COMPRESSION_GZIP; kind <= COMPRESSION_ZSTD; kind++) {
        int64_t bytes = compress_text((enum compression)kind, packed, text, 100);
        for (int64_t cut = 1; cut < bytes; cut++) {
            write_file(packed, cut);
            check_damaged((enum compression)kind);
        }
        bytes = compress_text((enum compression)kind, packed, text, TEXT_BYTES);
        write_file(packed, bytes - 1);
        check_damaged((enum compression)kind);
        write_file(packed, bytes / 2);
        check_damaged((enum compression)kind);
    }
}

static void test_damaged(void)
{
    for (int kind = COMPRESSION_GZIP; kind <= COMPRESSION_XZ; kind++) {
        int64_t bytes = compress_text((enum compression)kind, packed, text, TEXT_BYTES);
        packed[bytes / 2] ^= 0x10;
        write_file(packed, bytes);
        check_damaged((enum compression)kind);
    }
    for (int kind = COMPRESSION_XZ; kind <= COMPRESSION_ZSTD; kind++) { /* the others: check_foreign */
        int64_t bytes = compress_text((enum compression)kind, packed, text, 1000);
        if (bytes < 0)
            break; /* test_round_trip tells */
        memcpy(packed + bytes, "rubbish behind the end", 22);
        write_file(packed, bytes + 22);
        check_damaged((enum compression)kind);
    }
}

static void check_foreign(enum compression kind, int64_t length)
{
    int64_t total;
    char expected[200];
    snprintf(expected, sizeof expected, "%s: data follows the end of the %s data", path,
             compression_name(kind));
    write_file(packed, length);
    CU_ASSERT_EQUAL(read_back(&total, kind, TEXT_BYTES + 1), MFALS_BAD_DATA);
    CU_ASSERT_STRING_EQUAL(failure_message(), expected);
}

/* Zeros are padding if nothing but zeros follows, however many. */
static void check_behind(enum compression kind, char begins)
{
    int64_t bytes = compress_text(kind, packed, text, 1000);
    if (bytes < 0)
        return; /* test_round_trip tells */
    memset(packed + bytes, 0, sizeof packed - (size_t)bytes);
    for (int64_t zeros = 1; zeros <= TEXT_BYTES; zeros = 700 * zeros + 1) {
        write_file(packed, bytes + zeros);
        check_whole(kind, 100, 1000);
        packed[bytes + zeros] = begins;
        check_foreign(kind, bytes + zeros + 1);
        packed[bytes + zeros] = 0;
    }
    memcpy(packed + bytes, "rubbish", 7);
    check_foreign(kind, bytes + 7);
}

static void test_behind_the_end(void)
{
    check_behind(COMPRESSION_GZIP, 0x1f);
    check_behind(COMPRESSION_BZIP2, 'B');
}

/* What zstd --long=28 writes: a frame with a window of 2^28 bytes, in it one raw block. */
static void test_long_window(void)
{
    static const unsigned char head[] = {0x28, 0xb5, 0x2f, 0xfd, 0, (28 - 10) << 3, 0x41, 0x1f, 0};
    memcpy(packed, head, sizeof head);
    memcpy(packed + sizeof head, text, 1000);
    write_file(packed, sizeof head + 1000);
    check_whole(COMPRESSION_ZSTD, 100, 1000);
}

/* A file that opens, and whose bytes cannot be read. */
static void test_failing_read(void)
{
    struct stream *stream;
    int64_t length;
    CU_ASSERT_EQUAL_FATAL(stream_open(&stream, (struct source){.path = "/proc/self/mem"}, 0), MFALS_OK);
    CU_ASSERT_EQUAL(stream_read(stream, &length, back, 100), MFALS_IO);
    CU_ASSERT_STRING_EQUAL(failure_message(), "cannot read '/proc/self/mem': Input/output error");
    stream_close(&stream);
}

static void test_names(void)
{
    CU_ASSERT_EQUAL(compression_of_name("a.gz"), COMPRESSION_GZIP);
    CU_ASSERT_EQUAL(compression_of_name("dir/a.tsv.xz"), COMPRESSION_XZ);
    CU_ASSERT_EQUAL(compression_of_name("a.zst"), COMPRESSION_ZSTD);
    CU_ASSERT_EQUAL(compression_of_name("a.csv.bz2"), COMPRESSION_BZIP2);
    CU_ASSERT_EQUAL(compression_of_magic((const unsigned char *)"BZh91AY&SY", 10), COMPRESSION_BZIP2);
    CU_ASSERT_EQUAL(compression_of_magic((const unsigned char *)"BZh9\t1\t5\n", 8), COMPRESSION_NONE);
    CU_ASSERT_EQUAL(compression_of_name("a.tsv"), COMPRESSION_NONE);
    CU_ASSERT_EQUAL(compression_of_name(".gz"), COMPRESSION_NONE);
    CU_ASSERT_EQUAL(compression_of_magic((const unsigned char *)"\x1f", 1), COMPRESSION_NONE);
    CU_ASSERT(hdf5_begins((const unsigned char *)"\x89HDF\r\n\x1a\n", 8));
    CU_ASSERT(!hdf5_begins((const unsigned char *)"\x89HDF\r\n\x1a\n", 7));
}

static void test_missing(void)
{
    struct stream *stream;
    CU_ASSERT_EQUAL(
        stream_open(&stream, (struct source){.path = "/no/such/file", .compression = COMPRESSION_GZIP}, 0),
        MFALS_NO_INPUT);
    CU_ASSERT_STRING_EQUAL(failure_message(), "cannot read '/no/such/file': No such file or directory");
    CU_ASSERT_PTR_NULL(stream);
}

static void test_failing_allocation(void)
{
    const struct source source = {.path = path, .compression = COMPRESSION_GZIP, .encoding = "latin1"};
    int64_t blocks = memory_live_blocks(), total;
    write_file(packed, compress_text(COMPRESSION_GZIP, packed, text, 1000));
    status got = MFALS_NO_MEMORY;
    for (int nth = 1; got != MFALS_OK && nth < 10; nth++) {
        memory_fail_at(nth);
        got = read_source(&total, source, 1000);
        CU_ASSERT(got == MFALS_OK || got == MFALS_NO_MEMORY);
        CU_ASSERT_EQUAL(memory_live_blocks(), blocks);
    }
    memory_fail_at(0);
    CU_ASSERT_EQUAL(got, MFALS_OK);
}

static CU_TestInfo tests[] = {{"what was compressed comes back", test_round_trip},
                              {"plain data from an offset", test_plain_from_an_offset},
                              {"several members are one text", test_several_members},
                              {"an empty text", test_empty_text},
                              {"data cut off anywhere", test_cut_off},
                              {"damaged data", test_damaged},
                              {"what follows the end of gzip and bzip2 data", test_behind_the_end},
                              {"a long window of zstd", test_long_window},
                              {"a read that fails", test_failing_read},
                              {"names and magic bytes", test_names},
                              {"a missing file", test_missing},
                              {"failing allocations", test_failing_allocation},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    const char *folder = getenv("TMPDIR");
    snprintf(path, sizeof path, "%.40s/mfals-XXXXXX", folder == NULL ? P_tmpdir : folder);
    int file = mkstemp(path);
    if (file < 0)
        return 1;
    close(file);
    fill_text();
    int result = run_suite(&argc, &argv, "stream", tests);
    unlink(path);
    return result;
}
