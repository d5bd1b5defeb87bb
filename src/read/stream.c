#include "read/stream.h"

#include "base/advance.h"
#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <lzma.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>
#include <zstd_errors.h>

enum { INPUT_BYTES = 1 << 18 };

/* What a decoder made of the input it was given. */
enum progress { PROGRESS_MORE, PROGRESS_COMPLETE, PROGRESS_DAMAGED, PROGRESS_FOREIGN, PROGRESS_NO_MEMORY };

struct stream {
    const char *path; /* not owned */
    const struct codec *codec;
    int file;
    bool is_pipe;
    int64_t offset;       /* of the next byte to read from the file */
    unsigned char *input; /* owned: bytes next .. filled - 1 are still to be decoded */
    int64_t next, filled;
    bool input_ended;
    bool complete; /* what was decoded so far could be all: no member has been begun and not ended */
    bool begun;    /* a member has been */
    bool padded;   /* zeros have followed a member */
    union {
        z_stream gzip;
        lzma_stream xz;
        ZSTD_DStream *zstd;
    } state;
};

/* One decoder. decode takes from the input, advancing next, and adds to data[*length..capacity). */
struct codec {
    const char *name, *suffix;
    unsigned char magic[MAGIC_BYTES];
    int magic_bytes;
    bool (*begin)(struct stream *stream);
    enum progress (*decode)(struct stream *stream, int64_t *length, char *data, int64_t capacity);
    void (*end)(struct stream *stream);
};

static bool gzip_begin(struct stream *stream)
{
    return inflateInit2(&stream->state.gzip, 15 + 16) == Z_OK; /* + 16: with gzip's header and trailer */
}

/* Behind a member: another, or zeros to the end, as tapes leave them. */
static enum progress gzip_next_member(struct stream *stream)
{
    while (stream->next < stream->filled && stream->input[stream->next] == 0) {
        stream->padded = true;
        stream->next++;
    }
    if (stream->next == stream->filled)
        return PROGRESS_COMPLETE;
    return stream->padded || stream->input[stream->next] != 0x1f ? PROGRESS_FOREIGN : PROGRESS_MORE;
}

static enum progress gzip_decode(struct stream *stream, int64_t *length, char *data, int64_t capacity)
{
    z_stream *z = &stream->state.gzip;
    if (stream->complete && stream->begun) {
        enum progress next = gzip_next_member(stream);
        if (next != PROGRESS_MORE)
            return next;
        if (inflateReset(z) != Z_OK)
            return PROGRESS_DAMAGED;
    }
    stream->begun = true;
    z->next_in = stream->input + stream->next;
    z->avail_in = (uInt)(stream->filled - stream->next);
    z->next_out = (unsigned char *)data + *length;
    z->avail_out = (uInt)(capacity - *length);
    int result = inflate(z, Z_NO_FLUSH);
    stream->next = stream->filled - z->avail_in;
    *length = capacity - z->avail_out;
    if (result == Z_STREAM_END)
        return PROGRESS_COMPLETE;
    if (result == Z_MEM_ERROR)
        return PROGRESS_NO_MEMORY;
    return result == Z_OK || (result == Z_BUF_ERROR && !stream->input_ended) ? PROGRESS_MORE
                                                                             : PROGRESS_DAMAGED;
}

static void gzip_end(struct stream *stream)
{
    inflateEnd(&stream->state.gzip);
}

static bool xz_begin(struct stream *stream)
{
    stream->state.xz = (lzma_stream)LZMA_STREAM_INIT;
    return lzma_stream_decoder(&stream->state.xz, UINT64_MAX, LZMA_CONCATENATED) == LZMA_OK;
}

