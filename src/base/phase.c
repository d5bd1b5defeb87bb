#include "base/phase.h"

#include "base/watchdog.h"

#include <time.h>

static double read_clock(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double phase_clock(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

double phase_processor_clock(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

void phase_begin(struct phases *phases, enum phase phase)
{
    phases->calls[phase]++;
    phases->begun = phase_clock();
    watchdog_say(phase_label(phase));
}

void phase_end(struct phases *phases, enum phase phase)
{
    phases->seconds[phase] += phase_clock() - phases->begun;
    watchdog_note();
}

const char *phase_label(enum phase phase)
{
#define PHASE_LABEL(name, label) label,
    static const char *const labels[] = {PHASE_LIST(PHASE_LABEL)};
#undef PHASE_LABEL
    return labels[phase];
}
