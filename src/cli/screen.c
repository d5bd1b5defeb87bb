#include "cli/screen.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

enum { USUAL_WIDTH = 80, WIDEST = 10000 };
enum { LINE_SIZE = 1 << 16 }; /* what an attribute of a file may hold, and more */

static struct {
    bool speaks, terminal, drawn;
    bool progresses; /* is told how things go on */
    enum screen_level level;
    FILE *out;           /* of notes and bars */
    char stands_for[64]; /* the terminal behind that, where mpirun stands between; else "" */
    int lost;            /* errno of the first write to stdout that failed */
} screen = {.level = SCREEN_NORMAL};

/* mpirun hands its ranks a terminal of its own, whatever its own stdout or stderr is: that is looked at. */
static bool find_terminal(int fd)
{
    char target[256];
    screen.stands_for[0] = '\0';
    if (!isatty(fd))
        return false;
    if (getenv("OMPI_COMM_WORLD_RANK") == NULL)
        return true;
    snprintf(screen.stands_for, sizeof screen.stands_for, "/proc/%d/fd/%d", (int)getppid(), fd);
    ssize_t length = readlink(screen.stands_for, target, sizeof target - 1);
    if (length < 0)
        return false;
    target[length] = '\0';
    return strncmp(target, "/dev/pts/", 9) == 0 || strncmp(target, "/dev/tty", 8) == 0;
}

/* One that cannot move its cursor gets lines. */
static bool on_terminal(int fd)
{
    const char *kind = getenv("TERM");
    return kind != NULL && kind[0] != '\0' && strcmp(kind, "dumb") != 0 && find_terminal(fd);
}

/* MPICH takes it away from stdout, and each piece of a line would be a write of its own. */
static void give_buffer(void)
{
    static char buffer[BUFSIZ];
    setvbuf(stdout, buffer, isatty(STDOUT_FILENO) ? _IOLBF : _IOFBF, sizeof buffer);
}

void screen_open(bool speaks, enum screen_level level)
{
    give_buffer();
    screen.speaks = speaks;
    screen.level = level;
    screen.progresses = speaks && level >= SCREEN_NORMAL;
    screen.out = stdout;
    screen.terminal = speaks && on_terminal(STDOUT_FILENO);
}

void screen_leave_stdout(void)
{
    screen.out = stderr;
    screen.level = SCREEN_QUIET;
    screen.terminal = screen.speaks && on_terminal(STDERR_FILENO);
}

bool screen_is_terminal(void)
{
    return screen.terminal;
}

/* 0 where the terminal does not say. */
static int width_of_terminal(void)
{
    struct winsize size = {0};
    int fd = screen.stands_for[0] == '\0'
                 ? fileno(screen.out)
                 : open(screen.stands_for, O_RDONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return 0;
    if (ioctl(fd, TIOCGWINSZ, &size) != 0)
        size.ws_col = 0;
    if (screen.stands_for[0] != '\0')
        close(fd);
    return size.ws_col;
}

int screen_width(void)
{
    const char *columns = getenv("COLUMNS");
    long width = columns != NULL ? strtol(columns, NULL, 10) : 0;
    if (!screen.terminal)
        return USUAL_WIDTH;
    if (width <= 0 || width > WIDEST)
        width = width_of_terminal();
    return width > 0 ? (int)width : USUAL_WIDTH;
}

static void flush_stdout(void)
{
    errno = 0;
    if ((fflush(stdout) != 0 || ferror(stdout)) && screen.lost == 0)
        screen.lost = errno != 0 ? errno : EIO;
}

static void flush(FILE *stream)
{
    if (stream == stdout)
        flush_stdout();
    else
        fflush(stream);
}

static void write_line(FILE *stream, const char *prefix, const char *format, va_list arguments)
{
    static char text[LINE_SIZE], shown[LINE_SIZE]; /* one thread speaks */
    screen_wipe();
    flush_stdout();
    vsnprintf(text, sizeof text, format, arguments);
    fprintf(stream, "%s%s\n", prefix, mfals_printable(shown, sizeof shown, text));
    flush(stream);
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

LINE_FUNCTION(screen_line, (screen.speaks && screen.level >= SCREEN_NORMAL), screen.out, "")
LINE_FUNCTION(screen_detail, (screen.speaks && screen.level >= SCREEN_VERBOSE), screen.out, "")
LINE_FUNCTION(screen_progress, screen.progresses, screen.out, screen.out == stderr ? "mfals: " : "")
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

void screen_draw(const char *line)
{
    if (!screen.terminal || !screen.progresses)
        return;
    fputs("\r\033[K", screen.out);
    fputs(line, screen.out);
    flush(screen.out);
    screen.drawn = true;
}

void screen_wipe(void)
{
    if (!screen.drawn)
        return;
    fputs("\r\033[K", screen.out);
    flush(screen.out);
    screen.drawn = false;
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
