#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct {
    bool speaks, terminal, drawn;
    enum log_level level;
} sink = {.level = LOG_NORMAL};

static _Thread_local const struct log_diversion *diverted;

const struct log_diversion *log_divert(const struct log_diversion *diversion)
{
    const struct log_diversion *before = diverted;
    diverted = diversion;
    return before;
}

/* Whether the line was one for the diversion. */
static bool divert(bool warning, const char *format, va_list arguments)
{
    char text[2048];
    if (diverted == NULL)
        return false;
    if (diverted->line != NULL) {
        vsnprintf(text, sizeof text, format, arguments);
        diverted->line(warning, text, diverted->context);
    }
    return true;
}

bool log_on_terminal(void)
{
    if (!isatty(STDOUT_FILENO))
        return false;
    if (getenv("OMPI_COMM_WORLD_RANK") == NULL)
        return true;
    char link[64], target[256];
    snprintf(link, sizeof link, "/proc/%d/fd/1", (int)getppid());
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length < 0)
        return false;
    target[length] = '\0';
    return strncmp(target, "/dev/pts/", 9) == 0 || strncmp(target, "/dev/tty", 8) == 0;
}

void log_open(bool speaks, enum log_level level)
{
    sink.speaks = speaks;
    sink.level = level;
    sink.terminal = speaks && log_on_terminal();
}

bool log_speaks(void)
{
    return diverted == NULL && sink.speaks && sink.level >= LOG_NORMAL;
}

static void wipe_progress(void)
{
    if (sink.drawn)
        fputs("\r\033[K", stdout);
    sink.drawn = false;
}

static void write_line(FILE *stream, const char *prefix, const char *format, va_list arguments)
{
    wipe_progress();
    fflush(stdout);
    fputs(prefix, stream);
    vfprintf(stream, format, arguments);
    fputc('\n', stream);
    fflush(stream);
}

#define LOG_FUNCTION(name, condition, stream, prefix)                                                        \
    void name(const char *format, ...)                                                                       \
    {                                                                                                        \
        va_list arguments;                                                                                   \
        va_start(arguments, format);                                                                         \
        if (!divert((stream) == stderr, format, arguments) && (condition))                                   \
            write_line(stream, prefix, format, arguments);                                                   \
        va_end(arguments);                                                                                   \
    }

LOG_FUNCTION(log_line, (sink.speaks && sink.level >= LOG_NORMAL), stdout, "")
LOG_FUNCTION(log_verbose, (sink.speaks && sink.level >= LOG_VERBOSE), stdout, "")
LOG_FUNCTION(log_warning, sink.speaks, stderr, "mfals: warning: ")
LOG_FUNCTION(log_error, sink.speaks, stderr, "mfals: ")

void log_progress(const char *line)
{
    if (diverted != NULL || !sink.terminal || sink.level < LOG_NORMAL)
        return;
    fputs("\r\033[K", stdout);
    fputs(line, stdout);
    fflush(stdout);
    sink.drawn = line[0] != '\0';
}
