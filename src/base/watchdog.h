/* A job that hangs ends by itself: a thread ends the process once the main thread has made no progress for a while.
 *
 *     watchdog_start(3600, comm->rank);
 *     watchdog_say("exchange");              begins something (phase_begin does)
 *     watchdog_note();                       goes on with it, in loops that may take long
 *     watchdog_stop();
 *
 * A collective call that never returns, as after a failure of network or disk, cannot be interrupted otherwise. The
 * process that ends makes mpirun end the others.
 */
#ifndef BASE_WATCHDOG_H
#define BASE_WATCHDOG_H

/* [local] From now on, `seconds` without progress end the process with MFALS_IO's code and one line on stderr. Ranks
 * above 0 wait up to 2 s longer, so that one speaks for all. At 0 seconds, and with a warning where no thread can be
 * had, nothing is watched. Not again before watchdog_stop. */
void watchdog_start(double seconds, int rank);

/* [local] Progress was made. As cheap as an addition. */
void watchdog_note(void);

/* [local] Progress was made, and this is done next: the line will quote it. A string literal. */
void watchdog_say(const char *doing);

/* [local] From here on until watchdog_release nothing is missed: for what waits for somebody outside, as the reader
 * of a pipe, who may take his time. Pairs nest. */
void watchdog_hold(void);
void watchdog_release(void);

/* [local] Ends the thread, if there is one. */
void watchdog_stop(void);

#endif
