/* A watched call from its beginning to its end: counted, perhaps made to fail, written down. For fault_shim.c, which
 * says what is done and how it is told.
 *
 *     struct call call = call_on(WRITE, fd);
 *     return call_end(&call, call.error != 0 ? -1 : syscall(SYS_write, fd, bytes, count));
 */
#ifndef TESTS_FAULT_CALLS_H
#define TESTS_FAULT_CALLS_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

enum call_kind {
    OPEN,
    READ,
    WRITE,
    TRUNCATE,
    FALLOCATE,
    SYNC,
    CLOSE,
    RENAME,
    UNLINK,
    MKDIR,
    LOCK,
    ANY,
    KINDS
};

struct call {
    bool watched, created, is_folder;
    bool half;      /* of its bytes are to be read or written */
    bool cut_after; /* the power goes once it is made */
    enum call_kind kind;
    int error; /* to fail with; 0: none */
    int rank;
    long nth, nth_of_rank;
    ino_t inode;
    char path[PATH_MAX], new_path[PATH_MAX];
};

/* Of the file of this name (as openat takes it; not followed if it is a link) or descriptor. What is to happen before
 * the call has happened. */
struct call call_on_name(enum call_kind kind, int at, const char *name);
struct call call_on(enum call_kind kind, int fd);

/* Writes the call down. Its result; errno is set. */
long call_end(struct call *call, long result);

/* Whether the calls on a descriptor are watched. */
void call_watch(int fd, bool on);

/* Absolute and free of links; empty where there is no such folder. */
void call_resolve(char path[PATH_MAX], int at, const char *name);

/* Not itself watched. -1 on failure. */
int call_open_directly(const char *path, int flags);

/* Keeps the file's contents as they are now, for a sync; a failure shows as a copy that is missing. */
void call_keep(const struct call *call, int fd);
void call_kept(const struct call *call);

#endif
