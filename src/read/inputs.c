#include "read/inputs.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/watchdog.h"
#include "read/recognise.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Inputs as they grow on rank 0. */
struct listing {
    struct inputs *inputs; /* not owned */
    int64_t file_capacity, text_bytes, text_capacity, spool_capacity;
    int64_t folders; /* met inside the current one */
};

static status cannot_read(const char *path, int error)
{
    return fail(MFALS_NO_INPUT, "cannot read '%s': %s", path, errno_text(error));
}

static status add(struct listing *listing, const char *name, struct input file)
{
    struct inputs *inputs = listing->inputs;
    if (inputs->count == INPUTS_MAX)
        return fail(MFALS_BAD_DATA, "%s: more than %d files", name, INPUTS_MAX);
    int64_t bytes = (int64_t)strlen(name) + 1;
    file.path = listing->text_bytes;
    file.turn = -1;
    TRY(memory_grow(&inputs->files, &listing->file_capacity, inputs->count + 1, sizeof *inputs->files));
    TRY(memory_grow(&inputs->text, &listing->text_capacity, listing->text_bytes + bytes, 1));
    memcpy(inputs->text + listing->text_bytes, name, (size_t)bytes);
    listing->text_bytes += bytes;
    inputs->files[inputs->count++] = file;
    return MFALS_OK;
}

static status add_file(struct listing *listing, const char *path, const struct stat *about)
{
    if (about->st_size >= (int64_t)1 << POSITION_FILE_SHIFT)
        return fail(MFALS_BAD_DATA, "%s: a file of 16 TiB or more, cut it into parts", path);
    return add(listing, path, (struct input){.size = about->st_size, .spool = -1});
}

static status add_pipe(struct listing *listing, const char *path)
{
    struct inputs *inputs = listing->inputs;
    TRY(memory_grow(&inputs->spools, &listing->spool_capacity, inputs->spool_count + 1,
                    sizeof *inputs->spools));
    int spool = inputs->spool_count++; /* to be closed even if it does not open */
    TRY(spool_open(&inputs->spools[spool], path));
    return add(listing, spool_name(path), (struct input){.spool = spool});
}

static int compare_paths(const void *a, const void *b, void *text)
{
    return strcmp((char *)text + ((const struct input *)a)->path,
                  (char *)text + ((const struct input *)b)->path);
}

static status add_entry(struct listing *listing, const char *directory, const char *name)
{
    scoped char *path = NULL;
    size_t length = strlen(directory), bytes = length + strlen(name) + 2;
    TRY(allocate(&path, (int64_t)bytes));
    memcpy(path, directory, length);
    if (length > 0 && path[length - 1] != '/')
        path[length++] = '/';
    memcpy(path + length, name, strlen(name) + 1);
    struct stat about;
    if (stat(path, &about) != 0)
        return cannot_read(path, errno);
    listing->folders += S_ISDIR(about.st_mode);
    return S_ISREG(about.st_mode) ? add_file(listing, path, &about) : MFALS_OK;
}

static status add_entries(struct listing *listing, const char *path, DIR *directory)
{
    for (;;) {
        errno = 0;
        const struct dirent *entry = readdir(directory);
        if (entry == NULL)
            return errno == 0 ? MFALS_OK : fail(MFALS_IO, "cannot read '%s': %s", path, errno_text(errno));
        if (entry->d_name[0] != '.' && entry->d_name[0] != '_')
            TRY(add_entry(listing, path, entry->d_name));
    }
}

static status add_directory(struct listing *listing, const char *path)
{
    struct inputs *inputs = listing->inputs;
    int64_t first = inputs->count;
    DIR *directory = opendir(path);
    if (directory == NULL)
        return cannot_read(path, errno);
    listing->folders = 0;
    status added = add_entries(listing, path, directory);
    closedir(directory);
    TRY(added);
    if (listing->folders > 0)
        log_warning("%" PRId64 " folder%s inside '%s' %s passed over", listing->folders,
                    listing->folders == 1 ? "" : "s", path, listing->folders == 1 ? "is" : "are");
    if (inputs->count == first)
        return fail(MFALS_NO_INPUT, "%s: a directory without files", path);
    qsort_r(inputs->files + first, (size_t)(inputs->count - first), sizeof *inputs->files, compare_paths,
            inputs->text);
    return MFALS_OK;
}

static status add_path(struct listing *listing, const char *path)
{
    struct stat about;
    if (spool_is_needed(path))
        return add_pipe(listing, path);
    if (stat(path, &about) != 0)
        return cannot_read(path, errno);
    if (S_ISDIR(about.st_mode))
        return add_directory(listing, path);
    if (S_ISREG(about.st_mode))
        return add_file(listing, path, &about);
    return fail(MFALS_NO_INPUT, "cannot read '%s': neither a regular file, a directory nor a pipe", path);
}

static status list_paths(struct listing *listing, const struct read_options *options)
{
    TRY(encoding_check(options->encoding));
    if (options->path_count == 0)
        return fail(MFALS_USAGE, "no file of ratings is named");
    for (int i = 0; i < options->path_count; i++)
        TRY(add_path(listing, options->paths[i]));
    return MFALS_OK;
}

