/* Text in pieces of whole lines, and line by line. All local.
 *
 *     struct chunk_reader reader;
 *     struct chunk chunk;
 *     TRY(chunks_open(&reader, source, begin, end));   lines that begin in bytes begin .. end - 1
 *     while (... chunks_next(&reader, &chunk) ..., chunk.length > 0)
 *         for (int64_t at = 0; chunk_line(&line, &chunk, &at);)
 *             ... line.length bytes at line.text ...
 *     chunks_close(&reader);
 */
#ifndef READ_CHUNKS_H
#define READ_CHUNKS_H

#include "read/stream.h"

#include <stdbool.h>
#include <string.h>

enum { CHUNK_BYTES = 1 << 21 };

struct chunk {
    const char *text; /* not owned: valid until the next call */
    int64_t length;   /* at most CHUNK_BYTES */
    int64_t offset;   /* of text[0] in the file's text */
};

struct text_line {
    const char *text; /* not owned: without the line's end and, at the front of a file, its byte order mark */
    int64_t length;
    int64_t offset; /* in the file's text, of the line with its mark */
    bool cut;       /* it goes on, nobody knows how far */
};

struct chunk_reader {
    const char *path;      /* not owned */
    struct stream *stream; /* owned */
    char *buffer;          /* owned: CHUNK_BYTES */
    int64_t held, used;    /* bytes in the buffer; of these, delivered */
    int64_t offset;        /* of buffer[0] */
    int64_t end;
    bool ended; /* the file has no more bytes than those held */
};

/* [local] The lines of the file that begin in bytes begin .. end - 1 (not plain: 0 .. INT64_MAX). The source's path
 * must outlive the reader, which is set in any case and is the caller's to close. Fails as stream_open. */
status chunks_open(struct chunk_reader *reader, struct source source, int64_t begin, int64_t end);

/* [local] The next chunk of whole lines, each with its '\n' unless the file ends without; length 0 when there
 * are no more. A line longer than CHUNK_BYTES comes in pieces: a chunk of CHUNK_BYTES without '\n' may be the first.
 * Fails as stream_read, and with MFALS_IO if the file ends before `end` (other than INT64_MAX): it was cut while it
 * was read. */
status chunks_next(struct chunk_reader *reader, struct chunk *chunk);

/* [local] The bytes of the UTF-8 byte order mark at the front of a text: 3 or 0. */
static inline int64_t text_mark_length(const char *text, int64_t length)
{
    return length >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
}

/* [local] The chunk's line at text[*at]; *at moves behind it. false if there is none. */
static inline bool chunk_line(struct text_line *line, const struct chunk *chunk, int64_t *at)
{
    if (*at >= chunk->length)
        return false;
    const char *text = chunk->text + *at, *newline = memchr(text, '\n', (size_t)(chunk->length - *at));
    int64_t length = newline == NULL ? chunk->length - *at : newline - text;
    *line = (struct text_line){.offset = chunk->offset + *at, .cut = length == CHUNK_BYTES};
    *at += length + 1;
    int64_t mark = text_mark_length(text, length); /* also within: files that were put together */
    line->text = text + mark;
    line->length = length - mark;
    line->length -= line->length > 0 && line->text[line->length - 1] == '\r';
    return true;
}

/* [local] Lists that a rank holds whole, as that of the users, end before 4 GiB of text: MFALS_BAD_DATA. */
status chunk_check_list(const struct chunk *chunk, const char *path);

/* [local] Accepts a zeroed struct. */
void chunks_close(struct chunk_reader *reader);

#endif
