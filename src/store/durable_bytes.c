/* Bytes to files and to disk, with the failures of base/status.h. */
#include "store/durable_bytes.h"

#include "base/number.h"
#include "base/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

status durable_write(int fd, const char *path, int64_t offset, const void *data, int64_t bytes)
{
    static const int64_t most = (int64_t)1 << 29; /* a call writes less than 2 GiB */
    const char *from = data;
    while (bytes > 0) {
        watchdog_note();
        ssize_t written = pwrite(fd, from, (size_t)number_min(bytes, most), offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail(MFALS_IO, "cannot write '%s': %s", path, errno_text(errno));
        from += written;
        offset += written;
        bytes -= written;
    }
    return MFALS_OK;
}

int64_t durable_read(int fd, int64_t offset, void *into, int64_t bytes)
{
    int64_t had = 0;
    while (had < bytes) {
        ssize_t got = pread(fd, (char *)into + had, (size_t)(bytes - had), offset + had);
        if (got == 0)
            break;
        if (got < 0 && errno != EINTR)
            return -1;
        had += got > 0 ? got : 0;
    }
    return had;
}

status durable_append(const char *path, const void *data, int64_t bytes)
{
    struct stat file;
    int fd = open(path, O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return fail(MFALS_IO, "cannot write '%s': %s", path, errno_text(errno));
    status done = fstat(fd, &file) == 0 ? durable_write(fd, path, file.st_size, data, bytes)
                                        : fail(MFALS_IO, "cannot write '%s': %s", path, errno_text(errno));
    if (close(fd) != 0 && done == MFALS_OK)
        done = fail(MFALS_IO, "cannot write '%s': %s", path, errno_text(errno));
    return done;
}

/* The errno of what failed, or 0. A signal may break the sync off. */
static int sync_path(const char *path, int flags)
{
    int error, fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        return errno;
    do
        error = fsync(fd) != 0 ? errno : 0;
    while (error == EINTR);
    if (close(fd) != 0 && error == 0)
        error = errno;
    return error;
}

status durable_check_sync(int error, const char *path)
{
    return error == 0 ? MFALS_OK : fail(MFALS_IO, "cannot sync '%s': %s", path, errno_text(error));
}

int durable_sync_error(const char *path)
{
    return sync_path(path, O_RDWR | O_NOFOLLOW);
}

status durable_sync_file(const char *path)
{
    return durable_check_sync(durable_sync_error(path), path);
}

status durable_sync_folder(const char *path)
{
    int error = sync_path(path, O_RDONLY | O_DIRECTORY);
    return durable_check_sync(error == EINVAL ? 0 : error, path); /* some file systems cannot sync a folder */
}

/* A signal may break these off, such as the one that asks for a checkpoint. */
int durable_allocate(int fd, int64_t bytes)
{
    int error;
    do
        error = bytes > 0 ? posix_fallocate(fd, 0, bytes)
                          : 0; /* glibc writes zeros where the system has no such call */
    while (error == EINTR);
    return error;
}
