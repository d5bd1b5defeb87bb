#include "base/watchdog.h"

#include "base/log.h"
#include "base/status.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
#include <unistd.h>

static atomic_uint_fast64_t progress;
static _Atomic(const char *) activity = "start";
static atomic_int held;

static struct {
    bool runs;
    pthread_t thread;
    int stop; /* an eventfd, readable once the thread is to end */
    int ticks, tick_ms, grace_ms;
    char complaint[256]; /* ready before anything is wrong */
} watchdog;

void watchdog_note(void)
{
    atomic_fetch_add_explicit(&progress, 1, memory_order_relaxed);
}

void watchdog_say(const char *doing)
{
    atomic_store_explicit(&activity, doing, memory_order_relaxed);
    watchdog_note();
}

void watchdog_hold(void)
{
    atomic_fetch_add(&held, 1);
}

void watchdog_release(void)
{
    watchdog_note();
    atomic_fetch_sub(&held, 1);
}

/* Either the process was stopped, and its time did not count; or mpirun, which sends SIGCONT first, is about to end
 * the job because another rank has spoken. */
static void count_anew(int signal_number)
{
    (void)signal_number;
    watchdog_note();
}

/* False once the thread is to end. */
static bool wait_for(int milliseconds)
{
    struct pollfd stop = {.fd = watchdog.stop, .events = POLLIN};
    return poll(&stop, 1, milliseconds) <= 0;
}

/* No lock that the main thread may hold is taken: one system call, then the end. */
static _Noreturn void end_process(void)
{
    static const char verdict[] = "): the job is ended\n";
    const char *doing = atomic_load_explicit(&activity, memory_order_relaxed);
    struct iovec line[] = {{watchdog.complaint, strlen(watchdog.complaint)},
                           {(char *)(uintptr_t)doing, strlen(doing)},
                           {(char *)(uintptr_t)verdict, sizeof verdict - 1}};
    ssize_t written = writev(STDERR_FILENO, line, 3);
    (void)written;
    _exit(MFALS_IO);
}

/* Counts ticks, not time: while the whole machine stands still nothing is amiss. */
static void *watch(void *unused)
{
    uint_fast64_t seen = progress;
    int idle = 0;
    while (wait_for(watchdog.tick_ms)) {
        idle = progress == seen && held == 0 ? idle + 1 : 0;
        seen = progress;
        if (idle < watchdog.ticks)
            continue;
        if (!wait_for(watchdog.grace_ms))
            break;
        if (progress == seen && held == 0)
            end_process();
    }
    return unused;
}

/* Signals are for the main thread. */
static int start_thread(void)
{
    sigset_t all, before;
    watchdog.stop = eventfd(0, EFD_CLOEXEC);
    if (watchdog.stop < 0)
        return errno;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int error = pthread_create(&watchdog.thread, NULL, watch, NULL);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (error != 0)
        close(watchdog.stop);
    return error;
}

void watchdog_start(double seconds, int rank)
{
    char host[128] = "";
    struct sigaction on_continue = {.sa_handler = count_anew, .sa_flags = SA_RESTART};
    if (!(seconds > 0))
        return;
    gethostname(host, sizeof host - 1);
    snprintf(watchdog.complaint, sizeof watchdog.complaint,
             "mfals: no progress for %g s on rank %d of host %s (", seconds, rank, host);
    watchdog.ticks = (int)fmin(fmax(ceil(seconds), 10), 1e9); /* of a second, or less */
    watchdog.tick_ms = (int)fmax(fmin(1000 * seconds / watchdog.ticks, 1000), 1);
    watchdog.grace_ms = (int)(2000.0 * rank / (rank + 3.0)); /* 0, 500, 800, ..., below 2000 */
    watchdog_note();
    int error = start_thread();
    watchdog.runs = error == 0;
    if (error != 0)
        log_warning("no watchdog: %s", errno_text(error));
    else
        sigaction(SIGCONT, &on_continue, NULL);
}

void watchdog_stop(void)
{
    if (!watchdog.runs)
        return;
    uint64_t one = 1;
    ssize_t written = write(watchdog.stop, &one, sizeof one);
    (void)written;
    pthread_join(watchdog.thread, NULL);
    close(watchdog.stop);
    watchdog.runs = false;
}
