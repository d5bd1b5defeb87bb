#include "store/stored_rows.h"

#include "base/advance.h"
#include "base/number.h"
#include "base/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

status stored_rows_open(int *fd, const char *path, const struct header *header)
{
    struct stat file = {0};
    *fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe on another node must not block */
    if (*fd < 0)
        return fail(MFALS_NO_INPUT, "cannot open '%s': %s", path, errno_text(errno));
    if (fstat(*fd, &file) == 0 && file.st_size == header->file_bytes)
        return MFALS_OK;
    close(*fd);
    *fd = -1;
    return fail(MFALS_NO_INPUT, "cannot open '%s': another file is there on another node", path);
}

status stored_bytes_read(char *into, int fd, const char *path, int64_t offset, int64_t bytes)
{
    static const int64_t most = (int64_t)1 << 26; /* so that one sees how it goes on */
    while (bytes > 0) {
        watchdog_note();
        ssize_t got = pread(fd, into, (size_t)number_min(bytes, most), offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return fail(MFALS_IO, "cannot read '%s': %s", path, errno_text(errno));
        if (got == 0)
            return fail(MFALS_BAD_DATA, "'%s' is cut off", path);
        into += got;
        offset += got;
        bytes -= got;
        advance_by(got);
    }
    return MFALS_OK;
}

/* Packed rows at the end of the memory come to their places, from the first on: none overtakes one still to move. */
static void spread(char *rows, int64_t stride, int64_t row_bytes, int64_t count)
{
    int64_t gap = stride - row_bytes;
    const char *packed = rows + (count - 1) * gap;
    for (int64_t i = 0; i + 1 < count; i++) {
        memmove(rows + i * stride, packed + i * row_bytes, (size_t)row_bytes);
        memset(rows + i * stride + row_bytes, 0, (size_t)gap);
    }
}

status stored_rows_read(void *rows, int64_t stride, int fd, const char *path, const struct data_set *set,
                        int64_t first, int64_t count)
{
    if (count <= 0)
        return MFALS_OK;
    int64_t gap = stride - set->row_bytes;
    TRY(stored_bytes_read((char *)rows + (count - 1) * gap, fd, path, set->offset + first * set->row_bytes,
                          count * set->row_bytes));
    if (gap > 0)
        spread(rows, stride, set->row_bytes, count);
    return MFALS_OK;
}
