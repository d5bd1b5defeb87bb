/* To be preloaded into mfals: its clock runs MFALS_CLOCK_RATE times as fast, so that what is told every ten seconds is
 * told within a test. MPI's launcher and daemons keep their time. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *now)
{
    const char *rate = getenv("MFALS_CLOCK_RATE");
    if (syscall(SYS_clock_gettime, clock, now) != 0)
        return -1;
    if (clock != CLOCK_MONOTONIC || rate == NULL || strcmp(program_invocation_short_name, "mfals") != 0)
        return 0;
    double seconds = ((double)now->tv_sec + 1e-9 * (double)now->tv_nsec) * strtod(rate, NULL);
    now->tv_sec = (time_t)seconds;
    now->tv_nsec = (long)((seconds - (double)now->tv_sec) * 1e9);
    return 0;
}
