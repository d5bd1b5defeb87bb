/* The files of an input, in the order in which their lines count. */
#ifndef READ_INPUTS_H
#define READ_INPUTS_H

#include "comm/comm.h"
#include "read/options.h"
#include "read/stream.h"

#include <stdbool.h>

/* A position is (file << POSITION_FILE_SHIFT) + offset of a line's first byte in the decompressed file;
 * INT64_MAX is none. */
enum { POSITION_FILE_SHIFT = 44, INPUTS_MAX = (1 << 19) - 1 };

struct input {
    int64_t path; /* where it begins in inputs->text */
    int64_t size; /* of the file as it lies there */
    enum compression compression;
    bool is_parquet;
};

struct inputs {
    struct input *files; /* owned */
    int64_t count;
    char *text; /* owned: the paths, each ended by NUL */
};

/* [collective] Rank 0 lists options->paths, a directory being its regular files by name without those that
 * begin with '.' or '_'; all ranks get the list. Directories inside a directory are warned of. *inputs is set in
 * any case, and is the caller's to free. MFALS_NO_INPUT for a path that cannot be opened or a directory without files;
 * MFALS_IO where reading fails; MFALS_BAD_DATA for a file that is HDF5 or not what its name says, for too large or too
 * many files. */
status inputs_list(struct inputs *inputs, const struct comm *comm, const struct read_options *options);

/* [local] The same of one path to text, which may also be a pipe, for a rank that reads a list alone. A pipe is compressed as
 * its name says. */
status inputs_of_list(struct inputs *inputs, const char *path);

/* [local] Valid as long as inputs. */
static inline const char *inputs_path(const struct inputs *inputs, int64_t file)
{
    return inputs->text + inputs->files[file].path;
}

/* [local] Whether any of the files is. */
bool inputs_are_compressed(const struct inputs *inputs);

/* [local] Accepts a zeroed struct. */
void inputs_free(struct inputs *inputs);

#endif
