#include "store/hold.h"

#include "base/memory.h"
#include "base/watchdog.h"
#include "store/hold_beat.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
    POLL_MS = 50,
    SETTLE_MS = 500,
    TRIES = 40,
    NO_LOCKS_IN_KERNEL = 524 /* ENOTSUPP, which has no name here */
};

static void pause_ms(int milliseconds)
{
    struct timespec time = {milliseconds / 1000, milliseconds % 1000 * 1000000L};
    watchdog_note();
    nanosleep(&time, NULL);
}

const char *hold_token(const struct hold *hold)
{
    return hold->record.token;
}

const char *hold_path(const struct hold *hold)
{
    return hold->path;
}

enum lock { LOCK_HAD, LOCK_BUSY, LOCK_NONE_HERE, LOCK_FAILED };

/* Of the errors only EWOULDBLOCK means that somebody else has it. */
static enum lock take_lock(int fd)
{
    int error;
    do
        error = flock(fd, LOCK_EX | LOCK_NB) != 0 ? errno : 0;
    while (error == EINTR);
    switch (error) {
    case 0:
        return LOCK_HAD;
    case EWOULDBLOCK:
        return LOCK_BUSY;
    case ENOLCK:
    case ENOSYS:
    case EOPNOTSUPP:
    case NO_LOCKS_IN_KERNEL:
        return LOCK_NONE_HERE;
    default:
        errno = error;
        return LOCK_FAILED;
    }
}

/* Whether what is open is what has the name: a holder that is done may have removed it in between. */
static bool is_under(int fd, const char *path)
{
    struct stat open_file, named;
    return fstat(fd, &open_file) == 0 && lstat(path, &named) == 0 && open_file.st_dev == named.st_dev &&
           open_file.st_ino == named.st_ino;
}

static status not_ours(const char *path, const char *reason)
{
    return fail(MFALS_NO_OUTPUT, "'%s' is there and is %s: move it away, or write elsewhere", path, reason);
}

static status open_lock(int *fd, bool *made, const char *path, const char *what)
{
    const int flags = O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC;
    struct stat file;
    *fd = open(path, flags | O_CREAT | O_EXCL, 0666);
    *made = *fd >= 0;
    bool exists = *fd < 0 && errno == EEXIST;
    if (exists)
        *fd = open(path, flags);
    if (exists && *fd < 0 && errno == ENOENT)
        return MFALS_OK; /* gone again: to be tried again */
    if (*fd < 0 && errno == ELOOP)
        return not_ours(path, "a link");
    if (*fd < 0)
        return fail(MFALS_NO_OUTPUT, "cannot create '%s', by which %s is held: %s", path, what,
                    errno_text(errno));
    if (fstat(*fd, &file) != 0 || !S_ISREG(file.st_mode))
        return not_ours(path, "no regular file");
    return MFALS_OK;
}

/* A holder that runs elsewhere renews its text, which is looked at as whoever opens the file anew sees it. */
static bool beats(const struct hold_record *before, const char *path)
{
    for (int waited = 0; waited < HOLD_WATCH_MS; waited += POLL_MS) {
        struct hold_record now = *before;
        pause_ms(POLL_MS);
        int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        bool read = fd >= 0 && hold_record_read(&now, fd);
        if (fd >= 0)
            close(fd);
        if (!read || now.held != before->held || now.beat != before->beat ||
            strcmp(now.token, before->token) != 0)
            return true;
    }
    return false;
}