static enum progress xz_decode(struct stream *stream, int64_t *length, char *data, int64_t capacity)
{
    lzma_stream *xz = &stream->state.xz;
    xz->next_in = stream->input + stream->next;
    xz->avail_in = (size_t)(stream->filled - stream->next);
    xz->next_out = (unsigned char *)data + *length;
    xz->avail_out = (size_t)(capacity - *length);
    lzma_ret result = lzma_code(xz, stream->input_ended ? LZMA_FINISH : LZMA_RUN);
    stream->next = stream->filled - (int64_t)xz->avail_in;
    *length = capacity - (int64_t)xz->avail_out;
    if (result == LZMA_STREAM_END)
        return PROGRESS_COMPLETE;
    if (result == LZMA_MEM_ERROR)
        return PROGRESS_NO_MEMORY;
    return result == LZMA_OK || (result == LZMA_BUF_ERROR && !stream->input_ended) ? PROGRESS_MORE
                                                                                   : PROGRESS_DAMAGED;
}

static void xz_end(struct stream *stream)
{
    lzma_end(&stream->state.xz);
}

static bool zstd_begin(struct stream *stream)
{
    stream->state.zstd = ZSTD_createDStream();
    if (stream->state.zstd == NULL)
        return false;
    int largest = ZSTD_dParam_getBounds(ZSTD_d_windowLogMax).upperBound; /* as zstd --long=31 writes */
    return !ZSTD_isError(ZSTD_DCtx_setParameter(stream->state.zstd, ZSTD_d_windowLogMax, largest));
}

static enum progress zstd_decode(struct stream *stream, int64_t *length, char *data, int64_t capacity)
{
    ZSTD_inBuffer in = {stream->input, (size_t)stream->filled, (size_t)stream->next};
    ZSTD_outBuffer out = {data, (size_t)capacity, (size_t)*length};
    size_t result = ZSTD_decompressStream(stream->state.zstd, &out, &in);
    bool stuck = (int64_t)in.pos == stream->next && (int64_t)out.pos == *length;
    stream->next = (int64_t)in.pos;
    *length = (int64_t)out.pos;
    if (ZSTD_isError(result))
        return ZSTD_getErrorCode(result) == ZSTD_error_memory_allocation ? PROGRESS_NO_MEMORY
                                                                         : PROGRESS_DAMAGED;
    if (result == 0)
        return PROGRESS_COMPLETE;
    return stuck && stream->input_ended ? PROGRESS_DAMAGED : PROGRESS_MORE;
}

static void zstd_end(struct stream *stream)
{
    ZSTD_freeDStream(stream->state.zstd);
}

/* By enum compression. */
static const struct codec codecs[] = {
    {"plain", "", {0}, 0, NULL, NULL, NULL},
    {"gzip", ".gz", {0x1f, 0x8b}, 2, gzip_begin, gzip_decode, gzip_end},
    {"xz", ".xz", {0xfd, '7', 'z', 'X', 'Z', 0}, 6, xz_begin, xz_decode, xz_end},
    {"zstd", ".zst", {0x28, 0xb5, 0x2f, 0xfd}, 4, zstd_begin, zstd_decode, zstd_end},
};
enum { CODECS = sizeof codecs / sizeof *codecs };

const char *compression_name(enum compression compression)
{
    return codecs[compression].name;
}

