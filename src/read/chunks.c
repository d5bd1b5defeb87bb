#include "read/chunks.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/stop.h"

/* How much is read at a time behind the end of a range, to complete its last line. */
enum { TAIL_BYTES = 1 << 16 };

/* Reads on behind what is held: up to the end of the range, or a tail behind it. */
static status fill(struct chunk_reader *reader)
{
    int64_t room = CHUNK_BYTES - reader->held, left = reader->end - (reader->offset + reader->held), got;
    int64_t wanted = number_min(room, left > 0 ? left : TAIL_BYTES);
    TRY(stream_read(reader->stream, &got, reader->buffer + reader->held, wanted));
    reader->held += got;
    reader->ended = got < wanted;
    if (reader->ended && left > got && reader->end != INT64_MAX)
        return fail(MFALS_IO, "cannot read '%s': it became shorter while it was read", reader->path);
    return MFALS_OK;
}

/* Drops the rest of a line that began before the range. */
static status skip_first_line(struct chunk_reader *reader)
{
    while (!reader->ended && reader->offset < reader->end) {
        TRY(fill(reader));
        const char *newline = memchr(reader->buffer, '\n', (size_t)reader->held);
        if (newline != NULL) {
            reader->used = newline + 1 - reader->buffer;
            return MFALS_OK;
        }
        reader->offset += reader->held;
        reader->held = 0;
    }
    return MFALS_OK;
}

status chunks_open(struct chunk_reader *reader, struct source source, int64_t begin, int64_t end)
{
    /* Whether a line begins at `begin` is told by the byte before. */
    *reader = (struct chunk_reader){.path = source.path, .offset = begin > 0 ? begin - 1 : 0, .end = end};
    TRY(allocate_raw(&reader->buffer, CHUNK_BYTES));
    TRY(stream_open(&reader->stream, source, reader->offset));
    return begin > 0 ? skip_first_line(reader) : MFALS_OK;
}

/* The bytes of the whole lines held that begin before the end of the range; 0 if there is none. */
static int64_t whole_lines(const struct chunk_reader *reader)
{
    int64_t last = number_min(reader->end - reader->offset, reader->held) - 1;
    const char *newline = NULL;
    if (last + 1 == reader->end - reader->offset)
        newline = memchr(reader->buffer + last, '\n', (size_t)(reader->held - last));
    if (newline == NULL && reader->ended)
        return reader->held;
    if (newline == NULL)
        newline = memrchr(reader->buffer, '\n', (size_t)(last + 1));
    return newline == NULL ? 0 : newline + 1 - reader->buffer;
}

status chunks_next(struct chunk_reader *reader, struct chunk *chunk)
{
    *chunk = (struct chunk){0};
    reader->held -= reader->used;
    reader->offset += reader->used;
    memmove(reader->buffer, reader->buffer + reader->used, (size_t)reader->held);
    reader->used = 0;
    if (reader->offset >= reader->end)
        return MFALS_OK;
    TRY(stop_check());
    while (reader->used == 0) {
        if (!reader->ended && reader->held < CHUNK_BYTES)
            TRY(fill(reader));
        reader->used = reader->held == 0 ? 0 : whole_lines(reader);
        if (reader->used == 0 && (reader->ended || reader->held == CHUNK_BYTES)) {
            reader->used = reader->held;
            break;
        }
    }
    *chunk = (struct chunk){.text = reader->buffer, .length = reader->used, .offset = reader->offset};
    return MFALS_OK;
}

status chunk_check_list(const struct chunk *chunk, const char *path)
{
    static const int64_t most = (int64_t)1 << 32;
    return chunk->offset < most ? MFALS_OK
                                : fail(MFALS_BAD_DATA, "%s: over 4 GiB of text: no such list", path);
}

void chunks_close(struct chunk_reader *reader)
{
    stream_close(&reader->stream);
    memory_free(reader->buffer);
    *reader = (struct chunk_reader){0};
}
