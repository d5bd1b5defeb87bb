/* The ranks that work together, and what becomes of messages.
 *
 *     struct mfals_context *context;
 *     enum mfals_status done = mfals_open(&context, MPI_COMM_WORLD);
 *     if (done != MFALS_OK)
 *         return done;
 *     mfals_on_message(context, print_message, stderr);
 *     done = work(context);
 *     if (done != MFALS_OK)
 *         fprintf(stderr, "%s: %s\n", mfals_status_text(done), mfals_message(context));
 *     mfals_close(&context);
 *
 * Contexts know nothing of each other. Threads: see mfals/api.h.
 */
#ifndef MFALS_CONTEXT_H
#define MFALS_CONTEXT_H

#include <mfals/api.h>
#include <mfals/status.h>
#include <mpi.h>
#include <stdint.h>

MFALS_BEGIN

struct mfals_context;

/* [collective] Duplicates comm, any intracommunicator, which the caller keeps. MPI must be initialized, at least
 * MPI_THREAD_FUNNELED where checkpoints are written. MFALS_NO_MEMORY, MFALS_INTERNAL: *context is NULL then.
 * On MPI_COMM_NULL the context is that of this process alone, and MPI need not be initialized: for options and what a
 * file holds (mfals/options.h, mfals/file.h); what needs ranks then fails with MFALS_USAGE. */
MFALS_API enum mfals_status mfals_open(struct mfals_context **context, MPI_Comm comm);

/* [collective] What was made with it must be freed before. */
MFALS_API void mfals_close(struct mfals_context **context);

/* [local] The line that explains the latest failure of a function that was given this context, or something made with
 * it; "" before the first. Valid until the next failure. */
MFALS_API const char *mfals_message(const struct mfals_context *context);

enum mfals_message_kind { MFALS_NOTE, MFALS_WARNING };

/* Takes a line without its end. Rank 0's notes and warnings are the program's lines; other ranks have their own. */
typedef void mfals_message_function(enum mfals_message_kind kind, const char *line, void *data);

/* [local] Where notes and warnings go from here on; NULL, as at first: nowhere. */
MFALS_API void mfals_on_message(struct mfals_context *context, mfals_message_function *function, void *data);

/* How far a function that runs has come: done of all, in units such as "bytes" or "users", as a rank's own share lets
 * one guess. */
struct mfals_progress {
    const char *doing; /* "reading ratings", "evaluating", ... */
    const char *unit;
    int64_t done, all;
};

/* [local] Takes what is valid during the call. */
typedef void mfals_progress_function(const struct mfals_progress *progress, void *data);

/* [local] From here on functions that read, evaluate, list or write something long tell so, on each rank by itself, at
 * most five times a second; they may tell nothing. NULL, as at first: nobody is told. */
MFALS_API void mfals_on_progress(struct mfals_context *context, mfals_progress_function *function,
                                 void *data);

/* [local] Asks the function that runs, reading, training or evaluation, to stop: on one rank or on all, from another
 * thread or from a handler of signals. It returns MFALS_REQUEUE, "stopped WHY", and with a checkpoint-dir leaves a
 * checkpoint. The wish ends with it. why: a string literal, such as "by SIGTERM"; NULL: "as asked". */
MFALS_API void mfals_stop(struct mfals_context *context, const char *why);

/* [local] Makes the line of mfals_message, as by printf, and returns code: for a program's own functions that return
 * a status. */
MFALS_API enum mfals_status mfals_fail(struct mfals_context *context, enum mfals_status code,
                                       const char *format, ...) MFALS_PRINTF(3, 4);

/* [collective] Status and message of the lowest rank whose status is not MFALS_OK become every rank's. */
MFALS_API enum mfals_status mfals_agree(struct mfals_context *context, enum mfals_status mine);

/* [collective] Whether all ranks have the same words as rank 0, such as the arguments of the program: MFALS_USAGE
 * with the first that differs. what: what they are, in the plural. */
MFALS_API enum mfals_status mfals_same_words(struct mfals_context *context, const char *const *words,
                                             int count, const char *what);

/* [local] Whether MPI_Finalize may be called: after some failures of writing it, or HDF5 at its end, might hang, and
 * MPI_Abort or _exit is the way out. */
MFALS_API int mfals_can_finalize(const struct mfals_context *context);

MFALS_END
#endif
