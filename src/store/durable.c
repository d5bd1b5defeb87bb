#include "store/durable.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

status durable_partial_name(char **partial, const char *path)
{
    static const char suffix[] = ".partial";
    size_t length = strlen(path);
    TRY(allocate(partial, (int64_t)(length + sizeof suffix)));
    memcpy(*partial, path, length);
    memcpy(*partial + length, suffix, sizeof suffix);
    return MFALS_OK;
}

status durable_check_target(const char *path)
{
    struct stat target;
    if (stat(path, &target) != 0)
        return errno == ENOENT ? MFALS_OK
                               : fail(MFALS_NO_OUTPUT, "cannot write '%s': %s", path, errno_text(errno));
    if (S_ISDIR(target.st_mode))
        return fail(MFALS_NO_OUTPUT, "cannot write '%s': it is a folder", path);
    if (!S_ISREG(target.st_mode))
        return fail(MFALS_NO_OUTPUT, "cannot write '%s': it is no regular file", path);
    return MFALS_OK;
}

status durable_probe(bool *created, const char *partial)
{
    int fd = open(partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    *created = fd >= 0;
    if (fd < 0 && errno == EEXIST)
        fd = open(partial, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return fail(MFALS_NO_OUTPUT, "cannot create '%s': %s", partial, errno_text(errno));
    close(fd);
    return MFALS_OK;
}

/* A signal may break these off, such as the one that asks for a checkpoint. */
static int allocate_space(int fd, int64_t bytes)
{
    int error;
    do
        error = bytes > 0 ? posix_fallocate(fd, 0, bytes)
                          : 0; /* glibc writes zeros where the system has no such call */
    while (error == EINTR);
    return error;
}

static int sync_file(int fd)
{
    int result;
    do
        result = fsync(fd);
    while (result != 0 && errno == EINTR);
    return result;
}

static status allocate_and_close(int fd, int64_t bytes, const char *path)
{
    int error = allocate_space(fd, bytes);
    if (close(fd) != 0 && error == 0)
        error = errno;
    if (error != 0)
        return fail(MFALS_IO, "cannot write '%s', %" PRId64 " bytes: %s", path, bytes, errno_text(error));
    return MFALS_OK;
}

status durable_create(const char *partial, int64_t bytes)
{
    durable_discard(partial);
    int fd = open(partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return fail(MFALS_NO_OUTPUT, "cannot create '%s': %s", partial, errno_text(errno));
    return allocate_and_close(fd, bytes, partial);
}

status durable_reserve(int64_t *size, const char *partial)
{
    struct stat file;
    if (stat(partial, &file) != 0)
        return fail(MFALS_IO, "cannot write '%s': %s", partial, errno_text(errno));
    int fd = open(partial, O_RDWR | O_CLOEXEC);
    if (fd < 0)
        return fail(MFALS_IO, "cannot write '%s': %s", partial, errno_text(errno));
    *size = file.st_size;
    return allocate_and_close(fd, *size, partial);
}

status durable_check_visible(const char *partial, int64_t size)
{
    struct stat file = {0};
    int fd = open(partial, O_RDWR | O_CLOEXEC); /* on NFS, unlike stat alone, asks the server */
    int error = fd < 0 || fstat(fd, &file) != 0 ? errno : 0;
    if (fd >= 0)
        close(fd);
    if (error == 0 && (size < 0 || file.st_size == size))
        return MFALS_OK;
    char host[256] = "a node";
    gethostname(host, sizeof host - 1);
    return fail(MFALS_NO_OUTPUT, "cannot write '%s' from %s: %s", partial, host,
                error != 0 ? errno_text(error) : "another file is there; all nodes must see the same folder");
}

static status sync_path(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC), error = 0;
    if (fd < 0)
        return fail(MFALS_IO, "cannot sync '%s': %s", path, errno_text(errno));
    if (sync_file(fd) != 0 && errno != EINVAL) /* some file systems cannot sync a folder */
        error = errno;
    if (close(fd) != 0 && error == 0)
        error = errno;
    return error == 0 ? MFALS_OK : fail(MFALS_IO, "cannot sync '%s': %s", path, errno_text(error));
}

status durable_publish(const char *partial, const char *path)
{
    scoped char *copy = NULL;
    TRY(allocate(&copy, (int64_t)strlen(path) + 1));
    memcpy(copy, path, strlen(path)); /* dirname changes its argument */
    TRY(sync_path(partial, O_RDWR));
    if (rename(partial, path) != 0)
        return fail(MFALS_IO, "cannot rename '%s' to '%s': %s", partial, path, errno_text(errno));
    return sync_path(dirname(copy), O_RDONLY | O_DIRECTORY);
}

void durable_discard(const char *partial)
{
    unlink(partial);
}
