#include "read/codec.h"

#include "base/memory.h"

#include <string.h>
#include <zstd_errors.h>

/* Behind a member: another, which begins with the byte `first`, or zeros to the end, as tapes leave them. */
static enum progress next_member(struct decoder *decoder, unsigned char first)
{
    while (decoder->next < decoder->filled && decoder->input[decoder->next] == 0) {
        decoder->padded = true;
        decoder->next++;
    }
    if (decoder->next == decoder->filled)
        return PROGRESS_COMPLETE;
    return decoder->padded || decoder->input[decoder->next] != first ? PROGRESS_FOREIGN : PROGRESS_MORE;
}

static bool begins(const unsigned char *magic, int64_t length, const char *with, int64_t bytes)
{
    return length >= bytes && memcmp(magic, with, (size_t)bytes) == 0;
}

static bool gzip_magic(const unsigned char *magic, int64_t length)
{
    return begins(magic, length, "\x1f\x8b", 2);
}

static bool gzip_begin(struct decoder *decoder)
{
    return inflateInit2(&decoder->state.gzip, 15 + 16) == Z_OK; /* + 16: with gzip's header and trailer */
}

static enum progress gzip_decode(struct decoder *decoder, int64_t *length, char *data, int64_t capacity)
{
    z_stream *z = &decoder->state.gzip;
    if (decoder->complete && decoder->begun) {
        enum progress next = next_member(decoder, 0x1f);
        if (next != PROGRESS_MORE)
            return next;
        if (inflateReset(z) != Z_OK)
            return PROGRESS_DAMAGED;
    }
    decoder->begun = true;
    z->next_in = decoder->input + decoder->next;
    z->avail_in = (uInt)(decoder->filled - decoder->next);
    z->next_out = (unsigned char *)data + *length;
    z->avail_out = (uInt)(capacity - *length);
    int result = inflate(z, Z_NO_FLUSH);
    decoder->next = decoder->filled - z->avail_in;
    *length = capacity - z->avail_out;
    if (result == Z_STREAM_END)
        return PROGRESS_COMPLETE;
    if (result == Z_MEM_ERROR)
        return PROGRESS_NO_MEMORY;
    return result == Z_OK || (result == Z_BUF_ERROR && !decoder->input_ended) ? PROGRESS_MORE
                                                                              : PROGRESS_DAMAGED;
}

static void gzip_end(struct decoder *decoder)
{
    inflateEnd(&decoder->state.gzip);
}

/* "BZh", the size of blocks, and the mark of a block, or of the end where there is none. */
static bool bzip2_magic(const unsigned char *magic, int64_t length)
{
    return begins(magic, length, "BZh", 3) && length >= 10 && magic[3] >= '1' && magic[3] <= '9' &&
           (memcmp(magic + 4, "1AY&SY", 6) == 0 || memcmp(magic + 4, "\x17rE8P\x90", 6) == 0);
}

static bool bzip2_begin(struct decoder *decoder)
{
    return BZ2_bzDecompressInit(&decoder->state.bzip2, 0, 0) == BZ_OK;
}

static void bzip2_end(struct decoder *decoder)
{
    BZ2_bzDecompressEnd(&decoder->state.bzip2);
}

static enum progress bzip2_decode(struct decoder *decoder, int64_t *length, char *data, int64_t capacity)
{
    bz_stream *bz = &decoder->state.bzip2;
    if (decoder->complete && decoder->begun) {
        enum progress next = next_member(decoder, 'B');
        if (next != PROGRESS_MORE)
            return next;
        bzip2_end(decoder);
        if (!bzip2_begin(decoder))
            return PROGRESS_NO_MEMORY;
    }
    decoder->begun = true;
    bz->next_in = (char *)decoder->input + decoder->next;
    bz->avail_in = (unsigned)(decoder->filled - decoder->next);
    bz->next_out = data + *length;
    bz->avail_out = (unsigned)(capacity - *length);
    int result = BZ2_bzDecompress(bz);
    decoder->next = decoder->filled - bz->avail_in;
    *length = capacity - bz->avail_out;
    if (result == BZ_STREAM_END)
        return PROGRESS_COMPLETE;
    if (result == BZ_MEM_ERROR)
        return PROGRESS_NO_MEMORY;
    bool cut = decoder->input_ended && bz->avail_in == 0 && bz->avail_out > 0;
    return result == BZ_OK && !cut ? PROGRESS_MORE : PROGRESS_DAMAGED;
}

static bool xz_magic(const unsigned char *magic, int64_t length)
{
    return begins(magic, length, "\xfd\x37zXZ\0", 6);
}

static bool xz_begin(struct decoder *decoder)
{
    decoder->state.xz = (lzma_stream)LZMA_STREAM_INIT;
    return lzma_stream_decoder(&decoder->state.xz, UINT64_MAX, LZMA_CONCATENATED) == LZMA_OK;
}

