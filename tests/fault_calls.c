#include "fault_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static const char *const kind_names[KINDS] = {"open",  "read",   "write",  "truncate", "fallocate", "sync",
                                              "close", "rename", "unlink", "mkdir",    "lock",      "any"};

enum deed { NOTHING, FAIL, SHORT, CUT, TEAR, DIE, SIGNAL, DELAY };
static const struct {
    const char *name;
    enum deed deed;
    int number; /* of the error or the signal */
} deeds[] = {
    {"ENOSPC", FAIL, ENOSPC},  {"EIO", FAIL, EIO},        {"EDQUOT", FAIL, EDQUOT},
    {"EINTR", FAIL, EINTR},    {"EACCES", FAIL, EACCES},  {"EROFS", FAIL, EROFS},
    {"EMFILE", FAIL, EMFILE},  {"SHORT", SHORT, 0},       {"CUT", CUT, 0},
    {"TEAR", TEAR, 0},         {"DIE", DIE, 0},           {"USR1", SIGNAL, SIGUSR1},
    {"TERM", SIGNAL, SIGTERM}, {"STOP", SIGNAL, SIGSTOP}, {"DELAY", DELAY, 0},
    {"ENOLCK", FAIL, ENOLCK},  {"ENOSYS", FAIL, ENOSYS},  {"EOPNOTSUPP", FAIL, EOPNOTSUPP},
    {"ENOTSUPP", FAIL, 524},   {"EPERM", FAIL, EPERM},
};
enum { DEEDS = sizeof deeds / sizeof *deeds, DESCRIPTORS = 1 << 16, PROCESSES = 64 };

/* Of all processes, in the journal's file `shared`. */
struct shared {
    atomic_long number;
    atomic_bool cut;
    atomic_int processes;
    atomic_int ids[PROCESSES];
};

static char folder[PATH_MAX], journal[PATH_MAX];
static struct shared *shared;
static int log_fd = -1, rank;
static atomic_bool watched[DESCRIPTORS];
static atomic_long counts[KINDS];
static struct {
    enum call_kind kind;
    enum deed deed;
    int number;
    long nth, times;
} fault = {.kind = KINDS};

static void give_up(const char *reason)
{
    fprintf(stderr, "fault_shim: %s\n", reason);
    _exit(99);
}

static void read_fault(const char *text)
{
    char kind[16], deed[16];
    int of = 0;
    if (sscanf(text, "rank=%d,call=%15[a-z],nth=%ld,times=%ld,do=%15[A-Z0-9]", &of, kind, &fault.nth,
               &fault.times, deed) != 5)
        give_up("MFALS_FAULT cannot be read");
    if (of != rank)
        return;
    for (int i = 0; i < DEEDS; i++)
        if (strcmp(deed, deeds[i].name) == 0) {
            fault.deed = deeds[i].deed;
            fault.number = deeds[i].number;
        }
    for (int i = 0; i < KINDS; i++)
        if (strcmp(kind, kind_names[i]) == 0)
            fault.kind = (enum call_kind)i;
    if (fault.deed == NOTHING || fault.kind == KINDS)
        give_up("MFALS_FAULT names no such call or deed");
}

int call_open_directly(const char *path, int flags)
{
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0600);
}

__attribute__((constructor)) static void start(void)
{
    char path[PATH_MAX + 16];
    const char *text = getenv("OMPI_COMM_WORLD_RANK");
    text = text != NULL ? text : getenv("PMI_RANK");
    rank = text != NULL ? (int)strtol(text, NULL, 10) : 0;
    if (getenv("MFALS_FAULT_FOLDER") == NULL || getenv("MFALS_FAULT_JOURNAL") == NULL ||
        realpath(getenv("MFALS_FAULT_FOLDER"), folder) == NULL ||
        realpath(getenv("MFALS_FAULT_JOURNAL"), journal) == NULL)
        give_up("MFALS_FAULT_FOLDER and MFALS_FAULT_JOURNAL have to be folders");
    if ((text = getenv("MFALS_FAULT")) != NULL)
        read_fault(text);
    snprintf(path, sizeof path, "%s/log", journal);
    log_fd = call_open_directly(path, O_WRONLY | O_CREAT | O_APPEND);
    snprintf(path, sizeof path, "%s/shared", journal);
    int fd = call_open_directly(path, O_RDWR | O_CREAT);
    if (log_fd < 0 || fd < 0 || syscall(SYS_ftruncate, fd, (long)sizeof *shared) != 0)
        give_up("the journal cannot be written");
    shared = mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    syscall(SYS_close, fd);
    int place = shared != MAP_FAILED ? atomic_fetch_add(&shared->processes, 1) : PROCESSES;
    if (place >= PROCESSES)
        give_up("too many processes");
    atomic_store(&shared->ids[place], getpid());
}

static void cut_power(void)
{
    atomic_store(&shared->cut, true);
    for (int i = 0; i < PROCESSES; i++) {
        int id = atomic_load(&shared->ids[i]);
        if (id > 0 && id != getpid())
            kill(id, SIGKILL);
    }
    kill(getpid(), SIGKILL);
}

/* Until the file MFALS_FAULT_GO is there, once the file with ".wait" behind that name says that this waits; at most for
 * 20 s. */
