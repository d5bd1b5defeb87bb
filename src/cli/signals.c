#include "cli/signals.h"

#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>

static const int signals[] = {SIGUSR1, SIGTERM, SIGINT};
enum { SIGNALS = sizeof signals / sizeof *signals };

static _Atomic(struct mfals_context *) listener;
static volatile sig_atomic_t interrupts;

static void note(int signal)
{
    struct mfals_context *context = atomic_load(&listener);
    if (context != NULL)
        mfals_stop(context, signal == SIGUSR1   ? "by SIGUSR1"
                            : signal == SIGTERM ? "by SIGTERM"
                                                : "by SIGINT");
    if (signal == SIGINT && ++interrupts == 2) {
        struct sigaction ending = {.sa_handler = SIG_DFL};
        sigaction(SIGINT, &ending, NULL);
        raise(SIGINT);
    }
}

static void mask_requests(int how)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(how, &set, NULL);
}

void signals_defer(void)
{
    mask_requests(SIG_BLOCK);
}

void signals_restore(void)
{
    struct sigaction ending = {.sa_handler = SIG_DFL}, before;
    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        sigaction(SIGHUP, &ending, NULL);
}

void signals_listen(struct mfals_context *context)
{
    struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    atomic_store(&listener, context);
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &action, NULL);
    mask_requests(SIG_UNBLOCK);
}

void signals_ignore(void)
{
    atomic_store(&listener, NULL);
}
