/* read/encoding.h, and lines that end in CR: what a stream makes of text that is not UTF-8, or not in lines. */
#include "base/memory.h"
#include "ranks.h"
#include "read/encoding.h"
#include "read/stream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CHARACTERS = 150000, BYTES = 4 * CHARACTERS };
static char path[64], encoded[BYTES], expected[BYTES], back[BYTES + 1];

/* Any character but the surrogates, most of them ASCII. */
static uint32_t character(uint32_t *state)
{
    static const uint32_t most[] = {0x80, 0x80, 0x80, 0x800, 0x10000, 0x110000};
    *state = *state * 1664525 + 1013904223;
    uint32_t limit = most[(*state >> 8) % 6];
    *state = *state * 1664525 + 1013904223;
    uint32_t c = (*state >> 4) % limit;
    return (c & 0x1ff800) == 0xd800 ? 0x41 : c;
}

/* RFC 3629. Returns the bytes. */
static int64_t put_utf8(char *to, uint32_t c)
{
    int more = c < 0x80 ? 0 : c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
    static const uint32_t lead[] = {0, 0xc0, 0xe0, 0xf0};
    for (int i = more; i > 0; i--, c >>= 6)
        to[i] = (char)(0x80 | (c & 0x3f));
    to[0] = (char)(lead[more] | c);
    return more + 1;
}

static int64_t put_unit(char *to, uint32_t unit, int bytes, bool big)
{
    for (int i = 0; i < bytes; i++)
        to[big ? bytes - 1 - i : i] = (char)(unit >> (8 * i));
    return bytes;
}

/* RFC 2781. */
static int64_t put_wide(char *to, uint32_t c, int bytes, bool big)
{
    if (bytes == 4 || c < 0x10000)
        return put_unit(to, c, bytes, big);
    put_unit(to, 0xd800 + ((c - 0x10000) >> 10), 2, big);
    return 2 + put_unit(to + 2, 0xdc00 + ((c - 0x10000) & 0x3ff), 2, big);
}

static void write_file(const char *data, int64_t length)
{
    FILE *file = fopen(path, "w");
    CU_ASSERT_PTR_NOT_NULL_FATAL(file);
    CU_ASSERT_EQUAL(fwrite(data, 1, (size_t)length, file), (size_t)length);
    CU_ASSERT_EQUAL(fclose(file), 0);
}

static status read_back(int64_t *total, struct source source, int64_t step)
{
    struct stream *stream;
    status got = MFALS_OK;
    *total = 0;
    source.path = path;
    TRY(stream_open(&stream, source, 0));
    for (int64_t length = 1; got == MFALS_OK && length > 0; *total += length) {
        int64_t room = BYTES + 1 - *total < step ? BYTES + 1 - *total : step;
        got = stream_read(stream, &length, back + *total, room);
    }
    stream_close(&stream);
    return got;
}

static void check_text(struct source source, int64_t step, int64_t length)
{
    int64_t total;
    CU_ASSERT_EQUAL(read_back(&total, source, step), MFALS_OK);
    CU_ASSERT_EQUAL(total, length);
    CU_ASSERT_EQUAL(memcmp(back, expected, (size_t)length), 0);
}

/* Behind its mark, which stays as that of UTF-8; in steps that cut characters. */
static void test_wide(void)
{
    static const enum encoding kinds[] = {ENCODING_UTF16LE, ENCODING_UTF16BE, ENCODING_UTF32LE,
                                          ENCODING_UTF32BE};
    for (int k = 0; k < 4; k++) {
        int64_t length = 0, from = 0;
        uint32_t state = 7;
        for (int i = 0; i < CHARACTERS; i++) {
            uint32_t c = i == 0 ? 0xfeff : character(&state);
            from += put_wide(encoded + from, c, k < 2 ? 2 : 4, k % 2 == 1);
            length += put_utf8(expected + length, c);
        }
        write_file(encoded, from);
        CU_ASSERT_EQUAL(encoding_of_mark((unsigned char *)encoded, 4), kinds[k]);
        const struct source source = {.encoding = encoding_name(kinds[k])};
        check_text(source, BYTES, length);
        check_text(source, 4097, length);
        check_text(source, 7, length);
    }
}

static void test_latin1(void)
{
    int64_t length = 0;
    for (int i = 0; i < 1000; i++) {
        encoded[i] = (char)(i % 256);
        length += put_utf8(expected + length, (uint32_t)(i % 256));
    }
    write_file(encoded, 1000);
    check_text((struct source){.encoding = "ISO-8859-1"}, 64, length);
    check_text((struct source){.encoding = "latin1"}, 1, length);
}

static void check_bad(const char *encoding, const char *text, int64_t length, const char *message)
{
    int64_t total;
    char whole[200];
    write_file(text, length);
    snprintf(whole, sizeof whole, "%s:%s", path, message);
    CU_ASSERT_EQUAL(read_back(&total, (struct source){.encoding = encoding}, 100), MFALS_BAD_DATA);
    CU_ASSERT_STRING_EQUAL(failure_message(), whole);
}

