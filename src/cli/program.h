/* A run of a command: the ranks, what the user chose, and values of it. */
#ifndef CLI_PROGRAM_H
#define CLI_PROGRAM_H

#include "cli/launch.h"

#include <mfals/mfals.h>
#include <stdbool.h>

#ifndef TRY
#define TRY(call)                                                                                            \
    do {                                                                                                     \
        enum mfals_status try_status_ = (call);                                                              \
        if (try_status_ != MFALS_OK)                                                                         \
            return try_status_;                                                                              \
    } while (0)
#endif

/* Nothing in it is owned. */
struct program {
    struct mfals_context *context;
    struct launch *launch;
    MPI_Comm comm; /* of all ranks; not the context's own */
    int rank, size;
    bool speaks;      /* this process writes what a person reads */
    bool is_alone;    /* without MPI */
    bool needs_ranks; /* alone, and the command's work is for ranks */
    struct mfals_command command;
    struct mfals_options *options;
    char **words; /* those that are no options */
    int word_count;
    const char *line; /* the whole command, to be pasted into a shell; on rank 0, and NULL without memory */
};

/* [local] The text of an option in force, valid until the options are freed; NULL where it has none, or is no text. */
const char *program_text(const struct program *program, const char *option);

/* [local] The number of an option in force; 0 where it has none. */
double program_number(const struct program *program, const char *option);

/* [local] The version of this program and what tells its build from others. Returns build. */
enum { PROGRAM_BUILD_SIZE = 256 };
const char *program_build(char build[PROGRAM_BUILD_SIZE]);

/* [local] Whether a switch, or a flag such as quiet, is on. */
bool program_is_on(const struct program *program, const char *option);

/* [local] The same as mfals_fail, for the program's context. */
#define FAIL(program, ...) mfals_fail((program)->context, __VA_ARGS__)

#endif
