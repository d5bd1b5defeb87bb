#include "cli/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE = 1 << 16 }; /* what an attribute of a file may hold, and more */

static struct {
    bool speaks, terminal, drawn;
    enum screen_level level;
    int lost; /* errno of the first write to stdout that failed */
} screen = {.level = SCREEN_NORMAL};

static bool on_terminal(void)
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

void screen_open(bool speaks, enum screen_level level)
{
    screen.speaks = speaks;
    screen.level = level;
    screen.terminal = speaks && on_terminal();
}

static void flush_stdout(void)
{
    errno = 0;
    if ((fflush(stdout) != 0 || ferror(stdout)) && screen.lost == 0)
        screen.lost = errno != 0 ? errno : EIO;
}

static void write_line(FILE *stream, const char *prefix, const char *format, va_list arguments)
{
    static char text[LINE_SIZE], shown[LINE_SIZE]; /* one thread speaks */
    if (screen.drawn)
        fputs("\r\033[K", stdout);
    screen.drawn = false;
    flush_stdout();
    vsnprintf(text, sizeof text, format, arguments);
    fprintf(stream, "%s%s\n", prefix, mfals_printable(shown, sizeof shown, text));
    if (stream == stdout)
        flush_stdout();
    else
        fflush(stream);
}

#define LINE_FUNCTION(name, condition, stream, prefix)                                                       \
    void name(const char *format, ...)                                                                       \
    {                                                                                                        \
        va_list arguments;                                                                                   \
        va_start(arguments, format);                                                                         \
        if (condition)                                                                                       \
            write_line(stream, prefix, format, arguments);                                                   \
        va_end(arguments);                                                                                   \
    }

LINE_FUNCTION(screen_line, (screen.speaks && screen.level >= SCREEN_NORMAL), stdout, "")
LINE_FUNCTION(screen_detail, (screen.speaks && screen.level >= SCREEN_VERBOSE), stdout, "")
LINE_FUNCTION(screen_warning, screen.speaks, stderr, "mfals: warning: ")
LINE_FUNCTION(screen_error, screen.speaks, stderr, "mfals: ")

void screen_message(enum mfals_message_kind kind, const char *line, void *data)
{
    (void)data;
    if (kind == MFALS_WARNING)
        screen_warning("%s", line);
    else
        screen_line("%s", line);
}

void screen_progress(const char *line)
{
    if (!screen.terminal || screen.level < SCREEN_NORMAL)
        return;
    fputs("\r\033[K", stdout);
    fputs(line, stdout);
    flush_stdout();
    screen.drawn = line[0] != '\0';
}

int screen_end(void)
{
    flush_stdout();
    return screen.lost;
}

bool screen_reader_left(void)
{
    if (screen_end() != EPIPE)
        return false;
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0) {
        dup2(nowhere, STDOUT_FILENO);
        close(nowhere);
    }
    fflush(stdout);
    clearerr(stdout);
    screen.lost = 0;
    return true;
}
