#include "store/durable.h"

#include "base/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static status copy_name(char **copy, const char *name, const char *suffix)
{
    size_t length = strlen(name), more = strlen(suffix) + 1;
    TRY(allocate(copy, (int64_t)(length + more)));
    memcpy(*copy, name, length);
    memcpy(*copy + length, suffix, more);
    return MFALS_OK;
}

/* A link to a file keeps its place, and the file it leads to is replaced. */
static status find_target(char **target, const char *path)
{
    struct stat link, file;
    char resolved[PATH_MAX];
    if (lstat(path, &link) != 0 || !S_ISLNK(link.st_mode) || stat(path, &file) != 0 || !S_ISREG(file.st_mode))
        return copy_name(target, path, "");
    if (realpath(path, resolved) == NULL)
        return fail(MFALS_NO_OUTPUT, "cannot write '%s': %s", path, errno_text(errno));
    return copy_name(target, resolved, "");
}

status durable_open(struct durable *durable, const char *path)
{
    *durable = (struct durable){0};
    TRY(find_target(&durable->target, path));
    return copy_name(&durable->partial, durable->target, ".partial");
}

void durable_close(struct durable *durable)
{
    if (durable->created)
        unlink(durable->partial);
    memory_free(durable->target);
    memory_free(durable->partial);
    *durable = (struct durable){0};
}

/* Whether a file can be put in place of path: it is a regular file or nothing yet. */
static status check_target(const char *path)
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

status durable_probe(struct durable *durable)
{
    const char *partial = durable->partial;
    TRY(check_target(durable->target));
    int fd = open(partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    durable->created = fd >= 0;
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

int durable_sync(int fd)
{
    int error;
    do
        error = fsync(fd) != 0 ? errno : 0;
    while (error == EINTR);
    return error;
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

status durable_create(struct durable *durable, int64_t bytes)
{
    const char *partial = durable->partial;
    TRY(check_target(durable->target));
    unlink(partial);
    int fd = open(partial, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0)
        return fail(MFALS_NO_OUTPUT, "cannot create '%s': %s", partial, errno_text(errno));
    durable->created = true;
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
    int fd = open(path, flags | O_CLOEXEC);
    if (fd < 0)
        return fail(MFALS_IO, "cannot sync '%s': %s", path, errno_text(errno));
    int error = durable_sync(fd);
    if (error == EINVAL) /* some file systems cannot sync a folder */
        error = 0;
    if (close(fd) != 0 && error == 0)
        error = errno;
    return error == 0 ? MFALS_OK : fail(MFALS_IO, "cannot sync '%s': %s", path, errno_text(error));
}

status durable_publish(struct durable *durable)
{
    scoped char *copy = NULL; /* dirname changes its argument */
    TRY(copy_name(&copy, durable->target, ""));
    TRY(sync_path(durable->partial, O_RDWR));
    if (rename(durable->partial, durable->target) != 0)
        return fail(MFALS_IO, "cannot rename '%s' to '%s': %s", durable->partial, durable->target,
                    errno_text(errno));
    durable->created = false;
    return sync_path(dirname(copy), O_RDONLY | O_DIRECTORY);
}