/* Takes in more of the first pipe that has not ended; *left: whether there is one. */
static status fill_next(struct inputs *inputs, int64_t *left)
{
    *left = 0;
    for (int i = 0; i < inputs->spool_count && *left == 0; i++) {
        *left = !inputs->spools[i].ended;
        if (*left != 0)
            TRY(spool_fill(&inputs->spools[i]));
    }
    return MFALS_OK;
}

/* [collective] In rounds, so that those that wait see that there is progress. */
static status fill_spools(struct inputs *inputs, const struct comm *comm)
{
    int64_t left = 1;
    while (left != 0) {
        TRY(agree(comm, comm->rank == 0 ? fill_next(inputs, &left) : MFALS_OK));
        comm_broadcast(comm, &left, sizeof left, 0);
        watchdog_note();
    }
    return MFALS_OK;
}

static status recognise_file(struct inputs *inputs, int64_t number)
{
    struct input *file = &inputs->files[number];
    struct source source = inputs_source(inputs, number);
    TRY(recognise(&source, &file->encoding, &file->is_parquet, inputs->encoding));
    file->compression = source.compression;
    file->lone_cr = source.lone_cr;
    return MFALS_OK;
}

/* What a person would not expect is said once, of the first such file. */
static void describe(const struct inputs *inputs)
{
    bool marked = false, lone_cr = false;
    for (int64_t file = 0; file < inputs->count; file++) {
        const struct input *input = &inputs->files[file];
        const char *path = inputs_path(inputs, file), *encoding = encoding_name(input->encoding);
        if (input->spool >= 0)
            log_line("%s: %" PRId64 " bytes, kept in a temporary file while they are read", path,
                     input->size);
        if (encoding != NULL && !marked)
            log_line("%s: %s, by its byte order mark", path, encoding);
        if (input->lone_cr && !lone_cr)
            log_line("%s: lines end in CR", path);
        marked |= encoding != NULL;
        lone_cr |= input->lone_cr;
    }
}

/* What all files are, and who reads them. */
static status recognise_all(struct inputs *inputs)
{
    int64_t turns = 0;
    for (int64_t number = 0; number < inputs->count; number++) {
        struct input *file = &inputs->files[number];
        if (file->spool >= 0)
            file->size = inputs->spools[file->spool].bytes;
        TRY(recognise_file(inputs, number));
        struct source source = inputs_source(inputs, number);
        file->turn = file->spool >= 0 ? 0 : source_is_plain(&source) ? -1 : turns++;
    }
    describe(inputs);
    return MFALS_OK;
}

status inputs_of_list(struct inputs *inputs, const char *path, const char *encoding)
{
    *inputs = (struct inputs){.encoding = encoding};
    struct listing listing = {.inputs = inputs};
    TRY(encoding_check(encoding));
    TRY(add_path(&listing, path));
    for (int64_t left = 1; left != 0;)
        TRY(fill_next(inputs, &left));
    TRY(recognise_all(inputs));
    for (int64_t file = 0; file < inputs->count; file++)
        if (inputs->files[file].is_parquet)
            return fail(MFALS_BAD_DATA, "'%s' is a Parquet file, and such a list is read from text alone",
                        inputs_path(inputs, file));
    return MFALS_OK;
}

static status make_room(struct inputs *inputs, int64_t count, int64_t text_bytes)
{
    TRY(allocate(&inputs->files, count));
    TRY(allocate(&inputs->text, text_bytes));
    inputs->count = count;
    return MFALS_OK;
}

status inputs_list(struct inputs *inputs, const struct comm *comm, const struct read_options *options)
{
    *inputs = (struct inputs){.encoding = options->encoding};
    struct listing listing = {.inputs = inputs};
    TRY(agree(comm, comm->rank == 0 ? list_paths(&listing, options) : MFALS_OK));
    TRY(fill_spools(inputs, comm));
    TRY(agree(comm, comm->rank == 0 ? recognise_all(inputs) : MFALS_OK));
    int64_t sizes[2] = {inputs->count, listing.text_bytes};
    comm_broadcast(comm, sizes, sizeof sizes, 0);
    TRY(agree(comm, comm->rank == 0 ? MFALS_OK : make_room(inputs, sizes[0], sizes[1])));
    comm_broadcast(comm, inputs->files, sizes[0] * (int64_t)sizeof *inputs->files, 0);
    comm_broadcast(comm, inputs->text, sizes[1], 0);
    return MFALS_OK;
}

struct source inputs_source(const struct inputs *inputs, int64_t file)
{
    const struct input *input = &inputs->files[file];
    return (struct source){
        .path = inputs_path(inputs, file),
        .compression = input->compression,
        .encoding = input->encoding == ENCODING_NAMED ? inputs->encoding : encoding_name(input->encoding),
        .lone_cr = input->lone_cr,
        .spooled = input->spool >= 0,
        .spool = input->spool >= 0 && inputs->spools != NULL ? inputs->spools[input->spool].file : -1};
}

bool inputs_are_dealt(const struct inputs *inputs)
{
    for (int64_t file = 0; file < inputs->count; file++)
        if (!inputs_file_is_shared(inputs, file))
            return true;
    return false;
}

void inputs_free(struct inputs *inputs)
{
    for (int i = 0; i < inputs->spool_count; i++)
        spool_close(&inputs->spools[i]);
    memory_free(inputs->spools);
    memory_free(inputs->files);
    memory_free(inputs->text);
    *inputs = (struct inputs){0};
}
