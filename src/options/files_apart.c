#include "options/files_apart.h"

#include "base/memory.h"
#include "base/path.h"
#include "options/option_table.h"
#include "store/export.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINKS_MOST = 40 };

struct identity {
    dev_t device;
    ino_t inode;
};

/* Where a path leads. */
struct place {
    bool is_there, is_folder, is_stream; /* a stream: neither a file nor a folder nor a named pipe */
    struct identity file;                /* if it is there */
    struct identity folder;              /* that holds it */
    char name[NAME_MAX + 1];             /* in that folder */
};

/* A file or a folder of the run. */
struct use {
    const char *path; /* not owned, but of an export: */
    char *owned;      /* NULL, or the same */
    const char *what; /* the option's name, or what the command's words are */
    bool option;      /* what is an option's name */
    enum option_file role;
    struct place place;
    bool placed; /* what it leads to is known */
};

struct uses {
    struct use *use; /* owned */
    int64_t count, capacity;
};

static void uses_free(struct uses *uses)
{
    for (int64_t i = 0; i < uses->count; i++)
        memory_free(uses->use[i].owned);
    memory_free(uses->use);
}

static bool same(const struct identity *one, const struct identity *other)
{
    return one->device == other->device && one->inode == other->inode;
}

/* Cuts the name off a path; "/" and "." where there is no folder before it. */
static const char *split(char *path)
{
    char *slash = strrchr(path, '/');
    if (slash == NULL) {
        memmove(path + 2, path, strlen(path) + 1);
        memcpy(path, ".", 2);
        return path + 2;
    }
    if (slash == path) { /* the folder is the root */
        memmove(path + 2, path + 1, strlen(path + 1) + 1);
        path[1] = '\0';
        return path + 2;
    }
    *slash = '\0';
    return slash + 1;
}

/* whole <- the path of what is there, or will be, behind links. False where that cannot be told. */
static bool follow(char whole[PATH_MAX + 2], const char *path)
{
    char next[2 * PATH_MAX + 2], target[PATH_MAX];
    if (strlen(path) >= PATH_MAX)
        return false;
    memcpy(next, path, strlen(path) + 1);
    for (int links = 0; links < LINKS_MOST && strlen(next) < PATH_MAX; links++) {
        if (realpath(next, whole) != NULL)
            return true;
        ssize_t length = readlink(next, target, sizeof target - 1);
        if (length < 0) {
            memcpy(whole, next, strlen(next) + 1);
            return errno == ENOENT;
        }
        target[length] = '\0';
        char *slash = strrchr(next, '/');
        memcpy(target[0] == '/' || slash == NULL ? next : slash + 1, target, (size_t)length + 1);
    }
    return false;
}

static bool find_place(struct place *place, const char *path)
{
    char whole[PATH_MAX + 2];
    struct stat about;
    *place = (struct place){0};
    if (!follow(whole, path))
        return false;
    place->is_there = stat(whole, &about) == 0;
    if (place->is_there) {
        place->file = (struct identity){about.st_dev, about.st_ino};
        place->is_folder = S_ISDIR(about.st_mode);
        place->is_stream = !S_ISREG(about.st_mode) && !S_ISDIR(about.st_mode) && !S_ISFIFO(about.st_mode);
    }
    while (strlen(whole) > 1 && whole[strlen(whole) - 1] == '/')
        whole[strlen(whole) - 1] = '\0';
    const char *name = split(whole);
    if (strlen(name) > NAME_MAX || stat(whole, &about) != 0)
        return false;
    memcpy(place->name, name, strlen(name) + 1);
    place->folder = (struct identity){about.st_dev, about.st_ino};
    return true;
}

static bool same_place(const struct place *one, const struct place *other)
{
    if (one->is_there != other->is_there || one->is_stream || other->is_stream)
        return false;
    if (one->is_there)
        return same(&one->file, &other->file);
    return same(&one->folder, &other->folder) && strcmp(one->name, other->name) == 0;
}

static status add_use(struct uses *uses, struct use use)
{
    TRY(memory_grow(&uses->use, &uses->capacity, uses->count + 1, sizeof *uses->use));
    use.placed = find_place(&use.place, use.path);
    uses->use[uses->count++] = use;
    return MFALS_OK;
}

/* The files of an export to NumPy's format, which are named after the one given. */
static status add_export(struct uses *uses, const struct use *output)
{
    int length = (int)strlen(output->path) - (int)strlen(".npy");
    for (int i = 0; i < EXPORT_NPY_FILES; i++) {
        struct use file = *output;
        int64_t size = length + (int64_t)strlen(export_npy_suffix[i]) + 1;
        TRY(allocate(&file.owned, size));
        snprintf(file.owned, (size_t)size, "%.*s%s", length, output->path, export_npy_suffix[i]);
        file.path = file.owned;
        status added = add_use(uses, file);
        if (added != MFALS_OK)
            memory_free(file.owned);
        TRY(added);
    }
    return MFALS_OK;
}

