/* The files of an input, in the order in which their lines count. */
#ifndef READ_INPUTS_H
#define READ_INPUTS_H

#include "comm/comm.h"
#include "read/encoding.h"
#include "read/options.h"
#include "read/spool.h"
#include "read/stream.h"

#include <stdbool.h>

/* A position is (file << POSITION_FILE_SHIFT) + offset of a line's first byte in the file's text;
 * INT64_MAX is none. */
enum { POSITION_FILE_SHIFT = 44, INPUTS_MAX = (1 << 19) - 1 };

struct input {
    int64_t path; /* where it begins in inputs->text */
    int64_t size; /* of the file as it lies there, or of what came through the pipe */
    enum compression compression;
    bool is_parquet;
    enum encoding encoding;
    bool lone_cr;
    int spool;    /* its place among inputs->spools; -1: it is a file that every rank can open */
    int64_t turn; /* one rank reads it for all: that of number turn modulo size; -1: each reads its share */
};

struct inputs {
    struct input *files; /* owned */
    int64_t count;
    char *text;           /* owned: the paths, each ended by NUL */
    const char *encoding; /* not owned: named by the user, or NULL */
    struct spool *spools; /* owned: on rank 0, which reads them; else NULL */
    int spool_count;
};

/* [collective] Rank 0 lists options->paths, a directory being its regular files by name without those that
 * begin with '.' or '_'; all ranks get the list. What comes through a pipe, or standard input, "-", is taken into a
 * temporary file of rank 0's. Directories inside a directory are warned of. *inputs is set in any case, and is the
 * caller's to free. MFALS_USAGE for an encoding that is not known; MFALS_NO_INPUT for a path that cannot be opened or a
 * directory without files; MFALS_IO where reading fails; as recognise; MFALS_BAD_DATA for too large or too many files. */
status inputs_list(struct inputs *inputs, const struct comm *comm, const struct read_options *options);

/* [local] The same of one path to text, for a rank that reads a list alone. */
status inputs_of_list(struct inputs *inputs, const char *path, const char *encoding);

/* [local] What files are called. Valid as long as inputs. */
static inline const char *inputs_path(const struct inputs *inputs, int64_t file)
{
    return inputs->text + inputs->files[file].path;
}

/* [local] To be opened by any rank, or, where a rank reads it for all, by that one. Valid as long as inputs. */
struct source inputs_source(const struct inputs *inputs, int64_t file);

/* [local] Whether each rank reads its share of the file's bytes; otherwise one reads it for all. */
static inline bool inputs_file_is_shared(const struct inputs *inputs, int64_t file)
{
    return inputs->files[file].turn < 0;
}

/* [local] Whether this rank reads the file for all. */
static inline bool inputs_file_is_mine(const struct inputs *inputs, int64_t file, const struct comm *comm)
{
    return inputs->files[file].turn >= 0 && inputs->files[file].turn % comm->size == comm->rank;
}

/* [local] Whether any of the files is read by one rank for all. */
bool inputs_are_dealt(const struct inputs *inputs);

/* [local] Accepts a zeroed struct. */
void inputs_free(struct inputs *inputs);

#endif