/* What ends in ".<token>.partial" beside the lock file was its dead holder's. */
static void remove_left(const char *path, const char *token)
{
    char copy[PATH_MAX], ending[HOLD_TOKEN_SIZE + 16];
    struct stat file;
    snprintf(copy, sizeof copy, "%s", path); /* dirname changes its argument */
    snprintf(ending, sizeof ending, ".%s.partial", token);
    DIR *folder = opendir(dirname(copy));
    for (const struct dirent *entry; folder != NULL && (entry = readdir(folder)) != NULL;) {
        size_t length = strlen(entry->d_name), end = strlen(ending);
        if (length > end && strcmp(entry->d_name + length - end, ending) == 0 &&
            fstatat(dirfd(folder), entry->d_name, &file, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(file.st_mode))
            unlinkat(dirfd(folder), entry->d_name, 0);
    }
    if (folder != NULL)
        closedir(folder);
}

/* One try at an open lock file. */
struct attempt {
    const char *path, *what;
    int fd;
    bool made;  /* the file is new */
    bool again; /* things have changed: to be tried anew */
    struct hold_record record;
};

static status in_use(const struct attempt *attempt)
{
    return fail(MFALS_NO_OUTPUT, "%s is in use by another run: %s", attempt->what,
                attempt->record.held ? attempt->record.holder : "just starting");
}

/* MFALS_OK where nobody has it, or who had it is dead and has been tidied up after. */
static status look(struct attempt *attempt)
{
    struct hold_record *record = &attempt->record;
    enum lock lock = take_lock(attempt->fd);
    int error = errno;
    if (!hold_record_read(record, attempt->fd))
        return fail(MFALS_NO_OUTPUT, "cannot read '%s': %s", attempt->path, errno_text(errno));
    if (!record->ours)
        return not_ours(attempt->path, "no lock of mfals");
    if (lock == LOCK_FAILED)
        return fail(MFALS_NO_OUTPUT, "cannot lock '%s': %s", attempt->path, errno_text(error));
    enum holder_state state = hold_record_state(record);
    if (lock == LOCK_BUSY) {
        attempt->again =
            state == HOLDER_NONE || state == HOLDER_DEAD; /* the new holder has not said who it is */
        return in_use(attempt);
    }
    attempt->again = !is_under(attempt->fd, attempt->path);
    if (attempt->again || state == HOLDER_LIVES)
        return in_use(attempt);
    if (record->held && record->token[0] == '\0' && lock == LOCK_HAD)
        return MFALS_OK; /* of a version that knew of no beats */
    bool unsure = state == HOLDER_ELSEWHERE || (state == HOLDER_NONE && lock != LOCK_HAD && !attempt->made);
    if (unsure && beats(record, attempt->path)) {
        attempt->again = !is_under(attempt->fd, attempt->path);
        hold_record_read(record, attempt->fd);
        return in_use(attempt);
    }
    if (record->token[0] != '\0' && (state == HOLDER_DEAD || lock == LOCK_HAD))
        remove_left(attempt->path, record->token);
    return MFALS_OK;
}

/* Where two have begun at the same time without a lock, the last to write stays. */
static status check_alone(struct attempt *attempt, const struct hold *hold)
{
    if (take_lock(hold->fd) != LOCK_NONE_HERE)
        return MFALS_OK;
    pause_ms(SETTLE_MS);
    if (!hold_record_read(&attempt->record, hold->fd) ||
        strcmp(attempt->record.token, hold->record.token) == 0)
        return MFALS_OK;
    return in_use(attempt);
}

static status claim(struct hold *hold, struct attempt *attempt)
{
    char token[HOLD_TOKEN_SIZE];
    int error = hold_record_new_token(token) ? 0 : EIO;
    hold_record_own(&hold->record, token);
    if (error == 0)
        error = hold_record_write(&hold->record, hold->fd);
    if (error != 0)
        return fail(MFALS_NO_OUTPUT, "cannot write '%s': %s", hold->path, errno_text(error));
    return check_alone(attempt, hold);
}

static status take(struct hold *hold, const char *what)
{
    status done = MFALS_OK;
    for (int i = 0; i < TRIES; i++) {
        struct attempt attempt = {.path = hold->path, .what = what};
        status opened = open_lock(&attempt.fd, &attempt.made, hold->path, what);
        hold->fd = attempt.fd;
        TRY(opened);
        if (hold->fd < 0)
            continue;
        done = look(&attempt);
        if (done == MFALS_OK)
            return claim(hold, &attempt);
        close(hold->fd);
        hold->fd = -1;
        if (!attempt.again)
            break;
        pause_ms(POLL_MS);
    }
    return done != MFALS_OK ? done
                            : fail(MFALS_NO_OUTPUT, "cannot create '%s': it comes and goes", hold->path);
}

status hold_sync(struct hold *hold)
{
    int error = 0;
    if (hold->synced)
        return MFALS_OK;
    do
        error = fsync(hold->fd) != 0 ? errno : 0;
    while (error == EINTR);
    hold->synced = error == 0;
    return error == 0 ? MFALS_OK
                      : fail(MFALS_NO_OUTPUT, "cannot sync '%s': %s", hold->path, errno_text(error));
}

static void free_hold(struct hold *hold)
{
    if (hold->fd >= 0)
        close(hold->fd);
    memory_free(hold->path);
    memory_free(hold);
}

static status take_new(struct hold **hold, const char *path, const char *what, bool keep)
{
    TRY(allocate(hold, 1));
    (*hold)->fd = -1;
    (*hold)->keep = keep;
    (*hold)->references = 1;
    status done = allocate(&(*hold)->path, (int64_t)strlen(path) + 1);
    if (done == MFALS_OK) {
        memcpy((*hold)->path, path, strlen(path));
        done = take(*hold, what);
    }
    if (done == MFALS_OK) {
        hold_beat_add(*hold);
        return MFALS_OK;
    }
    free_hold(*hold);
    *hold = NULL;
    return done;
}

status hold_take(struct hold **hold, const char *path, const char *what, bool keep)
{
    *hold = hold_beat_find(path);
    if (*hold == NULL)
        return take_new(hold, path, what, keep);
    status held = hold_check(*hold);
    if (keep)
        held = fail(MFALS_NO_OUTPUT, "%s is in use by another run: %s", what, (*hold)->record.holder);
    if (held != MFALS_OK)
        hold_release(hold);
    return held;
}

/* While it is still held: whoever has opened the old file finds another one, or none, under the name. */
static void give_back(const struct hold *hold)
{
    struct hold_record free_now = {.ours = true};
    if (atomic_load(&hold->lost) || !is_under(hold->fd, hold->path))
        return;
    if (hold->keep)
        hold_record_write(&free_now, hold->fd);
    else
        unlink(hold->path);
}

void hold_release(struct hold **hold)
{
    struct hold *old = *hold;
    *hold = NULL;
    if (old == NULL || !hold_beat_remove(old))
        return;
    give_back(old);
    free_hold(old);
}

status hold_check(const struct hold *hold)
{
    if (hold == NULL || !atomic_load(&hold->lost))
        return MFALS_OK;
    return fail(MFALS_NO_OUTPUT, "'%s' has been taken by another run while this one stood still", hold->path);
}

status hold_seen(const char *path, const char *token)
{
    struct hold_record record = {0};
    char host[256] = "a node";
    int error = 0;
    for (int waited = 0; waited <= HOLD_SEEN_MS; waited += POLL_MS) {
        int fd = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
        error = fd < 0 || !hold_record_read(&record, fd) ? errno : 0;
        if (fd >= 0)
            close(fd);
        if (error == 0 && strcmp(record.token, token) == 0)
            return MFALS_OK;
        if (error != 0 && error != ENOENT && error != ESTALE)
            break;
        pause_ms(POLL_MS);
    }
    gethostname(host, sizeof host - 1);
    return fail(MFALS_NO_OUTPUT, "cannot write '%s' from %s: %s", path, host,
                error != 0 ? errno_text(error) : "another file is there; all nodes must see the same folder");
}