static status add_option(struct uses *uses, const struct run_config *config, const char *output,
                         const struct option_row *option)
{
    const char *path = *(const char *const *)((const char *)config + option->field);
    if (output != NULL && strcmp(option->name, "output") == 0)
        path = output;
    struct use use = {.path = path, .what = option->name, .option = true, .role = option->file};
    if (path == NULL ||
        (option->file == FILE_RESUMED && (strcmp(path, "auto") == 0 || strcmp(path, "never") == 0)))
        return MFALS_OK;
    if (config->command->bit == FOR_CONVERT && option->file == FILE_WRITTEN && path_ends_with(path, ".npy"))
        return add_export(uses, &use);
    return add_use(uses, use);
}

static status list(struct uses *uses, const struct run_config *config, const char *output)
{
    for (int i = 0; i < config->operand_count; i++)
        TRY(add_use(uses, (struct use){.path = config->operands[i], .what = "file", .role = FILE_READ}));
    for (int i = 0; i < option_count; i++)
        if (option_table[i].file != NO_FILE && (option_table[i].commands & (int)config->command->bit) != 0)
            TRY(add_option(uses, config, output, &option_table[i]));
    return MFALS_OK;
}

static bool is_output(const struct use *use)
{
    return use->role == FILE_WRITTEN || use->role == FOLDER_WRITTEN;
}

/* What another file is called in a message. */
static const char *called(char text[64], const struct use *use)
{
    snprintf(text, 64, "%s%s", use->option ? "--" : "the ", use->what);
    return text;
}

static bool is_read(const char *name)
{
    return name[0] != '.' && name[0] != '_';
}

/* Whether the output is one of the files of a folder that is read. */
static status check_folder(const struct use *output, const struct use *input)
{
    DIR *folder = opendir(input->path);
    char path[PATH_MAX];
    status done = MFALS_OK;
    for (const struct dirent *entry;
         folder != NULL && done == MFALS_OK && (entry = readdir(folder)) != NULL;) {
        struct stat about;
        if (!is_read(entry->d_name) ||
            (size_t)snprintf(path, sizeof path, "%s/%s", input->path, entry->d_name) >= sizeof path ||
            stat(path, &about) != 0)
            continue;
        if (output->place.is_there &&
            same(&output->place.file, &(struct identity){about.st_dev, about.st_ino}))
            done = fail(MFALS_USAGE, "--%s: '%s' is one of the inputs, '%s'; name another file", output->what,
                        output->path, path);
    }
    if (folder != NULL)
        closedir(folder);
    if (done == MFALS_OK && output->role == FILE_WRITTEN && same(&output->place.folder, &input->place.file) &&
        is_read(output->place.name))
        done = fail(MFALS_USAGE,
                    "--%s: '%s' would become one of the inputs of the folder '%s'; name another folder",
                    output->what, output->path, input->path);
    return done;
}

/* Names that checkpoints come and go by. */
static bool is_of_checkpoints(const char *name)
{
    return strcmp(name, "lock") == 0 || strncmp(name, "checkpoint-", strlen("checkpoint-")) == 0;
}

/* What a checkpoint folder holds of mfals is no place for other files; to be read are those for --resume alone. */
static status check_checkpoints(const struct use *folder, const struct use *other)
{
    if (!folder->place.is_there || !same(&folder->place.file, &other->place.folder) ||
        other->role == FILE_RESUMED || !is_of_checkpoints(other->place.name))
        return MFALS_OK;
    char what[64];
    return fail(MFALS_USAGE, "--%s: in '%s', %s '%s' is among its own files; name another folder",
                folder->what, folder->path, called(what, other), other->path);
}

static status check_pair(const struct use *output, const struct use *other)
{
    char what[64];
    if (!output->placed || !other->placed)
        return MFALS_OK;
    if (same_place(&output->place, &other->place))
        return is_output(other)
                   ? fail(MFALS_USAGE, "--%s: '%s' is the output of %s '%s' too; name another file",
                          output->what, output->path, called(what, other), other->path)
                   : fail(MFALS_USAGE, "--%s: '%s' is one of the inputs, %s '%s'; name another file",
                          output->what, output->path, called(what, other), other->path);
    if (output->role == FOLDER_WRITTEN)
        TRY(check_checkpoints(output, other));
    return !is_output(other) && other->place.is_folder ? check_folder(output, other) : MFALS_OK;
}

/* A pair of outputs is told by the later one, and by a folder from both sides. */
static status check_all(const struct uses *uses)
{
    for (int64_t i = 0; i < uses->count; i++)
        for (int64_t j = 0; j < uses->count && is_output(&uses->use[i]); j++)
            if (i != j && (j < i || !is_output(&uses->use[j]) || uses->use[i].role == FOLDER_WRITTEN))
                TRY(check_pair(&uses->use[i], &uses->use[j]));
    return MFALS_OK;
}

/* [local] */
static status check(const struct run_config *config, const char *output, const char *also)
{
    __attribute__((cleanup(uses_free))) struct uses uses = {0};
    TRY(list(&uses, config, output));
    if (also != NULL)
        TRY(add_use(&uses, (struct use){.path = also, .what = "training's ratings", .role = FILE_READ}));
    return check_all(&uses);
}

status files_check_apart(const struct comm *comm, const struct run_config *config, const char *output,
                         const char *also)
{
    return agree(comm, comm->rank == 0 ? check(config, output, also) : MFALS_OK);
}
