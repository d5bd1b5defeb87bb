/* How a failure travels: a function returns its status, and leaves one line of explanation beside it.
 *
 *     if (value < 0)
 *         return fail(MFALS_BAD_DATA, "%s:%" PRId64 ": a negative count", file, line);
 *     TRY(next_step());                      leaves the function with next_step's status, if it failed
 *
 * Local functions fail on one rank; agree, comm/comm.h, makes that every rank's failure. Only main ends the process.
 */
#ifndef BASE_STATUS_H
#define BASE_STATUS_H

#include <mfals/status.h>

typedef enum mfals_status status;

enum { FAILURE_MESSAGE_SIZE = 1024 };

#define TRY(call)                                                                                            \
    do {                                                                                                     \
        status try_status_ = (call);                                                                         \
        if (try_status_ != MFALS_OK)                                                                         \
            return try_status_;                                                                              \
    } while (0)

/* [local] Records the message (printf-like, lower case, no full stop, made printable, cut at FAILURE_MESSAGE_SIZE) as
 * this thread's latest failure and returns code. */
status fail(status code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* [local] The message of this thread's latest fail(); "" before the first. Overwritten by the next fail(). */
const char *failure_message(void);

/* [local] The text of an errno value. Overwritten by the next call of this thread. */
const char *errno_text(int error);

#endif
