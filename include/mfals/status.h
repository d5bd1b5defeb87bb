/* Status codes of libmfals: one list gives the constants, the exit codes and the texts.
 *
 *     enum mfals_status status = mfals_open(&context, MPI_COMM_WORLD);
 *     if (status != MFALS_OK)
 *         fprintf(stderr, "%s\n", mfals_status_text(status));
 */
#ifndef MFALS_STATUS_H
#define MFALS_STATUS_H

#include <mfals/api.h>
#include <stddef.h>

MFALS_BEGIN

/* X(name, exit code, text). The codes are those of sysexits.h, so that a job script can tell them apart. */
#define MFALS_STATUS_LIST(X)                                                                                 \
    X(MFALS_OK, 0, "done")                                                                                   \
    X(MFALS_USAGE, 64, "the command line is wrong")                                                          \
    X(MFALS_BAD_DATA, 65, "the input data is wrong")                                                         \
    X(MFALS_NO_INPUT, 66, "an input cannot be read")                                                         \
    X(MFALS_INTERNAL, 70, "internal error")                                                                  \
    X(MFALS_NO_MEMORY, 71, "not enough memory")                                                              \
    X(MFALS_NO_OUTPUT, 73, "an output cannot be created")                                                    \
    X(MFALS_IO, 74, "input or output failed")                                                                \
    X(MFALS_REQUEUE, 75, "checkpointed, to be started again")                                                \
    X(MFALS_BAD_CHECKPOINT, 76, "the checkpoint cannot be used")

#define MFALS_STATUS_CONSTANT(name, code, text) name = code,
enum mfals_status { MFALS_STATUS_LIST(MFALS_STATUS_CONSTANT) };
#undef MFALS_STATUS_CONSTANT

/* [local] The text of a status code; "unknown status" for any other number. Never NULL, not to be freed. */
MFALS_API const char *mfals_status_text(enum mfals_status code);

/* [local] Copies text, at most size - 1 bytes of it, as it may be shown: control characters and what is no UTF-8, which
 * might give a terminal orders or break a line, are written out as \x1b, \xff or \u0085. It is cut between characters
 * where it is too long. Messages of libmfals have passed through it, names of attributes and their texts have not.
 * Returns to. */
MFALS_API char *mfals_printable(char *to, size_t size, const char *text);

MFALS_END
#endif
