#include "parquet/file.h"

#include "base/memory.h"
#include "parquet/footer.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Behind the footer: its length in four bytes, the lowest first, and the magic again. */
enum { TAIL_BYTES = 4 + PARQUET_MAGIC_BYTES };

bool parquet_begins(const unsigned char *magic, int64_t length)
{
    return length >= PARQUET_MAGIC_BYTES && memcmp(magic, "PAR1", PARQUET_MAGIC_BYTES) == 0;
}

bool parquet_begins_encrypted(const unsigned char *magic, int64_t length)
{
    return length >= PARQUET_MAGIC_BYTES && memcmp(magic, "PARE", PARQUET_MAGIC_BYTES) == 0;
}

status parquet_read(const struct parquet_file *file, void *to, int64_t begin, int64_t length)
{
    for (int64_t done = 0; done < length;) {
        ssize_t got = pread(file->descriptor, (char *)to + done, (size_t)(length - done), begin + done);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return fail(MFALS_IO, "cannot read '%s': %s", file->path,
                        got < 0 ? errno_text(errno) : "it was cut while it was read");
        done += got;
    }
    return MFALS_OK;
}

static status not_parquet(const struct parquet_file *file, const char *why)
{
    return fail(MFALS_BAD_DATA, "%s: no Parquet file that can be read: %s", file->path, why);
}

static status read_footer(struct parquet_file *file)
{
    unsigned char head[PARQUET_MAGIC_BYTES], tail[TAIL_BYTES];
    if (file->size < PARQUET_MAGIC_BYTES + TAIL_BYTES)
        return not_parquet(file, "it is too short");
    TRY(parquet_read(file, head, 0, sizeof head));
    TRY(parquet_read(file, tail, file->size - TAIL_BYTES, TAIL_BYTES));
    if (parquet_begins_encrypted(head, sizeof head) ||
        parquet_begins_encrypted(tail + 4, PARQUET_MAGIC_BYTES))
        return not_parquet(file, "it is encrypted");
    if (!parquet_begins(head, sizeof head) || !parquet_begins(tail + 4, PARQUET_MAGIC_BYTES))
        return not_parquet(file, "it is cut off, or none: it does not begin and end with 'PAR1'");
    int64_t length = tail[0] | tail[1] << 8 | tail[2] << 16 | (int64_t)tail[3] << 24;
    int64_t begin = file->size - TAIL_BYTES - length;
    if (begin < PARQUET_MAGIC_BYTES)
        return not_parquet(file, "its footer is longer than the file");
    TRY(allocate_raw(&file->footer, length + 1));
    TRY(parquet_read(file, file->footer, begin, length));
    status read = parquet_footer_read(file, length);
    return read == MFALS_BAD_DATA ? not_parquet(file, failure_message()) : read;
}

status parquet_open(struct parquet_file *file, const char *path)
{
    *file = (struct parquet_file){.path = path, .descriptor = open(path, O_RDONLY | O_CLOEXEC)};
    struct stat about;
    if (file->descriptor < 0)
        return fail(MFALS_NO_INPUT, "cannot read '%s': %s", path, errno_text(errno));
    if (fstat(file->descriptor, &about) != 0)
        return fail(MFALS_IO, "cannot read '%s': %s", path, errno_text(errno));
    file->size = about.st_size;
    return read_footer(file);
}

void parquet_close(struct parquet_file *file)
{
    if (file->descriptor >= 0)
        close(file->descriptor);
    parquet_schema_free(&file->schema);
    memory_free(file->footer);
    memory_free(file->groups);
    memory_free(file->chunks);
    *file = (struct parquet_file){.descriptor = -1};
}
