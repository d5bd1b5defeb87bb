#include "cli/last_words.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct {
    int number;
    const char *name;
} signals[] = {{SIGTERM, "SIGTERM"}, {SIGINT, "SIGINT"}, {SIGHUP, "SIGHUP"}};
enum { SIGNALS = sizeof signals / sizeof *signals, SECONDS_A_DAY = 86400, SHELL_CODE = 128 };

static volatile sig_atomic_t log_fd = -1;

/* Nothing of stdio or time zones may be called in a handler of signals. */
static char *put_number(char *to, long value, int digits)
{
    for (int i = digits - 1; i >= 0; i--, value /= 10)
        to[i] = (char)('0' + value % 10);
    return to + digits;
}

/* UTC as 2026-11-30T20:22:04Z, by Howard Hinnant's days from civil, the other way round. */
static char *put_time(char *to, time_t now)
{
    long days = (long)(now / SECONDS_A_DAY), second = (long)(now % SECONDS_A_DAY);
    long z = days + 719468, era = z / 146097, day_of_era = z - era * 146097;
    long year = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    long day_of_year = day_of_era - (365 * year + year / 4 - year / 100);
    long month = (5 * day_of_year + 2) / 153, day = day_of_year - (153 * month + 2) / 5 + 1;
    month += month < 10 ? 3 : -9;
    to = put_number(to, year + era * 400 + (month <= 2), 4);
    *to++ = '-';
    to = put_number(to, month, 2);
    *to++ = '-';
    to = put_number(to, day, 2);
    *to++ = 'T';
    to = put_number(to, second / 3600, 2);
    *to++ = ':';
    to = put_number(to, second / 60 % 60, 2);
    *to++ = ':';
    to = put_number(to, second % 60, 2);
    return stpcpy(to, "Z");
}

static void write_event(int fd, int signal)
{
    const char *name = "a signal";
    char line[160], *to = line;
    for (int i = 0; i < SIGNALS; i++)
        if (signals[i].number == signal)
            name = signals[i].name;
    to = stpcpy(to, "{\"event\":\"stop\",\"time\":\"");
    to = put_time(to, time(NULL));
    to = stpcpy(to, "\",\"why\":\"ended by ");
    to = stpcpy(to, name);
    to = stpcpy(to, "\",\"exit_code\":");
    to = put_number(to, SHELL_CODE + signal, 3);
    to = stpcpy(to, "}\n");
    ssize_t written = write(fd, line, (size_t)(to - line));
    (void)written;
}

static void note(int signal)
{
    struct sigaction ending = {.sa_handler = SIG_DFL};
    if (log_fd >= 0)
        write_event(log_fd, signal);
    sigaction(signal, &ending, NULL);
    raise(signal);
}

static void mask(int how)
{
    sigset_t set;
    sigemptyset(&set);
    for (int i = 0; i < SIGNALS; i++)
        sigaddset(&set, signals[i].number);
    pthread_sigmask(how, &set, NULL);
}

void last_words_hold(void)
{
    mask(SIG_BLOCK);
}

void last_words_release(void)
{
    mask(SIG_UNBLOCK);
}

void last_words_begin(int fd)
{
    struct sigaction action = {.sa_handler = note}, before;
    sigfillset(&action.sa_mask);
    log_fd = fd;
    for (int i = 0; i < SIGNALS; i++)
        if (sigaction(signals[i].number, NULL, &before) == 0 && before.sa_handler == SIG_DFL)
            sigaction(signals[i].number, &action, NULL);
}

void last_words_end(void)
{
    struct sigaction ending = {.sa_handler = SIG_DFL}, before;
    log_fd = -1;
    for (int i = 0; i < SIGNALS; i++)
        if (sigaction(signals[i].number, NULL, &before) == 0 && before.sa_handler == note)
            sigaction(signals[i].number, &ending, NULL);
}
