#include "store/checkpoint_folder.h"

#include "base/number.h"
#include "store/durable.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_SPACE = 64, HOLDER_SIZE = 512 };
static const char prefix[] = "checkpoint-", suffix[] = ".h5", partial_suffix[] = ".h5.partial";

void checkpoint_folder_path(char *path, const char *folder, int64_t iteration)
{
    snprintf(path, CHECKPOINT_PATH_SIZE, "%s/%s%" PRId64 "%s", folder, prefix, iteration, suffix);
}

/* Whether name is checkpoint-<iteration><ending>, the number written as checkpoint_folder_path does. */
static bool is_checkpoint(int64_t *iteration, const char *name, const char *ending)
{
    char written[NAME_SPACE];
    size_t begin = strlen(prefix), digits = strspn(name + strnlen(name, begin), "0123456789");
    if (strncmp(name, prefix, begin) != 0 || !number_parse_int(iteration, name + begin, (int64_t)digits))
        return false;
    snprintf(written, sizeof written, "%s%" PRId64 "%s", prefix, *iteration, ending);
    return strcmp(name, written) == 0;
}

static status make(const char *path)
{
    char copy[CHECKPOINT_PATH_SIZE]; /* dirname changes its argument */
    struct stat there;
    if (strlen(path) + NAME_SPACE >= CHECKPOINT_PATH_SIZE)
        return fail(MFALS_NO_OUTPUT, "cannot use the folder '%s': its name is too long", path);
    if (mkdir(path, 0777) == 0) {
        snprintf(copy, sizeof copy, "%s", path);
        return durable_sync_folder(dirname(copy));
    }
    int error = errno;
    if (stat(path, &there) == 0 && S_ISDIR(there.st_mode))
        return MFALS_OK;
    return fail(MFALS_NO_OUTPUT, "cannot use the folder '%s': %s", path,
                errno_text(error == EEXIST ? ENOTDIR : error));
}

/* The first line of the lock file, "host ..., process ..., job ...". */
static void read_holder(char holder[HOLDER_SIZE], int fd)
{
    ssize_t got = pread(fd, holder, HOLDER_SIZE - 1, 0);
    holder[got > 0 ? got : 0] = '\0';
    holder[strcspn(holder, "\n")] = '\0';
}

/* A line over the old text, which is cut off behind it. */
static status write_holder(int fd, const char *path)
{
    char line[HOLDER_SIZE], host[256] = "unknown";
    const char *job = getenv("SLURM_JOB_ID");
    gethostname(host, sizeof host - 1);
    int length = snprintf(line, sizeof line, "host %s, process %ld, job %s\n", host, (long)getpid(),
                          job != NULL && strlen(job) < 32 ? job : "none");
    TRY(durable_write(fd, path, 0, line, length));
    if (ftruncate(fd, length) != 0)
        return fail(MFALS_NO_OUTPUT, "cannot write '%s': %s", path, errno_text(errno));
    return MFALS_OK;
}

static bool lives_here(const char *holder)
{
    char there[256], here[256] = "";
    long process;
    gethostname(here, sizeof here - 1);
    return sscanf(holder, "host %255[^,], process %ld", there, &process) == 2 && strcmp(there, here) == 0 &&
           process > 1 && process != (long)getpid() && kill((pid_t)process, 0) == 0;
}

/* The system gives the lock back when its holder ends, be it by kill -9 or with its node. Some file systems have none:
 * then a run can only be told by its text, and only on its own host whether it still lives. */
static status take_lock(int fd, const char *folder)
{
    char holder[HOLDER_SIZE];
    int error;
    do
        error = flock(fd, LOCK_EX | LOCK_NB) != 0 ? errno : 0;
    while (error == EINTR);
    read_holder(holder, fd);
    if (error == 0 || ((error == ENOSYS || error == EOPNOTSUPP || error == ENOLCK) && !lives_here(holder)))
        return MFALS_OK;
    return fail(MFALS_NO_OUTPUT, "the checkpoint folder '%s' is in use by another run: %s", folder,
                holder[0] != '\0' ? holder : "just starting");
}

static status lock(struct checkpoint_folder *folder)
{
    char path[CHECKPOINT_PATH_SIZE];
    snprintf(path, sizeof path, "%s/lock", folder->path);
    folder->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (folder->lock < 0)
        return fail(MFALS_NO_OUTPUT, "cannot create '%s': %s", path, errno_text(errno));
    TRY(take_lock(folder->lock, folder->path));
    return write_holder(folder->lock, path);
}

/* Calls `each` with the names of checkpoints, of those with this ending. */
static status walk(const struct checkpoint_folder *folder, const char *ending,
                   void (*each)(void *context, const char *path, int64_t iteration), void *context)
{
    DIR *entries = opendir(folder->path);
    char path[CHECKPOINT_PATH_SIZE + NAME_SPACE];
    int64_t iteration;
    if (entries == NULL)
        return fail(MFALS_NO_INPUT, "cannot read the folder '%s': %s", folder->path, errno_text(errno));
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;)
        if (is_checkpoint(&iteration, entry->d_name, ending)) {
            snprintf(path, sizeof path, "%s/%s%" PRId64 "%s", folder->path, prefix, iteration, ending);
            each(context, path, iteration);
        }
    closedir(entries);
    return MFALS_OK;
}

static void remove_partial(void *context, const char *path, int64_t iteration)
{
    (void)context, (void)iteration;
    unlink(path);
}

status checkpoint_folder_open(struct checkpoint_folder *folder, const char *path)
{
    *folder = (struct checkpoint_folder){.path = path, .lock = -1};
    TRY(make(path));
    TRY(lock(folder));
    return walk(folder, partial_suffix, remove_partial, NULL);
}

void checkpoint_folder_close(struct checkpoint_folder *folder)
{
    if (folder->path != NULL && folder->lock >= 0)
        close(folder->lock);
    *folder = (struct checkpoint_folder){0};
}

struct listing {
    int64_t *iterations;
    int count;
};

/* The largest first; of too many the smallest fall out. */
static void insert(void *context, const char *path, int64_t iteration)
{
    struct listing *listing = context;
    (void)path;
    if (listing->count == CHECKPOINTS_MAX && listing->iterations[CHECKPOINTS_MAX - 1] >= iteration)
        return;
    listing->count += listing->count < CHECKPOINTS_MAX;
    int place = listing->count - 1;
    for (; place > 0 && listing->iterations[place - 1] < iteration; place--)
        listing->iterations[place] = listing->iterations[place - 1];
    listing->iterations[place] = iteration;
}

status checkpoint_folder_list(const struct checkpoint_folder *folder, int64_t *iterations, int *count)
{
    struct listing listing = {.iterations = iterations};
    status walked = walk(folder, suffix, insert, &listing);
    *count = listing.count;
    return walked;
}

struct kept {
    int64_t iterations[2];
    bool later; /* and those of later iterations than the first */
};

static void remove_others(void *context, const char *path, int64_t iteration)
{
    const struct kept *kept = context;
    bool later = kept->later && iteration > kept->iterations[0];
    if (iteration != kept->iterations[0] && iteration != kept->iterations[1] && !later)
        unlink(path);
}

void checkpoint_folder_prune(const struct checkpoint_folder *folder, int64_t keep, int64_t keep_too,
                             bool keep_later)
{
    walk(folder, suffix, remove_others, &(struct kept){{keep, keep_too}, keep_later});
}
