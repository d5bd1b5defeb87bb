#include "store/durable.h"

#include "base/memory.h"
#include "store/replaced.h"

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
#include <xxhash.h>

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

/* Room for what is put around it: of a longer name only the beginning, between characters, and a number that tells it
 * from others. name: NAME_MAX + 1 bytes. */
static void short_name(char *name, const char *target)
{
    enum { ENOUGH = 180 };
    const char *slash = strrchr(target, '/'), *last = slash != NULL ? slash + 1 : target;
    size_t length = strlen(last), cut = length;
    if (length > ENOUGH)
        for (cut = ENOUGH; cut > 0 && ((unsigned char)last[cut] & 0xc0) == 0x80;)
            cut--;
    snprintf(name, NAME_MAX + 1, "%.*s", (int)cut, last);
    if (cut < length)
        snprintf(name + cut, NAME_MAX + 1 - cut, "~%016" PRIx64, (uint64_t)XXH3_64bits(last, length));
}

/* *name <- target with something before and after the last part of its path. */
static status beside(char **name, const char *target, const char *before, const char *after)
{
    char short_form[NAME_MAX + 1];
    const char *slash = strrchr(target, '/');
    int folder = slash != NULL ? (int)(slash + 1 - target) : 0;
    size_t size = (size_t)folder + sizeof short_form + strlen(before) + strlen(after);
    short_name(short_form, target);
    TRY(allocate(name, (int64_t)size));
    snprintf(*name, size, "%.*s%s%s%s", folder, target, before, short_form, after);
    return MFALS_OK;
}

static void join(struct durable *durable)
{
    if (durable->syncing)
        pthread_join(durable->syncer, NULL);
    durable->syncing = false;
}

/* Whether what is open is still what has the name. */
static bool is_still(const struct durable *durable)
{
    struct stat own, named;
    return fstat(durable->fd, &own) == 0 && lstat(durable->partial, &named) == 0 &&
           own.st_dev == named.st_dev && own.st_ino == named.st_ino;
}

void durable_close(struct durable *durable)
{
    join(durable);
    if (durable->created && is_still(durable))
        unlink(durable->partial);
    if (durable->created)
        close(durable->fd);
    hold_release(&durable->hold);
    memory_free(durable->target);
    memory_free(durable->partial);
    *durable = (struct durable){0};
}

/* Whether a file can be put in place of path: it is a regular file or nothing yet. */
static status check_kind(const char *path, bool follow)
{
    struct stat target;
    if ((follow ? stat : lstat)(path, &target) != 0)
        return errno == ENOENT ? MFALS_OK
                               : fail(MFALS_NO_OUTPUT, "cannot write '%s': %s", path, errno_text(errno));
    if (S_ISDIR(target.st_mode))
        return fail(MFALS_NO_OUTPUT, "cannot write '%s': it is a folder", path);
    if (!S_ISREG(target.st_mode))
        return fail(MFALS_NO_OUTPUT, "cannot write '%s': it is no regular file", path);
    return MFALS_OK;
}

static status check_target(const struct durable *durable)
{
    TRY(check_kind(durable->target, durable->folder == NULL));
    return durable->may_replace != NULL ? durable->may_replace(durable->target) : MFALS_OK;
}

/* .NAME.lock beside the file. */
static status hold_target(struct hold **hold, const char *target)
{
    scoped char *lock = NULL;
    char what[PATH_MAX + 16];
    snprintf(what, sizeof what, "'%s'", target);
    TRY(beside(&lock, target, ".", ".lock"));
    return hold_take(hold, lock, what, false);
}

status durable_hold(struct hold **hold, const char *path, status (*may_replace)(const char *target))
{
    __attribute__((cleanup(durable_close))) struct durable durable = {.may_replace = may_replace};
    *hold = NULL;
    TRY(find_target(&durable.target, path));
    TRY(check_target(&durable));
    return hold_target(hold, durable.target);
}

/* [local] A file that nobody else has opened. */
static status create(struct durable *durable)
{
    const char *partial = durable->partial;
    const int flags = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
    durable->fd = open(partial, flags, replaced_mode(durable->target));
    if (durable->fd < 0)
        return fail(MFALS_NO_OUTPUT, "cannot create '%s': %s", partial, errno_text(errno));
    durable->created = true;
    replaced_pass_on(durable->fd, durable->target, false);
    return MFALS_OK;
}

status durable_create(struct durable *durable, const char *path, int64_t bytes)
{
    char ending[HOLD_TOKEN_SIZE + 16];
    if (durable->folder != NULL)
        TRY(copy_name(&durable->target, path, ""));
    else
        TRY(find_target(&durable->target, path));
    TRY(check_target(durable));
    if (durable->folder == NULL)
        TRY(hold_target(&durable->hold, durable->target));
    struct hold *hold = durable->folder != NULL ? durable->folder : durable->hold;
    TRY(hold_sync(hold));
    snprintf(ending, sizeof ending, ".%s.partial", hold_token(hold));
    TRY(beside(&durable->partial, durable->target, "", ending));
    TRY(create(durable));
    int error = durable_allocate(durable->fd, bytes);
    return error == 0 ? MFALS_OK
                      : fail(MFALS_IO, "cannot write '%s', %" PRId64 " bytes: %s", durable->partial, bytes,
                             errno_text(error));
}

status durable_reserve(int64_t *size, const char *partial)
{
    struct stat file = {0};
    int fd = open(partial, O_RDWR | O_NOFOLLOW | O_CLOEXEC),
        error = fd < 0 || fstat(fd, &file) != 0 ? errno : 0;
    *size = error == 0 ? file.st_size : 0;
    if (error == 0)
        error = durable_allocate(fd, *size);
    if (fd >= 0 && close(fd) != 0 && error == 0)
        error = errno;
    return error == 0 ? MFALS_OK
                      : fail(MFALS_IO, "cannot write '%s', %" PRId64 " bytes: %s", partial, *size,
                             errno_text(error));
}

static void *sync_partial(void *context)
{
    struct durable *durable = context;
    durable->sync_error = durable_sync_error(durable->partial);
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
    return durable_check_sync(durable->sync_error, durable->partial);
}

/* The file is whole and synced: it is not to be lost because it cannot have its name. */
static status keep_unnamed(struct durable *durable, int error)
{
    durable->created = durable->folder != NULL;
    if (!durable->created)
        close(durable->fd);
    return fail(MFALS_IO, "cannot rename '%s' to '%s': %s%s", durable->partial, durable->target,
                errno_text(error),
                durable->created ? "" : "; the file is whole and kept under the first name");
}

status durable_publish(struct durable *durable)
{
    scoped char *copy = NULL; /* dirname changes its argument */
    TRY(copy_name(&copy, durable->target, ""));
    TRY(check_target(durable));
    if (!is_still(durable)) {
        close(durable->fd);
        durable->created = false;
        return fail(MFALS_IO,
                    "'%s' is not the file any more that was written: something else has replaced it",
                    durable->partial);
    }
    replaced_pass_on(durable->fd, durable->target, true);
    if (rename(durable->partial, durable->target) != 0)
        return keep_unnamed(durable, errno);
    close(durable->fd);
    durable->created = false;
    return durable_sync_folder(dirname(copy));
}
