#include "read/stream.h"

#include "base/advance.h"
#include "base/memory.h"
#include "read/encoding.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct stream {
    struct source source;
    int file; /* owned, unless it is the spool */
    bool is_pipe;
    int64_t offset; /* of the next byte to read from the file */
    struct decoder decoder;
    struct converter *converter; /* owned; NULL: the text is UTF-8 */
    int behind;                  /* a byte of the text that was read too early, behind a CR; -1: none */
};

bool hdf5_begins(const unsigned char *magic, int64_t length)
{
    static const unsigned char signature[] = {0x89, 'H', 'D', 'F', '\r', '\n', 0x1a, '\n'};
    return length >= (int64_t)sizeof signature && memcmp(magic, signature, sizeof signature) == 0;
}

bool source_is_plain(const struct source *source)
{
    return source->compression == COMPRESSION_NONE && source->encoding == NULL && !source->lone_cr &&
           !source->spooled;
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
    const char *path = stream->source.path;
    if (stream->source.spooled) {
        stream->file = stream->source.spool;
        return MFALS_OK;
    }
    TRY(stream_check(path));
    stream->file = open(path, O_RDONLY | O_CLOEXEC);
    if (stream->file < 0)
        return cannot_read(path, errno_text(errno));
    struct stat opened;
    stream->is_pipe = fstat(stream->file, &opened) == 0 && S_ISFIFO(opened.st_mode);
    return MFALS_OK;
}

status stream_open(struct stream **stream, struct source source, int64_t offset)
{
    TRY(allocate(stream, 1));
    struct stream *s = *stream;
    s->source = source;
    s->offset = offset;
    s->file = -1;
    s->behind = -1;
    status opened = open_file(s);
    if (opened == MFALS_OK)
        opened = decoder_open(&s->decoder, source.compression, source.path);
    if (opened == MFALS_OK && source.encoding != NULL)
        opened = converter_open(&s->converter, source.encoding, source.path);
    if (opened != MFALS_OK)
        stream_close(stream);
    return opened;
}

void stream_close(struct stream **stream)
{
    struct stream *s = *stream;
    if (s == NULL)
        return;
    decoder_close(&s->decoder);
    converter_close(&s->converter);
    if (s->file >= 0 && !s->source.spooled)
        close(s->file);
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
            return fail(MFALS_IO, "cannot read '%s': %s", stream->source.path, errno_text(errno));
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
    struct decoder *decoder = &stream->decoder;
    if (decoder->next < decoder->filled || decoder->input_ended)
        return MFALS_OK;
    decoder->next = 0;
    TRY(read_file(stream, &decoder->filled, decoder->input, DECODER_INPUT_BYTES));
    decoder->input_ended = decoder->filled < DECODER_INPUT_BYTES;
    return MFALS_OK;
}

/* The bytes of the file, decompressed; short only at the end. */
static status read_bytes(struct stream *stream, int64_t *length, char *data, int64_t capacity)
{
    struct decoder *decoder = &stream->decoder;
    const char *path = stream->source.path;
    if (decoder->codec == NULL)
        return read_file(stream, length, data, capacity);
    *length = 0;
    while (*length < capacity) {
        TRY(refill(stream));
        if (decoder->complete && decoder->input_ended && decoder->next == decoder->filled)
            break;
        enum progress progress = decoder->codec->decode(decoder, length, data, capacity);
        if (progress == PROGRESS_NO_MEMORY)
            return fail(MFALS_NO_MEMORY, "not enough memory to read '%s'", path);
        if (progress == PROGRESS_DAMAGED)
            return fail(MFALS_BAD_DATA, "%s: the %s data is cut off or damaged", path, decoder->codec->name);
        if (progress == PROGRESS_FOREIGN)
            return fail(MFALS_BAD_DATA, "%s: data follows the end of the %s data", path,
                        decoder->codec->name);
        decoder->complete = progress == PROGRESS_COMPLETE;
    }
    return MFALS_OK;
}

/* The same in UTF-8. */
static status read_text(struct stream *stream, int64_t *length, char *data, int64_t capacity)
{
    if (stream->converter == NULL)
        return read_bytes(stream, length, data, capacity);
    *length = 0;
    while (*length < capacity) {
        int64_t given, room, got;
        TRY(converter_give(stream->converter, &given, data + *length, capacity - *length));
        *length += given;
        if (given > 0)
            continue;
        char *to = converter_room(stream->converter, &room);
        if (room == 0)
            break;
        TRY(read_bytes(stream, &got, to, room));
        converter_take(stream->converter, got, got < room);
    }
    return MFALS_OK;
}

/* The same with every CR that has no LF behind it as LF. */
static status read_lines(struct stream *stream, int64_t *length, char *data, int64_t capacity)
{
    char next;
    int64_t got, begun = stream->behind >= 0;
    *length = 0;
    if (begun != 0)
        data[0] = (char)stream->behind;
    stream->behind = -1;
    status read = read_text(stream, &got, data + begun, capacity - begun);
    *length = begun + got;
    if (read == MFALS_OK && *length == capacity && data[capacity - 1] == '\r') {
        read = read_text(stream, &got, &next, 1);
        stream->behind = got > 0 ? (unsigned char)next : -1;
    }
    for (int64_t i = 0; i < *length; i++)
        if (data[i] == '\r' && (i + 1 < *length ? data[i + 1] : stream->behind) != '\n')
            data[i] = '\n';
    return read;
}

status stream_read(struct stream *stream, int64_t *length, char *data, int64_t capacity)
{
    return stream->source.lone_cr ? read_lines(stream, length, data, capacity)
                                  : read_text(stream, length, data, capacity);
}
