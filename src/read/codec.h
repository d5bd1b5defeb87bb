/* The formats of compression: gzip, bzip2, xz, zstd. All local.
 *
 *     struct decoder decoder;
 *     TRY(decoder_open(&decoder, COMPRESSION_GZIP, path));
 *     while (... decoder.codec->decode(&decoder, &length, data, capacity) ...)
 *         more bytes come into decoder.input
 *     decoder_close(&decoder);
 */
#ifndef READ_CODEC_H
#define READ_CODEC_H

#include "base/status.h"

#include <bzlib.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdint.h>
#include <zlib.h>
#include <zstd.h>

enum compression { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_BZIP2, COMPRESSION_XZ, COMPRESSION_ZSTD };
enum { MAGIC_BYTES = 10, DECODER_INPUT_BYTES = 1 << 18 };

/* What a decoder made of the input it was given. */
enum progress { PROGRESS_MORE, PROGRESS_COMPLETE, PROGRESS_DAMAGED, PROGRESS_FOREIGN, PROGRESS_NO_MEMORY };

struct decoder {
    const struct codec *codec; /* NULL: none */
    unsigned char *input; /* owned: DECODER_INPUT_BYTES; bytes next .. filled - 1 are still to be decoded */
    int64_t next, filled;
    bool input_ended;
    bool complete; /* what was decoded so far could be all: no member has been begun and not ended */
    bool begun;    /* a member has been */
    bool padded;   /* zeros have followed a member */
    union {
        z_stream gzip;
        bz_stream bzip2;
        lzma_stream xz;
        ZSTD_DStream *zstd;
    } state;
};

/* decode takes from the input, advancing next, and adds to data[*length..capacity). */
struct codec {
    const char *name, *suffix;
    bool (*magic)(const unsigned char *magic, int64_t length);
    bool (*begin)(struct decoder *decoder);
    enum progress (*decode)(struct decoder *decoder, int64_t *length, char *data, int64_t capacity);
    void (*end)(struct decoder *decoder);
};

/* [local] Accepts COMPRESSION_NONE: decoder->codec is then NULL. path: for messages. MFALS_NO_MEMORY; *decoder is set
 * in any case, and is the caller's to close. */
status decoder_open(struct decoder *decoder, enum compression compression, const char *path);

/* [local] Accepts a zeroed struct. */
void decoder_close(struct decoder *decoder);

/* [local] "gzip", "bzip2", "xz", "zstd", which are their tools too; "plain" for none. */
const char *compression_name(enum compression compression);

/* [local] What a file is that begins with these bytes, MAGIC_BYTES of it if there are so many. */
enum compression compression_of_magic(const unsigned char *magic, int64_t length);

/* [local] What a file of this name ought to be (.gz, .bz2, .xz, .zst). */
enum compression compression_of_name(const char *path);

#endif
