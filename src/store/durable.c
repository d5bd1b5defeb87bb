#include "store/durable.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <signal.h>
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

static void join(struct durable *durable)
{
    if (durable->syncing)
        pthread_join(durable->syncer, NULL);
    durable->syncing = false;
}

void durable_close(struct durable *durable)
{
    join(durable);
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

status durable_append(const char *path, const void *data, int64_t bytes)
{
    struct stat file;
    int fd = open(path, O_WRONLY | O_CLOEXEC);
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

static status check_sync(int error, const char *path)
{
    return error == 0 ? MFALS_OK : fail(MFALS_IO, "cannot sync '%s': %s", path, errno_text(error));
}

status durable_sync_file(const char *path)
{
    return check_sync(sync_path(path, O_RDWR), path);
}

status durable_sync_folder(const char *path)
{
    int error = sync_path(path, O_RDONLY | O_DIRECTORY);
    return check_sync(error == EINVAL ? 0 : error, path); /* some file systems cannot sync a folder */
}

static void *sync_partial(void *context)
{
    struct durable *durable = context;
    durable->sync_error = sync_path(durable->partial, O_RDWR);
    return NULL;
}

/* Signals are the first thread's. Without a thread to be had it is done at once. */
void durable_sync_begin(struct durable *durable)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    durable->syncing = pthread_create(&durable->syncer, NULL, sync_partial, durable) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!durable->syncing)
        sync_partial(durable);
}

status durable_sync_end(struct durable *durable)
{
    join(durable);
    return check_sync(durable->sync_error, durable->partial);
}

status durable_publish(struct durable *durable)
{
    scoped char *copy = NULL; /* dirname changes its argument */
    TRY(copy_name(&copy, durable->target, ""));
    if (rename(durable->partial, durable->target) != 0)
        return fail(MFALS_IO, "cannot rename '%s' to '%s': %s", durable->partial, durable->target,
                    errno_text(errno));
    durable->created = false;
    return durable_sync_folder(dirname(copy));
}
