/* Signals that ask a training to stop: SIGUSR1, SIGTERM and SIGINT.
 *
 *     signals_defer();                                   first of all
 *     signals_restore();                                 once libraries, and again once MPI, are there
 *     signals_listen(context);                           once MPI is up, which has handlers of its own
 *
 * Once listened to they are caught to the end: one that comes while the process ends must not change its exit code (and
 * MPI has threads, which masks do not reach). A second SIGINT ends the process at once. All local.
 */
#ifndef CLI_SIGNALS_H
#define CLI_SIGNALS_H

#include <mfals/context.h>

/* Holds SIGUSR1 back until signals_listen: a batch system may send it at any moment, and it ends a process that does
 * not expect it. */
void signals_defer(void);

/* SIGHUP ends the process, as when its terminal goes, unless it is ignored, as under nohup: UCX, of which MPI may
 * make use, handles it, and prints what it does. */
void signals_restore(void);

/* From here on they are requests to stop. */
void signals_listen(struct mfals_context *context);

/* From here on they are nobody's requests. */
void signals_ignore(void);

#endif
