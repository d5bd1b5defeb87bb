#include "read/spool.h"

#include "base/memory.h"
#include "base/phase.h"
#include "base/stop.h"
#include "base/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUFFER_BYTES = 1 << 20, FILL_S = 2, WAIT_MS = 200, MOST_BITS = 44 };

/* What has been read of it is gone. */
static atomic_flag standard_input_read = ATOMIC_FLAG_INIT;

static bool is_standard_input(const char *path)
{
    static const char *const names[] = {"-", "/dev/stdin", "/dev/fd/0", "/proc/self/fd/0"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(path, names[i]) == 0)
            return true;
    return false;
}

static bool is_descriptor(const char *path)
{
    static const char *const folders[] = {"/dev/fd/", "/proc/self/fd/"};
    for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
        if (strncmp(path, folders[i], strlen(folders[i])) == 0)
            return true;
    return false;
}

bool spool_is_needed(const char *path)
{
    struct stat about;
    return is_standard_input(path) || is_descriptor(path) ||
           (stat(path, &about) == 0 && S_ISFIFO(about.st_mode));
}

const char *spool_name(const char *path)
{
    return is_standard_input(path) ? "standard input" : path;
}

static status cannot_read(const char *path, const char *why)
{
    return fail(MFALS_NO_INPUT, "cannot read '%s': %s", spool_name(path), why);
}

static status open_pipe(struct spool *spool)
{
    const char *path = spool->path;
    struct stat about;
    if (is_standard_input(path))
        spool->from = STDIN_FILENO;
    else
        spool->from = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (spool->from < 0 && is_descriptor(path))
        return fail(MFALS_NO_INPUT,
                    "cannot read '%s': %s; where mpirun starts mfals, only standard input can be piped in, "
                    "which '-' stands for",
                    path, errno_text(errno));
    if (spool->from < 0 || fstat(spool->from, &about) != 0)
        return cannot_read(path, errno_text(errno));
    if (!S_ISREG(about.st_mode) && !S_ISFIFO(about.st_mode) && !S_ISSOCK(about.st_mode))
        return cannot_read(path, "it is neither a regular file nor a pipe");
    if (spool->from == STDIN_FILENO && atomic_flag_test_and_set(&standard_input_read))
        return fail(MFALS_USAGE, "standard input is named twice, and can be read but once");
    return MFALS_OK;
}

static const char *folder(void)
{
    const char *chosen = getenv("TMPDIR");
    return chosen != NULL && chosen[0] != '\0' ? chosen : P_tmpdir;
}

static status cannot_keep(const struct spool *spool, int error)
{
    return fail(MFALS_IO, "cannot keep '%s' in a temporary file in '%.300s': %s; TMPDIR names another folder",
                spool_name(spool->path), folder(), errno_text(error));
}

status spool_open(struct spool *spool, const char *path)
{
    *spool = (struct spool){.path = path, .from = -1, .file = -1};
    TRY(open_pipe(spool));
    scoped char *name = NULL;
    size_t size = strlen(folder()) + sizeof "/mfals-XXXXXX";
    TRY(allocate(&name, (int64_t)size));
    snprintf(name, size, "%s/mfals-XXXXXX", folder());
    spool->file = mkostemp(name, O_CLOEXEC);
    if (spool->file < 0 || unlink(name) != 0)
        return cannot_keep(spool, errno);
    return MFALS_OK;
}

/* Waits until there is something to read, or the end. false: for now there is not. */
static status wait_for_some(bool *ready, const struct spool *spool)
{
    struct pollfd wanted = {.fd = spool->from, .events = POLLIN};
    int got = poll(&wanted, 1, WAIT_MS);
    if (got < 0 && errno != EINTR)
        return fail(MFALS_IO, "cannot read '%s': %s", spool_name(spool->path), errno_text(errno));
    *ready = got > 0;
    return stop_asked();
}

static status keep(struct spool *spool, const char *data, int64_t length)
{
    for (int64_t kept = 0; kept < length;) {
        ssize_t put = pwrite(spool->file, data + kept, (size_t)(length - kept), spool->bytes);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return cannot_keep(spool, put < 0 ? errno : ENOSPC);
        kept += put;
        spool->bytes += put;
    }
    if (spool->bytes >> MOST_BITS != 0)
        return fail(MFALS_BAD_DATA, "%s: 16 TiB of text or more, cut it into parts", spool_name(spool->path));
    watchdog_note();
    return MFALS_OK;
}

status spool_fill(struct spool *spool)
{
    scoped char *buffer = NULL;
    int64_t begun = spool->bytes;
    double until = phase_clock() + FILL_S;
    TRY(allocate_raw(&buffer, BUFFER_BYTES));
    while (!spool->ended && (spool->bytes == begun || phase_clock() < until)) {
        bool ready = false;
        TRY(wait_for_some(&ready, spool));
        if (!ready)
            continue;
        ssize_t got = read(spool->from, buffer, BUFFER_BYTES);
        if (got < 0 && errno != EINTR && errno != EAGAIN)
            return fail(MFALS_IO, "cannot read '%s': %s", spool_name(spool->path), errno_text(errno));
        spool->ended = got == 0;
        if (got > 0)
            TRY(keep(spool, buffer, got));
    }
    return MFALS_OK;
}

void spool_close(struct spool *spool)
{
    if (spool->from > STDIN_FILENO)
        close(spool->from);
    if (spool->file > STDIN_FILENO)
        close(spool->file);
    *spool = (struct spool){0};
}
