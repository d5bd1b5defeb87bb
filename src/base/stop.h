/* A request to end early: somebody asked for it, or the time is up. It is noted at once and asked for between rows of
 * work; a local function that finds it fails like any other, and agree makes that every rank's failure.
 *
 *     struct stop_requests requests = STOP_NO_REQUESTS;
 *     stop_observe(&requests);
 *     stop_at(phase_clock() + seconds, "--max-time is over");
 *     stop_request(&requests, "by SIGUSR1");                   from a handler of signals, say
 *     for each row: TRY(stop_check());                   MFALS_REQUEUE, "stopped by SIGUSR1"
 */
#ifndef BASE_STOP_H
#define BASE_STOP_H

#include "base/status.h"

#include <math.h>
#include <stdatomic.h>
#include <stddef.h>

/* The requests of one run. */
struct stop_requests {
    _Atomic(const char *) asked; /* how, "stopped " goes before it; NULL: not */
    double deadline;             /* of phase_clock; INFINITY: none */
    const char *reason;          /* of the deadline; not owned */
    int held;
};
#define STOP_NO_REQUESTS ((struct stop_requests){.deadline = INFINITY, .reason = ""})

/* [local] From here on this thread observes these requests, not owned; NULL: its own. Returns what was in force. */
struct stop_requests *stop_observe(struct stop_requests *requests);

/* [local] The first asking counts. how: not owned. May be called from a handler of signals, and from any thread. */
void stop_request(struct stop_requests *requests, const char *how);

/* [local] The moment, of phase_clock, at which the time is up, and why: "stopped because " goes before it. Not
 * owned. INFINITY: never. */
void stop_at(double clock, const char *why);

/* [local] MFALS_OK, or MFALS_REQUEUE with the reason. Cheap enough for an inner loop, and counts as progress there
 * (base/watchdog.h). */
status stop_check(void);

/* [local] The same without being progress: for who waits for somebody outside. */
status stop_asked(void);

/* [local] From now on stop_check finds nothing, until stop_resume: for work whose results are only good as a whole.
 * Pairs nest. */
void stop_defer(void);
void stop_resume(void);

#endif
