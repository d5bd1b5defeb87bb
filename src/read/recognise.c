#include "read/recognise.h"

#include "base/memory.h"
#include "base/path.h"
#include "parquet/file.h"
#include "read/foreign_file.h"

#include <string.h>

enum { FIRST_BYTES = 1 << 12, LINE_BYTES = 1 << 16 }; /* within the latter a first line ends */

/* What has first been seen of a file. */
struct look {
    struct source *source;
    char bytes[FIRST_BYTES];
    int64_t length;
};

/* The first bytes that the stream gives: fewer where it is damaged. */
static status read_first(int64_t *length, char *data, int64_t capacity, const struct source *source)
{
    struct stream *stream;
    *length = 0;
    TRY(stream_open(&stream, *source, 0));
    status got = stream_read(stream, length, data, capacity);
    stream_close(&stream);
    return got == MFALS_BAD_DATA ? MFALS_OK : got;
}

static status find_compression(struct look *look)
{
    struct source *source = look->source;
    const char *path = source->path;
    const unsigned char *bytes = (const unsigned char *)look->bytes;
    enum compression named = source->spooled ? COMPRESSION_NONE : compression_of_name(path);
    source->compression = compression_of_magic(bytes, look->length);
    if (named != COMPRESSION_NONE && source->compression != named)
        return fail(MFALS_BAD_DATA, "%s: not %s %s file", path, named == COMPRESSION_XZ ? "an" : "a",
                    compression_name(named));
    if (source->compression == COMPRESSION_NONE)
        return MFALS_OK;
    TRY(read_first(&look->length, look->bytes, FIRST_BYTES, source));
    enum compression again = compression_of_magic(bytes, look->length);
    if (again != COMPRESSION_NONE)
        return fail(MFALS_BAD_DATA, "%s: compressed twice, by %s and by %s", path, compression_name(again),
                    compression_name(source->compression));
    return foreign_file_check(source, look->bytes, look->length);
}

static status find_encoding(struct look *look, enum encoding *encoding, const char *named)
{
    const unsigned char *bytes = (const unsigned char *)look->bytes;
    *encoding = encoding_of_mark(bytes, look->length);
    if (*encoding == ENCODING_UTF8 && !encoding_is_utf8(named))
        *encoding = ENCODING_NAMED;
    look->source->encoding = *encoding == ENCODING_NAMED ? named : encoding_name(*encoding);
    enum encoding wide = encoding_of_zeros(bytes, look->length);
    if (*encoding != ENCODING_UTF8 || wide == ENCODING_UTF8)
        return MFALS_OK;
    return fail(MFALS_BAD_DATA, "%s: looks like UTF-16 without a byte order mark: --encoding %s",
                look->source->path, encoding_name(wide));
}

/* Lines end in CR where none ends in LF. */
static status find_line_ends(struct look *look)
{
    struct source *source = look->source;
    scoped char *text = NULL;
    int64_t length;
    if (source->encoding == NULL &&
        (look->length < FIRST_BYTES || memchr(look->bytes, '\n', FIRST_BYTES) != NULL)) {
        source->lone_cr = memchr(look->bytes, '\n', (size_t)look->length) == NULL &&
                          memchr(look->bytes, '\r', (size_t)look->length) != NULL;
        return MFALS_OK;
    }
    TRY(allocate_raw(&text, LINE_BYTES));
    TRY(read_first(&length, text, LINE_BYTES, source));
    source->lone_cr =
        memchr(text, '\n', (size_t)length) == NULL && memchr(text, '\r', (size_t)length) != NULL;
    return MFALS_OK;
}

status recognise(struct source *source, enum encoding *encoding, bool *is_parquet, const char *named)
{
    struct look look = {.source = source};
    TRY(read_first(&look.length, look.bytes, FIRST_BYTES, source));
    const unsigned char *bytes = (const unsigned char *)look.bytes;
    bool hdf5 = hdf5_begins(bytes, look.length);
    *is_parquet = parquet_begins(bytes, look.length) || parquet_begins_encrypted(bytes, look.length);
    if ((hdf5 || *is_parquet) && source->spooled)
        return fail(MFALS_BAD_DATA, "%s: it is %s file, which cannot be read through a pipe", source->path,
                    hdf5 ? "an HDF5" : "a Parquet");
    if (hdf5)
        return fail(MFALS_BAD_DATA, "'%s' is an HDF5 file; such ratings can only be read alone",
                    source->path);
    if (path_ends_with(source->path, ".h5") || path_ends_with(source->path, ".hdf5"))
        return fail(MFALS_BAD_DATA, "%s: not an HDF5 file", source->path);
    if (*is_parquet)
        return MFALS_OK;
    TRY(foreign_file_check(source, look.bytes, look.length));
    TRY(find_compression(&look));
    TRY(find_encoding(&look, encoding, named));
    return find_line_ends(&look);
}
