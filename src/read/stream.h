/* The bytes of a file, decompressed if need be, from front to back. All local.
 *
 *     struct stream *stream;
 *     TRY(stream_open(&stream, "ratings.tsv.gz", COMPRESSION_GZIP, 0));
 *     while (... stream_read(stream, &length, data, capacity) ..., length > 0)
 *     stream_close(&stream);
 */
#ifndef READ_STREAM_H
#define READ_STREAM_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

enum compression { COMPRESSION_NONE, COMPRESSION_GZIP, COMPRESSION_XZ, COMPRESSION_ZSTD };
enum { MAGIC_BYTES = 8 }; /* of a file tell what it is */

/* [local] "gzip", "xz", "zstd"; "plain" for none. */
const char *compression_name(enum compression compression);

/* [local] What a file is that begins with these bytes. */
enum compression compression_of_magic(const unsigned char *magic, int64_t length);

/* [local] Whether a file that begins with these bytes is HDF5. */
bool hdf5_begins(const unsigned char *magic, int64_t length);

/* [local] What a file of this name ought to be (.gz, .xz, .zst). */
enum compression compression_of_name(const char *path);

struct stream;

/* [local] Whether path leads to a regular file or a pipe, and so to an end; what else there is may have none, or block.
 * MFALS_NO_INPUT "cannot read 'x': ...". */
status stream_check(const char *path);

/* [local] Opens path, which must outlive the stream. offset: the first byte to read, for plain files only
 * (else 0). As stream_check; MFALS_NO_MEMORY; *stream is then NULL. */
status stream_open(struct stream **stream, const char *path, enum compression compression, int64_t offset);

/* [local] Up to capacity > 0 bytes; fewer only at the end, 0 once there are no more. Members, streams and
 * frames that follow one another count as one, and zeros behind the last are padding. MFALS_BAD_DATA "x: the gzip data
 * is cut off or damaged", MFALS_IO, MFALS_NO_MEMORY; *length is set in any case: the bytes before the failure. */
status stream_read(struct stream *stream, int64_t *length, char *data, int64_t capacity);

/* [local] Accepts and leaves NULL. */
void stream_close(struct stream **stream);

#endif