static enum progress xz_decode(struct decoder *decoder, int64_t *length, char *data, int64_t capacity)
{
    lzma_stream *xz = &decoder->state.xz;
    xz->next_in = decoder->input + decoder->next;
    xz->avail_in = (size_t)(decoder->filled - decoder->next);
    xz->next_out = (unsigned char *)data + *length;
    xz->avail_out = (size_t)(capacity - *length);
    lzma_ret result = lzma_code(xz, decoder->input_ended ? LZMA_FINISH : LZMA_RUN);
    decoder->next = decoder->filled - (int64_t)xz->avail_in;
    *length = capacity - (int64_t)xz->avail_out;
    if (result == LZMA_STREAM_END)
        return PROGRESS_COMPLETE;
    if (result == LZMA_MEM_ERROR)
        return PROGRESS_NO_MEMORY;
    return result == LZMA_OK || (result == LZMA_BUF_ERROR && !decoder->input_ended) ? PROGRESS_MORE
                                                                                    : PROGRESS_DAMAGED;
}

static void xz_end(struct decoder *decoder)
{
    lzma_end(&decoder->state.xz);
}

/* A frame; or one to be skipped before it, as pzstd writes. */
static bool zstd_magic(const unsigned char *magic, int64_t length)
{
    return begins(magic, length, "\x28\xb5\x2f\xfd", 4) || begins(magic, length, "\x50\x2a\x4d\x18", 4);
}

static bool zstd_begin(struct decoder *decoder)
{
    decoder->state.zstd = ZSTD_createDStream();
    if (decoder->state.zstd == NULL)
        return false;
    int largest = ZSTD_dParam_getBounds(ZSTD_d_windowLogMax).upperBound; /* as zstd --long=31 writes */
    return !ZSTD_isError(ZSTD_DCtx_setParameter(decoder->state.zstd, ZSTD_d_windowLogMax, largest));
}

static enum progress zstd_decode(struct decoder *decoder, int64_t *length, char *data, int64_t capacity)
{
    ZSTD_inBuffer in = {decoder->input, (size_t)decoder->filled, (size_t)decoder->next};
    ZSTD_outBuffer out = {data, (size_t)capacity, (size_t)*length};
    size_t result = ZSTD_decompressStream(decoder->state.zstd, &out, &in);
    bool stuck = (int64_t)in.pos == decoder->next && (int64_t)out.pos == *length;
    decoder->next = (int64_t)in.pos;
    *length = (int64_t)out.pos;
    if (ZSTD_isError(result))
        return ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation ? PROGRESS_NO_MEMORY
                                                                         : PROGRESS_DAMAGED;
    if (result == 0)
        return PROGRESS_COMPLETE;
    return stuck && decoder->input_ended ? PROGRESS_DAMAGED : PROGRESS_MORE;
}

static void zstd_end(struct decoder *decoder)
{
    ZSTD_freeDStream(decoder->state.zstd);
}

/* By enum compression. */
static const struct codec codecs[] = {
    {"plain", "", NULL, NULL, NULL, NULL},
    {"gzip", ".gz", gzip_magic, gzip_begin, gzip_decode, gzip_end},
    {"bzip2", ".bz2", bzip2_magic, bzip2_begin, bzip2_decode, bzip2_end},
    {"xz", ".xz", xz_magic, xz_begin, xz_decode, xz_end},
    {"zstd", ".zst", zstd_magic, zstd_begin, zstd_decode, zstd_end},
};
enum { CODECS = sizeof codecs / sizeof *codecs };

const char *compression_name(enum compression compression)
{
    return codecs[compression].name;
}

enum compression compression_of_magic(const unsigned char *magic, int64_t length)
{
    for (int c = COMPRESSION_NONE + 1; c < CODECS; c++)
        if (codecs[c].magic(magic, length))
            return (enum compression)c;
    return COMPRESSION_NONE;
}

enum compression compression_of_name(const char *path)
{
    size_t length = strlen(path);
    for (int c = COMPRESSION_NONE + 1; c < CODECS; c++) {
        size_t suffix = strlen(codecs[c].suffix);
        if (length > suffix && strcmp(path + length - suffix, codecs[c].suffix) == 0)
            return (enum compression)c;
    }
    return COMPRESSION_NONE;
}

status decoder_open(struct decoder *decoder, enum compression compression, const char *path)
{
    *decoder = (struct decoder){.complete = true};
    if (compression == COMPRESSION_NONE)
        return MFALS_OK;
    TRY(allocate_raw(&decoder->input, DECODER_INPUT_BYTES));
    decoder->codec = &codecs[compression]; /* to be ended even if it cannot begin */
    return decoder->codec->begin(decoder) ? MFALS_OK
                                          : fail(MFALS_NO_MEMORY, "not enough memory to read '%s'", path);
}

void decoder_close(struct decoder *decoder)
{
    if (decoder->codec != NULL)
        decoder->codec->end(decoder);
    memory_free(decoder->input);
    *decoder = (struct decoder){0};
}
