#include "base/stop.h"

#include "base/phase.h"
#include "base/watchdog.h"

#include <math.h>
#include <signal.h>

static const int signals[] = {SIGUSR1, SIGTERM, SIGINT};
enum { SIGNALS = sizeof signals / sizeof *signals };

static int listening;
static volatile sig_atomic_t caught; /* the first signal; 0: none */
static volatile sig_atomic_t interrupts;
static struct stop_wishes process = {.deadline = INFINITY, .reason = ""};
static _Thread_local struct stop_wishes *heeded;

static struct stop_wishes *in_force(void)
{
    return heeded != NULL ? heeded : &process;
}

struct stop_wishes *stop_heed(struct stop_wishes *wishes)
{
    struct stop_wishes *before = heeded;
    heeded = wishes;
    return before;
}

static void note(int signal)
{
    if (caught == 0)
        caught = signal;
    if (signal == SIGINT && ++interrupts == 2) {
        struct sigaction ending = {.sa_handler = SIG_DFL};
        sigaction(SIGINT, &ending, NULL);
        raise(SIGINT);
    }
}

static void mask_wish(int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(how, &set, NULL);
}

void stop_defer(void)
{
    mask_wish(SIG_BLOCK);
}

void stop_listen(void)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    if (listening)
        return;
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &action, NULL);
    listening = 1;
    mask_wish(SIG_UNBLOCK);
}

void stop_unlisten(void)
{
    if (heeded == NULL)
        caught = interrupts = 0;
    in_force()->asked = 0;
    in_force()->deadline = INFINITY;
}

void stop_at(double clock, const char *why)
{
    in_force()->deadline = clock;
    in_force()->reason = why;
}

static const char *signal_name(int signal)
{
    return signal == SIGUSR1 ? "SIGUSR1" : signal == SIGTERM ? "SIGTERM" : "SIGINT";
}

status stop_check(void)
{
    const struct stop_wishes *now = in_force();
    watchdog_note();
    if (now->held > 0)
        return MFALS_OK;
    if (heeded == NULL && caught != 0)
        return fail(MFALS_REQUEUE, "stopped by %s", signal_name(caught));
    if (now->asked != 0)
        return fail(MFALS_REQUEUE, "stopped as asked");
    if (now->deadline < INFINITY && phase_clock() >= now->deadline)
        return fail(MFALS_REQUEUE, "stopped because %s", now->reason);
    return MFALS_OK;
}

void stop_hold(void)
{
    in_force()->held++;
}

void stop_release(void)
{
    in_force()->held--;
}