enum compression compression_of_magic(const unsigned char *magic, int64_t length)
{
    for (int c = COMPRESSION_NONE + 1; c < CODECS; c++)
        if (length >= codecs[c].magic_bytes &&
            memcmp(magic, codecs[c].magic, (size_t)codecs[c].magic_bytes) == 0)
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

bool hdf5_begins(const unsigned char *magic, int64_t length)
{
    static const unsigned char signature[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    return length >= (int64_t)sizeof signature && memcmp(magic, signature, sizeof signature) == 0;
}

static status open_decoder(struct stream *stream, const struct codec *codec)
{
    TRY(allocate_raw(&stream->input, INPUT_BYTES));
    stream->codec = codec; /* to be ended even if it cannot begin */
    return codec->begin(stream) ? MFALS_OK
                                : fail(MFALS_NO_MEMORY, "not enough memory to read '%s'", stream->path);
}

static status cannot_read(const char *path, const char *why)
{
    return fail(MFALS_NO_INPUT, "cannot read '%s': %s", path, why);
}

status stream_check(const char *path)
{
    struct stat there;
    if (stat(path, &there) != 0)
        return cannot_read(path, errno_text(errno));
    if (S_ISDIR(there.st_mode))
        return cannot_read(path, errno_text(EISDIR));
    return S_ISREG(there.st_mode) || S_ISFIFO(there.st_mode)
               ? MFALS_OK
               : cannot_read(path, "it is neither a regular file nor a pipe");
}

/* Without blocking, but for a pipe that nobody writes to yet. */
static status open_file(struct stream *stream)
{
    TRY(stream_check(stream->path));
    stream->file = open(stream->path, O_RDONLY | O_CLOEXEC);
    if (stream->file < 0)
        return cannot_read(stream->path, errno_text(errno));
    struct stat opened;
    stream->is_pipe = fstat(stream->file, &opened) == 0 && S_ISFIFO(opened.st_mode);
    return MFALS_OK;
}

status stream_open(struct stream **stream, const char *path, enum compression compression, int64_t offset)
{
    TRY(allocate(stream, 1));
    struct stream *s = *stream;
    s->path = path;
    s->offset = offset;
    s->complete = true;
    s->file = -1;
    status opened = open_file(s);
    if (opened == MFALS_OK && compression != COMPRESSION_NONE)
        opened = open_decoder(s, &codecs[compression]);
    if (opened != MFALS_OK)
        stream_close(stream);
    return opened;
}

void stream_close(struct stream **stream)
{
    struct stream *s = *stream;
    if (s == NULL)
        return;
    if (s->codec != NULL)
        s->codec->end(s);
    if (s->file >= 0)
        close(s->file);
    memory_free(s->input);
    memory_free(s);
    *stream = NULL;
}

/* Fills data from the file, short only at its end. */
static status read_file(struct stream *stream, int64_t *length, void *data, int64_t capacity)
{
    *length = 0;
    while (*length < capacity) {
        char *to = (char *)data + *length;
        size_t room = (size_t)(capacity - *length);
        ssize_t got =
            stream->is_pipe ? read(stream->file, to, room) : pread(stream->file, to, room, stream->offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(MFALS_IO, "cannot read '%s': %s", stream->path, errno_text(errno));
        if (got == 0)
            break;
        *length += got;
        stream->offset += got;
    }
    advance_by(*length);
    return MFALS_OK;
}

static status refill(struct stream *stream)
{
    if (stream->next < stream->filled || stream->input_ended)
        return MFALS_OK;
    stream->next = 0;
    TRY(read_file(stream, &stream->filled, stream->input, INPUT_BYTES));
    stream->input_ended = stream->filled < INPUT_BYTES;
    return MFALS_OK;
}

status stream_read(struct stream *stream, int64_t *length, char *data, int64_t capacity)
{
    if (stream->codec == NULL)
        return read_file(stream, length, data, capacity);
    *length = 0;
    while (*length < capacity) {
        TRY(refill(stream));
        if (stream->complete && stream->input_ended && stream->next == stream->filled)
            break;
        enum progress progress = stream->codec->decode(stream, length, data, capacity);
        if (progress == PROGRESS_NO_MEMORY)
            return fail(MFALS_NO_MEMORY, "not enough memory to read '%s'", stream->path);
        if (progress == PROGRESS_DAMAGED)
            return fail(MFALS_BAD_DATA, "%s: the %s data is cut off or damaged", stream->path,
                        stream->codec->name);
        if (progress == PROGRESS_FOREIGN)
            return fail(MFALS_BAD_DATA, "%s: data follows the end of the %s data", stream->path,
                        stream->codec->name);
        stream->complete = progress == PROGRESS_COMPLETE;
    }
    return MFALS_OK;
}
