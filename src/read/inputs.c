#include "read/inputs.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/path.h"
#include "parquet/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Inputs as they grow on rank 0. */
struct listing {
    struct inputs *inputs; /* not owned */
    int64_t file_capacity, text_bytes, text_capacity;
    int64_t folders; /* met inside the current one */
};

static status cannot_read(const char *path, int error)
{
    return fail(MFALS_NO_INPUT, "cannot read '%s': %s", path, errno_text(error));
}

static status recognise(struct input *input, const char *path)
{
    int file = open(path, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return cannot_read(path, errno);
    unsigned char magic[MAGIC_BYTES];
    ssize_t length = pread(file, magic, sizeof magic, 0);
    int error = errno;
    close(file);
    if (length < 0)
        return fail(MFALS_IO, "cannot read '%s': %s", path, errno_text(error));
    if (hdf5_begins(magic, length))
        return fail(MFALS_BAD_DATA, "'%s' is an HDF5 file; such ratings can only be read alone", path);
    if (path_ends_with(path, ".h5") || path_ends_with(path, ".hdf5"))
        return fail(MFALS_BAD_DATA, "%s: not an HDF5 file", path);
    input->is_parquet = parquet_begins(magic, length) || parquet_begins_encrypted(magic, length);
    input->compression = compression_of_magic(magic, length);
    enum compression named = compression_of_name(path);
    if (named != COMPRESSION_NONE && input->compression != named)
        return fail(MFALS_BAD_DATA, "%s: not %s %s file", path, named == COMPRESSION_XZ ? "an" : "a",
                    compression_name(named));
    return MFALS_OK;
}

static status add_file(struct listing *listing, const char *path, const struct stat *about)
{
    struct inputs *inputs = listing->inputs;
    if (inputs->count == INPUTS_MAX)
        return fail(MFALS_BAD_DATA, "%s: more than %d files", path, INPUTS_MAX);
    if (about->st_size >= (int64_t)1 << POSITION_FILE_SHIFT)
        return fail(MFALS_BAD_DATA, "%s: a file of 16 TiB or more, cut it into parts", path);
    struct input file = {.path = listing->text_bytes, .size = about->st_size};
    int64_t bytes = (int64_t)strlen(path) + 1;
    if (S_ISFIFO(about->st_mode)) /* what is read of it to look is gone */
        file.compression = compression_of_name(path);
    else
        TRY(recognise(&file, path));
    TRY(memory_grow(&inputs->files, &listing->file_capacity, inputs->count + 1, sizeof *inputs->files));
    TRY(memory_grow(&inputs->text, &listing->text_capacity, listing->text_bytes + bytes, 1));
    memcpy(inputs->text + listing->text_bytes, path, (size_t)bytes);
    listing->text_bytes += bytes;
    inputs->files[inputs->count++] = file;
    return MFALS_OK;
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

static status add_path(struct listing *listing, const char *path, bool pipes)
{
    struct stat about;
    if (stat(path, &about) != 0)
        return cannot_read(path, errno);
    if (S_ISDIR(about.st_mode))
        return add_directory(listing, path);
    if (S_ISREG(about.st_mode) || (pipes && S_ISFIFO(about.st_mode)))
        return add_file(listing, path, &about);
    return fail(MFALS_NO_INPUT, "cannot read '%s': neither a regular file nor a directory", path);
}

static status list_paths(struct listing *listing, const struct read_options *options)
{
    if (options->path_count == 0)
        return fail(MFALS_USAGE, "no file of ratings is named");
    for (int i = 0; i < options->path_count; i++)
        TRY(add_path(listing, options->paths[i], false));
    return MFALS_OK;
}

status inputs_of_list(struct inputs *inputs, const char *path)
{
    *inputs = (struct inputs){0};
    struct listing listing = {.inputs = inputs};
    TRY(add_path(&listing, path, true));
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
    *inputs = (struct inputs){0};
    struct listing listing = {.inputs = inputs};
    TRY(agree(comm, comm->rank == 0 ? list_paths(&listing, options) : MFALS_OK));
    int64_t sizes[2] = {inputs->count, listing.text_bytes};
    comm_broadcast(comm, sizes, sizeof sizes, 0);
    TRY(agree(comm, comm->rank == 0 ? MFALS_OK : make_room(inputs, sizes[0], sizes[1])));
    comm_broadcast(comm, inputs->files, sizes[0] * (int64_t)sizeof *inputs->files, 0);
    comm_broadcast(comm, inputs->text, sizes[1], 0);
    return MFALS_OK;
}

bool inputs_are_compressed(const struct inputs *inputs)
{
    for (int64_t file = 0; file < inputs->count; file++)
        if (inputs->files[file].compression != COMPRESSION_NONE)
            return true;
    return false;
}

void inputs_free(struct inputs *inputs)
{
    memory_free(inputs->files);
    memory_free(inputs->text);
    *inputs = (struct inputs){0};
}