static void wait_for_others(void)
{
    const char *go = getenv("MFALS_FAULT_GO");
    const struct timespec pause = {0, 10000000};
    char waits[PATH_MAX];
    struct stat file;
    if (go == NULL)
        give_up("MFALS_FAULT_GO has to be a file's name");
    snprintf(waits, sizeof waits, "%s.wait", go);
    syscall(SYS_close, call_open_directly(waits, O_WRONLY | O_CREAT));
    for (int i = 0; i < 2000 && stat(go, &file) != 0; i++)
        nanosleep(&pause, NULL);
}

static bool is_under_folder(const char *path)
{
    size_t length = strlen(folder);
    return length > 0 && strncmp(path, folder, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static void path_of(char *path, int fd)
{
    char link[64];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, PATH_MAX - 1);
    path[length > 0 ? length : 0] = '\0';
}

/* The last component need not exist, and is not followed if it is a link. */
void call_resolve(char path[PATH_MAX], int at, const char *name)
{
    char from[PATH_MAX] = ".", whole[2 * PATH_MAX + 2], parent[PATH_MAX];
    path[0] = '\0';
    if (at != AT_FDCWD)
        path_of(from, at);
    snprintf(whole, sizeof whole, "%s/%s", name[0] == '/' ? "" : from, name);
    char *last = strrchr(whole, '/');
    *last++ = '\0';
    if (realpath(whole[0] != '\0' ? whole : "/", parent) == NULL)
        return;
    const char *between = last[0] == '\0' || strcmp(parent, "/") == 0 ? "" : "/";
    if (snprintf(path, PATH_MAX, "%s%s%s", parent, between, last) >= PATH_MAX)
        path[0] = '\0';
}

/* Counts the call, and does to it what is to be done before it. */
static void begin(struct call *call, enum call_kind kind)
{
    call->watched = true;
    call->kind = kind;
    call->rank = rank;
    call->nth = 1 + atomic_fetch_add(&counts[kind], 1);
    call->nth_of_rank = 1 + atomic_fetch_add(&counts[ANY], 1);
    while (atomic_load(&shared->cut))
        pause();
    long nth = fault.kind == ANY ? call->nth_of_rank : call->nth;
    if ((fault.kind != ANY && fault.kind != kind) || nth < fault.nth || nth >= fault.nth + fault.times)
        return;
    if (fault.deed == CUT || (fault.deed == TEAR && kind != WRITE))
        cut_power();
    if (fault.deed == DIE)
        kill(getpid(), SIGKILL);
    if (fault.deed == DELAY)
        wait_for_others();
    if (fault.deed == SIGNAL)
        raise(fault.number);
    if (fault.deed == FAIL)
        call->error = fault.number;
    call->half = fault.deed == SHORT || fault.deed == TEAR;
    call->cut_after = fault.deed == TEAR;
}

struct call call_on_name(enum call_kind kind, int at, const char *name)
{
    struct call call = {0};
    call_resolve(call.path, at, name);
    if (is_under_folder(call.path))
        begin(&call, kind);
    return call;
}

struct call call_on(enum call_kind kind, int fd)
{
    struct call call = {0};
    struct stat file;
    if (fd < 0 || fd >= DESCRIPTORS || !atomic_load(&watched[fd]))
        return call;
    path_of(call.path, fd);
    if (fstat(fd, &file) == 0) {
        call.inode = file.st_ino;
        call.is_folder = S_ISDIR(file.st_mode);
    }
    begin(&call, kind);
    return call;
}

long call_end(struct call *call, long result)
{
    char line[2 * PATH_MAX + 256];
    int error = call->error != 0 ? call->error : errno;
    if (call->watched) {
        if (call->cut_after)
            cut_power();
        int length = snprintf(line, sizeof line, "%ld\t%d\t%s\t%ld\t%ld\t%d\t%d\t%llu\t%s\t%s\n",
                              1 + atomic_fetch_add(&shared->number, 1), rank, kind_names[call->kind],
                              call->nth, call->nth_of_rank, result < 0 ? error : 0, call->created,
                              (unsigned long long)call->inode, call->path, call->new_path);
        if (syscall(SYS_write, log_fd, line, (size_t)length) != length)
            give_up("the journal cannot be written");
    }
    errno = error;
    return result;
}

void call_watch(int fd, bool on)
{
    if (fd >= 0 && fd < DESCRIPTORS)
        atomic_store(&watched[fd], on);
}

static void copy_name(char name[PATH_MAX + 64], const struct call *call, const char *word)
{
    snprintf(name, PATH_MAX + 64, "%s/%s.%d.%ld", journal, word, call->rank, call->nth);
}

void call_keep(const struct call *call, int fd)
{
    char path[64], copy[PATH_MAX + 64];
    copy_name(copy, call, "copy");
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    int from = call_open_directly(path, O_RDONLY);
    int to = call_open_directly(copy, O_WRONLY | O_CREAT | O_TRUNC);
    while (from >= 0 && to >= 0 && sendfile(to, from, NULL, 1 << 30) > 0) {
    }
    syscall(SYS_close, from);
    syscall(SYS_close, to);
}

void call_kept(const struct call *call)
{
    char copy[PATH_MAX + 64], kept[PATH_MAX + 64];
    copy_name(copy, call, "copy");
    copy_name(kept, call, "sync");
    syscall(SYS_renameat, AT_FDCWD, copy, AT_FDCWD, kept);
}