static void test_bad_text(void)
{
    check_bad("UTF-16LE", "a\0\n\0b\0\0\xdc\0\0", 10, "2:2: from here on it is no text in UTF-16LE");
    check_bad("UTF-16LE", "a\0\n\0b\0c", 7, "2:2: the file ends within a character of UTF-16LE");
    check_bad("UTF-16BE", "\0a\xd8\0", 4, "1:2: the file ends within a character of UTF-16BE");
    check_bad("windows-1252", "1,\xe9\n2,\x81\n", 8, "2:3: from here on it is no text in windows-1252");
}

static void test_names(void)
{
    CU_ASSERT_EQUAL(encoding_check(NULL), MFALS_OK);
    CU_ASSERT_EQUAL(encoding_check("UTF-8"), MFALS_OK);
    CU_ASSERT_EQUAL(encoding_check("latin1"), MFALS_OK);
    static const char *const bad[] = {"", "klingon", "latin1//IGNORE", "/"};
    for (int i = 0; i < 4; i++)
        CU_ASSERT_EQUAL(encoding_check(bad[i]), MFALS_USAGE);
    CU_ASSERT_EQUAL(encoding_check("klingon"), MFALS_USAGE);
    CU_ASSERT_STRING_EQUAL(failure_message(),
                           "--encoding: 'klingon' is not known; iconv -l lists those that are");
    CU_ASSERT(encoding_is_utf8(NULL) && encoding_is_utf8("utf8") && !encoding_is_utf8("UTF-16"));
}

static enum encoding of_zeros(const char *text, int64_t length)
{
    return encoding_of_zeros((const unsigned char *)text, length);
}

static void test_signs(void)
{
    CU_ASSERT_EQUAL(encoding_of_mark((const unsigned char *)"\xff\xfe", 2), ENCODING_UTF16LE);
    CU_ASSERT_EQUAL(encoding_of_mark((const unsigned char *)"\xfe\xff\0\0", 4), ENCODING_UTF16BE);
    CU_ASSERT_EQUAL(encoding_of_mark((const unsigned char *)"\xef\xbb\xbf", 3), ENCODING_UTF8);
    CU_ASSERT_EQUAL(encoding_of_mark((const unsigned char *)"\xff", 1), ENCODING_UTF8);
    CU_ASSERT_EQUAL(of_zeros("1\0\t\0\x32\0", 6), ENCODING_UTF16LE);
    CU_ASSERT_EQUAL(of_zeros("\0u\0\t\0\x32", 6), ENCODING_UTF16BE);
    CU_ASSERT_EQUAL(of_zeros("1\t2\t3\n", 6), ENCODING_UTF8);
    CU_ASSERT_EQUAL(of_zeros("1\0", 2), ENCODING_UTF8);
    CU_ASSERT_EQUAL(of_zeros("1\t2\t\0\n", 6), ENCODING_UTF8);
    CU_ASSERT_EQUAL(of_zeros("\0\0\0\0\0\0", 6), ENCODING_UTF8);
    CU_ASSERT_EQUAL(of_zeros("", 0), ENCODING_UTF8);
}

/* CR before LF stays; all others become LF, wherever the text is cut. */
static void test_lone_cr(void)
{
    static const char pieces[] = "a\rb\r\nc\r\rd\n\r\r\ne\n\n\r";
    int64_t length = 0;
    for (int i = 0; i < 4000; i++, length += (int64_t)sizeof pieces - 1)
        memcpy(encoded + length, pieces, sizeof pieces - 1);
    for (int64_t i = 0; i < length; i++)
        expected[i] = encoded[i] == '\r' && (i + 1 == length || encoded[i + 1] != '\n') ? '\n' : encoded[i];
    write_file(encoded, length);
    for (int64_t step = 1; step < 20; step++)
        check_text((struct source){.lone_cr = true}, step, length);
    check_text((struct source){.lone_cr = true}, 4096, length);
    check_text((struct source){.lone_cr = true, .encoding = "ISO-8859-1"}, 1000, length);
}

static CU_TestInfo tests[] = {{"UTF-16 and UTF-32", test_wide},
                              {"Latin-1", test_latin1},
                              {"bytes that are no text", test_bad_text},
                              {"names of encodings", test_names},
                              {"marks and zeros", test_signs},
                              {"lines that end in CR", test_lone_cr},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    const char *folder = getenv("TMPDIR");
    snprintf(path, sizeof path, "%.40s/mfals-XXXXXX", folder == NULL ? P_tmpdir : folder);
    int file = mkstemp(path);
    if (file < 0)
        return 1;
    close(file);
    int result = run_suite(&argc, &argv, "encoding", tests);
    unlink(path);
    return result;
}
