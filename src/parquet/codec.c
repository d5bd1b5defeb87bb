#include "parquet/codec.h"

#include <limits.h>
#include <lz4.h>
#include <snappy-c.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

static status damaged(int64_t codec)
{
    return fail(MFALS_BAD_DATA, "the %s data is cut off or damaged", codec_name(codec));
}

static status no_memory(void)
{
    return fail(MFALS_NO_MEMORY, "not enough memory to decompress a page");
}

static status copy(int64_t codec, uint8_t *to, int64_t to_bytes, const uint8_t *from, int64_t from_bytes)
{
    if (to_bytes != from_bytes)
        return damaged(codec);
    memcpy(to, from, (size_t)to_bytes);
    return MFALS_OK;
}

static status snappy(int64_t codec, uint8_t *to, int64_t to_bytes, const uint8_t *from, int64_t from_bytes)
{
    size_t length;
    bool fits = snappy_uncompressed_length((const char *)from, (size_t)from_bytes, &length) == SNAPPY_OK &&
                length == (size_t)to_bytes &&
                snappy_uncompress((const char *)from, (size_t)from_bytes, (char *)to, &length) == SNAPPY_OK;
    return fits ? MFALS_OK : damaged(codec);
}

/* One member or several. */
static status gzip(int64_t codec, uint8_t *to, int64_t to_bytes, const uint8_t *from, int64_t from_bytes)
{
    z_stream z = {
        .next_in = (Bytef *)from, .avail_in = (uInt)from_bytes, .next_out = to, .avail_out = (uInt)to_bytes};
    if (inflateInit2(&z, 15 + 32) != Z_OK) /* + 32: in gzip's or in zlib's manner */
        return no_memory();
    int result;
    do
        result = inflate(&z, Z_FINISH);
    while (result == Z_STREAM_END && z.avail_in > 0 && inflateReset(&z) == Z_OK);
    bool fits = result == Z_STREAM_END && z.avail_in == 0 && z.avail_out == 0;
    inflateEnd(&z);
    return fits ? MFALS_OK : result == Z_MEM_ERROR ? no_memory() : damaged(codec);
}

static status zstd(int64_t codec, uint8_t *to, int64_t to_bytes, const uint8_t *from, int64_t from_bytes)
{
    size_t length = ZSTD_decompress(to, (size_t)to_bytes, from, (size_t)from_bytes);
    if (ZSTD_isError(length) && ZSTD_getErrorCode(length) == ZSTD_error_memory_allocation)
        return no_memory();
    return length == (size_t)to_bytes ? MFALS_OK : damaged(codec);
}

static status lz4(int64_t codec, uint8_t *to, int64_t to_bytes, const uint8_t *from, int64_t from_bytes)
{
    int length = LZ4_decompress_safe((const char *)from, (char *)to, (int)from_bytes, (int)to_bytes);
    return length == to_bytes ? MFALS_OK : damaged(codec);
}

/* By the format's numbers. What one byte can become: a copy of 64 bytes takes 3 bytes of Snappy, one of 258 bytes 2 bits
 * of gzip, 255 bytes a further byte of LZ4, and 128 KiB of one byte 4 bytes of zstd. */
static const struct {
    const char *name;
    int64_t expansion;
    status (*decompress)(int64_t codec, uint8_t *to, int64_t to_bytes, const uint8_t *from,
                         int64_t from_bytes);
} codecs[] = {{"uncompressed", 1, copy}, {"Snappy", 22, snappy}, {"gzip", 1032, gzip},
              {"LZO", 0, NULL},          {"Brotli", 0, NULL},    {"LZ4 (Hadoop's)", 0, NULL},
              {"zstd", 32768, zstd},     {"LZ4_RAW", 255, lz4}};
enum { CODECS = sizeof codecs / sizeof *codecs };

const char *codec_name(int64_t codec)
{
    return codec >= 0 && codec < CODECS ? codecs[codec].name : "unknown";
}

int64_t codec_expansion(int64_t codec)
{
    return codec >= 0 && codec < CODECS ? codecs[codec].expansion : 0;
}

status codec_decompress(int64_t codec, uint8_t *to, int64_t to_bytes, const uint8_t *from, int64_t from_bytes)
{
    if (codec_expansion(codec) == 0 || to_bytes > INT_MAX || from_bytes > INT_MAX)
        return damaged(codec);
    return codecs[codec].decompress(codec, to, to_bytes, from, from_bytes);
}
