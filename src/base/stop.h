/* A wish to end early: a signal came, or the time is up. It is noted at once and asked for between rows of work; a
 * local function that finds it fails like any other, and agree makes that every rank's failure.
 *
 *     stop_defer();                                      first of all
 *     stop_listen();                                     once MPI is up, which has handlers of its own
 *     stop_at(phase_clock() + seconds, "--max-time is over");
 *     for each row: TRY(stop_check());                   MFALS_REQUEUE, "stopped by SIGUSR1"
 */
#ifndef BASE_STOP_H
#define BASE_STOP_H

#include "base/status.h"

#include <signal.h>

/* The wishes of one run. */
struct stop_wishes {
    volatile sig_atomic_t asked; /* may be set by a signal handler */
    double deadline;             /* of phase_clock; INFINITY: none */
    const char *reason;          /* of the deadline; not owned */
    int held;
};

/* [local] From here on this thread heeds these wishes, not owned; NULL: those of the process, which signals are. Returns
 * what was in force. */
struct stop_wishes *stop_heed(struct stop_wishes *wishes);

/* [local] Holds SIGUSR1 back until stop_listen: a batch system may send it at any moment, and it ends a process that
 * does not expect it. To be called first of all. */
void stop_defer(void);

/* [local] From here on SIGUSR1, SIGTERM and SIGINT are wishes to stop; a second SIGINT ends the process at once. */
void stop_listen(void);

/* [local] What was noted is forgotten, the deadline too. Signals are still caught: one that comes while the process
 * ends must not change its exit code (and MPI has threads, which masks do not reach). A second SIGINT still ends it. */
void stop_unlisten(void);

/* [local] The moment, of phase_clock, at which the time is up, and why: "stopped because " goes before it. Not
 * owned. */
void stop_at(double clock, const char *why);

/* [local] MFALS_OK, or MFALS_REQUEUE with the reason. Cheap enough for an inner loop, and counts as progress there
 * (base/watchdog.h). */
status stop_check(void);

/* [local] From now on stop_check finds nothing, until stop_release: for work whose results are only good as a whole.
 * Pairs nest. */
void stop_hold(void);
void stop_release(void);

#endif
