#include "store/hold_record.h"

#include "store/durable_bytes.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#define MARK "mfals-lock "

bool hold_record_new_token(char token[HOLD_TOKEN_SIZE])
{
    uint64_t number;
    ssize_t got;
    do
        got = getrandom(&number, sizeof number, 0);
    while (got < 0 && errno == EINTR);
    snprintf(token, HOLD_TOKEN_SIZE, "%016" PRIx64, number);
    return got == (ssize_t)sizeof number;
}

/* The beginning of a file of /proc. False where it cannot be read. */
static bool read_text(char *text, size_t size, const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = fd >= 0 ? read(fd, text, size - 1) : -1;
    if (fd >= 0)
        close(fd);
    text[got > 0 ? got : 0] = '\0';
    return got > 0;
}

/* State and time of start of a process, behind its name, which may hold anything. False where that is not told. */
static bool read_start(char *state, unsigned long long *start, long process)
{
    char path[64], text[1024];
    snprintf(path, sizeof path, "/proc/%ld/stat", process);
    if (!read_text(text, sizeof text, path))
        return false;
    const char *behind = strrchr(text, ')');
    return behind != NULL && sscanf(behind,
                                    ") %c %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s "
                                    "%*s %*s %*s %llu",
                                    state, start) == 2;
}

static void read_boot(char *boot, size_t size)
{
    char id[64] = "", space[64] = "";
    read_text(id, sizeof id, "/proc/sys/kernel/random/boot_id");
    ssize_t length = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    id[strcspn(id, "\n")] = '\0';
    space[length > 0 ? length : 0] = '\0';
    const char *number = space + strcspn(space, "0123456789");
    snprintf(boot, size, "%s/%.*s", id[0] != '\0' ? id : "-", (int)strspn(number, "0123456789"), number);
}

/* The batch system's number of this run. */
static const char *job_id(void)
{
    static const char *const names[] = {"SLURM_JOB_ID", "PBS_JOBID", "LSB_JOBID", "JOB_ID"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *job = getenv(names[i]);
        if (job != NULL && job[0] != '\0' && strlen(job) < 64)
            return job;
    }
    return "none";
}

static void make_printable(char *text)
{
    for (; *text != '\0'; text++)
        if (!isprint((unsigned char)*text))
            *text = '?';
}

void hold_record_own(struct hold_record *record, const char *token)
{
    char host[256] = "unknown", state;
    gethostname(host, sizeof host - 1);
    *record = (struct hold_record){.ours = true, .held = true, .process = (long)getpid()};
    snprintf(record->holder, sizeof record->holder, "host %s, process %ld, job %s", host, record->process,
             job_id());
    make_printable(record->holder);
    snprintf(record->token, sizeof record->token, "%s", token);
    read_start(&state, &record->start, record->process);
    read_boot(record->boot, sizeof record->boot);
}

/* What the text of a lock file, so many bytes, means. */
static void parse(struct hold_record *record, const char *text, int64_t length)
{
    int64_t zeros = 0; /* a power cut may leave a file's size without its contents */
    while (zeros < length && text[zeros] == '\0')
        zeros++;
    *record = (struct hold_record){.ours = zeros == length || strcmp(text, MARK "free\n") == 0};
    size_t line = strcspn(text, "\n");
    char job[64], end = '\0';
    if (record->ours || line >= sizeof record->holder || text[line] != '\n' ||
        sscanf(text, "host %*255[^,\n], process %ld, job %63[^\n]", &record->process, job) != 2)
        return;
    const char *second = text + line + 1;
    bool whole = sscanf(second, MARK "%16[0-9a-f] start %llu boot %95s beat %lu%c", record->token,
                        &record->start, record->boot, &record->beat, &end) == 5 &&
                 end == '\n' && strlen(record->token) == HOLD_TOKEN_SIZE - 1;
    if (!whole)
        record->token[0] = record->boot[0] = '\0';
    record->ours = record->held = whole || second[0] == '\0';
    memcpy(record->holder, text, line);
    make_printable(record->holder);
}

bool hold_record_read(struct hold_record *record, int fd)
{
    char text[HOLD_RECORD_SIZE + 1];
    int64_t got = durable_read(fd, 0, text, HOLD_RECORD_SIZE);
    if (got < 0)
        return false;
    text[got] = '\0';
    parse(record, text, got);
    return true;
}

int hold_record_write(const struct hold_record *record, int fd)
{
    char text[HOLD_RECORD_SIZE];
    int length = snprintf(text, sizeof text, MARK "free\n");
    if (record->held)
        length = snprintf(text, sizeof text, "%s\n" MARK "%s start %llu boot %s beat %010lu\n",
                          record->holder, record->token, record->start, record->boot, record->beat);
    for (ssize_t done = 0; done < length;) {
        ssize_t written = pwrite(fd, text + done, (size_t)(length - done), done);
        if (written < 0 && errno != EINTR)
            return errno;
        done += written > 0 ? written : 0;
    }
    return ftruncate(fd, length) != 0 ? errno : 0;
}

enum holder_state hold_record_state(const struct hold_record *record)
{
    char boot[sizeof record->boot], state;
    unsigned long long start;
    if (!record->held)
        return HOLDER_NONE;
    read_boot(boot, sizeof boot);
    if (strcmp(boot, record->boot) != 0 || boot[0] == '-')
        return HOLDER_ELSEWHERE;
    if (record->process <= 0 || (kill((pid_t)record->process, 0) != 0 && errno == ESRCH))
        return HOLDER_DEAD;
    if (!read_start(&state, &start, record->process))
        return HOLDER_LIVES; /* whose it is the system does not tell */
    return start == record->start && state != 'Z' && state != 'X' ? HOLDER_LIVES : HOLDER_DEAD;
}
