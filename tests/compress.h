/* Text as gzip, bzip2, xz or zstd, for tests of reading. All local; a buffer must have room for
 * compress_room(length). */
#ifndef TESTS_COMPRESS_H
#define TESTS_COMPRESS_H

#include "read/codec.h"

static inline int64_t compress_room(int64_t length)
{
    return 2 * length + 4096;
}

static inline int64_t compress_gzip(char *out, int64_t room, const char *text, int64_t length)
{
    z_stream z = {0};
    if (deflateInit2(&z, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
        return -1;
    z.next_in = (unsigned char *)(uintptr_t)text;
    z.avail_in = (uInt)length;
    z.next_out = (unsigned char *)out;
    z.avail_out = (uInt)room;
    int result = deflate(&z, Z_FINISH);
    deflateEnd(&z);
    return result == Z_STREAM_END ? room - z.avail_out : -1;
}

/* One member, stream or frame. Returns its bytes, -1 on failure. */
static inline int64_t compress_text(enum compression kind, char *out, const char *text, int64_t length)
{
    int64_t room = compress_room(length);
    if (kind == COMPRESSION_GZIP)
        return compress_gzip(out, room, text, length);
    if (kind == COMPRESSION_BZIP2) {
        unsigned used = (unsigned)room;
        int result = BZ2_bzBuffToBuffCompress(out, &used, (char *)(uintptr_t)text, (unsigned)length, 1, 0, 0);
        return result == BZ_OK ? (int64_t)used : -1;
    }
    if (kind == COMPRESSION_XZ) {
        size_t used = 0;
        lzma_ret result = lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL, (const uint8_t *)text,
                                                  (size_t)length, (uint8_t *)out, &used, (size_t)room);
        return result == LZMA_OK ? (int64_t)used : -1;
    }
    if (kind == COMPRESSION_ZSTD) {
        size_t used = ZSTD_compress(out, (size_t)room, text, (size_t)length, 1);
        return ZSTD_isError(used) ? -1 : (int64_t)used;
    }
    return -1;
}

#endif
