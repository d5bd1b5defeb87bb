/* The text of a file from front to back: decompressed and in UTF-8, if need be. All local.
 *
 *     struct stream *stream;
 *     TRY(stream_open(&stream, (struct source){"ratings.tsv.gz", .compression = COMPRESSION_GZIP}, 0));
 *     while (... stream_read(stream, &length, data, capacity) ..., length > 0)
 *     stream_close(&stream);
 */
#ifndef READ_STREAM_H
#define READ_STREAM_H

#include "read/codec.h"

/* A file, and how its bytes become text. */
struct source {
    const char *path; /* not owned: must outlive the streams; what messages call it */
    enum compression compression;
    const char *encoding; /* not owned: iconv's name of it; NULL: UTF-8 */
    bool lone_cr;         /* a CR without LF behind it ends a line: it becomes LF */
    bool spooled;         /* the bytes of `path` came through a pipe, and are in: */
    int spool;            /* this file, open */
};

/* [local] Whether a file that begins with these bytes is HDF5. */
bool hdf5_begins(const unsigned char *magic, int64_t length);

struct stream;

/* [local] Whether path leads to a regular file or a pipe, and so to an end; what else there is may have none, or block.
 * MFALS_NO_INPUT "cannot read 'x': ...". */
status stream_check(const char *path);

/* [local] Whether the bytes of a file are its text, which then can be read from any offset. */
bool source_is_plain(const struct source *source);

/* [local] offset: the first byte to read, for plain files only (else 0). As stream_check; MFALS_NO_MEMORY; *stream is
 * then NULL. */
status stream_open(struct stream **stream, struct source source, int64_t offset);

/* [local] Up to capacity > 0 bytes; fewer only at the end, 0 once there are no more. Members, streams and
 * frames that follow one another count as one, and zeros behind the last are padding. MFALS_BAD_DATA "x: the gzip data
 * is cut off or damaged" or "x:line:column: from here on it is no text in UTF-16LE", MFALS_IO, MFALS_NO_MEMORY; *length
 * is set in any case: the bytes before the failure. */
status stream_read(struct stream *stream, int64_t *length, char *data, int64_t capacity);

/* [local] Accepts and leaves NULL. */
void stream_close(struct stream **stream);

#endif
