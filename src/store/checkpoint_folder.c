#include "store/checkpoint_folder.h"

#include "base/number.h"
#include "store/durable_bytes.h"
#include "store/trailer.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { NAME_SPACE = 64 };
static const char prefix[] = "checkpoint-", suffix[] = ".h5";

void checkpoint_folder_path(char *path, const char *folder, int64_t iteration)
{
    snprintf(path, CHECKPOINT_PATH_SIZE, "%s/%s%" PRId64 "%s", folder, prefix, iteration, suffix);
}

/* Whether name is checkpoint-<iteration>.h5, the number written as checkpoint_folder_path does. */
static bool is_checkpoint(int64_t *iteration, const char *name)
{
    char written[NAME_SPACE];
    size_t begin = strlen(prefix), digits = strspn(name + strnlen(name, begin), "0123456789");
    if (strncmp(name, prefix, begin) != 0 || !number_parse_int(iteration, name + begin, (int64_t)digits))
        return false;
    snprintf(written, sizeof written, "%s%" PRId64 "%s", prefix, *iteration, suffix);
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

/* Calls `each` with the names of checkpoints. */
static status walk(const struct checkpoint_folder *folder,
                   void (*each)(void *context, const char *path, int64_t iteration), void *context)
{
    DIR *entries = opendir(folder->path);
    char path[CHECKPOINT_PATH_SIZE];
    int64_t iteration;
    if (entries == NULL)
        return fail(MFALS_NO_INPUT, "cannot read the folder '%s': %s", folder->path, errno_text(errno));
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;)
        if (is_checkpoint(&iteration, entry->d_name)) {
            checkpoint_folder_path(path, folder->path, iteration);
            each(context, path, iteration);
        }
    closedir(entries);
    return MFALS_OK;
}

status checkpoint_folder_open(struct checkpoint_folder *folder, const char *path)
{
    char lock[CHECKPOINT_PATH_SIZE], what[CHECKPOINT_PATH_SIZE + NAME_SPACE];
    *folder = (struct checkpoint_folder){.path = path};
    TRY(make(path));
    snprintf(lock, sizeof lock, "%s/lock", path);
    snprintf(what, sizeof what, "the checkpoint folder '%s'", path);
    return hold_take(&folder->hold, lock, what, true);
}

void checkpoint_folder_close(struct checkpoint_folder *folder)
{
    hold_release(&folder->hold);
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
    status walked = walk(folder, insert, &listing);
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
        trailer_remove_file(path);
}

void checkpoint_folder_prune(const struct checkpoint_folder *folder, int64_t keep, int64_t keep_too,
                             bool keep_later)
{
    walk(folder, remove_others, &(struct kept){{keep, keep_too}, keep_later});
}
