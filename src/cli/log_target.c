#include "cli/log_target.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char first_bytes[] = "{\"event\":\""; /* of every line of a log */
enum { PIPE_WAITS = 50 };

/* Whether a file can be a log of mfals, or what a full disk left of one. */
static bool is_log(int fd)
{
    char begin[sizeof first_bytes - 1];
    ssize_t got = pread(fd, begin, sizeof begin, 0);
    return got >= 0 && memcmp(begin, first_bytes, (size_t)got) == 0;
}

/* The stream, stdout or stderr, that leads to this file, which must not be opened a second time: each would write over
 * what the other wrote. -1 if none does. */
static int find_stream(const struct stat *there)
{
    struct stat stream;
    for (int fd = STDOUT_FILENO; fd <= STDERR_FILENO; fd++)
        if (fstat(fd, &stream) == 0 && stream.st_dev == there->st_dev && stream.st_ino == there->st_ino)
            return fd;
    return -1;
}

static int open_file(char *reason, size_t size, const char *path, bool append)
{
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | (append ? O_APPEND : 0), 0666);
    bool foreign = fd >= 0 && !is_log(fd);
    if (fd >= 0 && !foreign && (append || ftruncate(fd, 0) == 0))
        return fd;
    snprintf(reason, size, "%s",
             foreign ? "it is there and is no log of mfals; name another file, or remove it"
                     : strerror(errno));
    if (fd >= 0)
        close(fd);
    return -1;
}

static int open_pipe(char *reason, size_t size, const char *path)
{
    static const struct timespec tenth = {.tv_nsec = 100000000};
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
    for (int i = 0; i < PIPE_WAITS && fd < 0 && errno == ENXIO; i++) {
        nanosleep(&tenth, NULL);
        fd = open(path, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
    }
    if (fd < 0)
        snprintf(reason, size, "%s", errno == ENXIO ? "nobody reads from this pipe" : strerror(errno));
    else
        fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) & ~O_NONBLOCK);
    return fd;
}

static int open_path(char *reason, size_t size, const char *path, bool append)
{
    struct stat there;
    if (stat(path, &there) != 0)
        return open_file(reason, size, path, append);
    int stream = find_stream(&there);
    if (stream >= 0)
        return fcntl(stream, F_DUPFD_CLOEXEC, 0);
    if (S_ISFIFO(there.st_mode))
        return open_pipe(reason, size, path);
    if (S_ISREG(there.st_mode) || S_ISDIR(there.st_mode))
        return open_file(reason, size, path, append);
    if (S_ISCHR(there.st_mode))
        return open(path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
    snprintf(reason, size, "it is neither a file nor a pipe");
    return -1;
}

FILE *log_target_open(char *reason, size_t size, const char *path, bool append)
{
    errno = 0;
    snprintf(reason, size, "%s", "");
    int fd = open_path(reason, size, path, append);
    FILE *file = fd >= 0 ? fdopen(fd, append ? "a" : "w") : NULL;
    if (file == NULL && reason[0] == '\0')
        snprintf(reason, size, "%s", strerror(errno));
    if (file == NULL && fd >= 0)
        close(fd);
    return file;
}
