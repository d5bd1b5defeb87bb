#include "base/stop.h"

#include "base/phase.h"
#include "base/watchdog.h"

#include <math.h>
#include <signal.h>

static const int wishes[] = {SIGUSR1, SIGTERM, SIGINT};
enum { WISHES = sizeof wishes / sizeof *wishes };

static int listening;
static volatile sig_atomic_t caught; /* the first signal; 0: none */
static volatile sig_atomic_t interrupts;
static double deadline = INFINITY;
static const char *reason = "";
static int held;

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
    for (int i = 0; i < WISHES; i++)
        sigaction(wishes[i], &action, NULL);
    listening = 1;
    mask_wish(SIG_UNBLOCK);
}

void stop_unlisten(void)
{
    caught = 0;
    interrupts = 0;
    deadline = INFINITY;
}

void stop_at(double clock, const char *why)
{
    deadline = clock;
    reason = why;
}

static const char *signal_name(int signal)
{
    return signal == SIGUSR1 ? "SIGUSR1" : signal == SIGTERM ? "SIGTERM" : "SIGINT";
}

status stop_check(void)
{
    watchdog_note();
    if (held > 0)
        return MFALS_OK;
    if (caught != 0)
        return fail(MFALS_REQUEUE, "stopped by %s", signal_name(caught));
    if (deadline < INFINITY && phase_clock() >= deadline)
        return fail(MFALS_REQUEUE, "stopped because %s", reason);
    return MFALS_OK;
}

void stop_hold(void)
{
    held++;
}

void stop_release(void)
{
    held--;
}
