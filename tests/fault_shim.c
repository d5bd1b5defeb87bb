/* To be preloaded (LD_PRELOAD): the calls that touch files under one folder, counted, written down, and the nth of a
 * kind made to fail. It knows no MPI but the rank's number in OMPI_COMM_WORLD_RANK or PMI_RANK.
 *
 *     MFALS_FAULT_FOLDER   the folder; what lies under it is watched
 *     MFALS_FAULT_JOURNAL  a folder elsewhere: `log`, a line for each call, and copies of files, see below
 *     MFALS_FAULT          rank=1,call=write,nth=7,times=1,do=ENOSPC: what to do to the 7th write of rank 1.
 *                          Calls are open, read, write, truncate, fallocate, sync, close, rename, unlink, mkdir,
 *                          lock, or any of them; lock is flock; to be done are
 *         an error's name  the call fails so and has no effect, but for close, which always closes
 *         SHORT            half of the bytes are read or written
 *         CUT              the power goes before this call: no process's call has an effect any more, all are killed
 *         TEAR             the same after half of a write
 *         DIE              this process alone is killed
 *         DELAY            the call is made once the file MFALS_FAULT_GO is there; till then MFALS_FAULT_GO.wait is
 *         USR1 TERM STOP   this process gets the signal, then the call is made
 *
 * A line of the log is "number rank call nth-of-its-kind nth-of-the-rank errno new inode path [new path]", between
 * tabs; `new` is 1 where an open or mkdir made the file. The number is one sequence for all ranks, counted when the
 * call is done. The contents that a file had before it was synced are in the journal as sync.<rank>.<nth>: no power
 * cut later on takes these away. What the C library calls inside itself (fopen, opendir) is not seen, nor are
 * descriptors from dup; sync_file_range promises nothing and is ignored. System calls are direct: 64-bit Linux.
 */
#undef _FORTIFY_SOURCE
#include "fault_calls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#pragma GCC visibility push(default)
/* NOLINTBEGIN(readability-inconsistent-declaration-parameter-name): the C library's begin with underscores */

static size_t bytes_of(const struct call *call, size_t bytes)
{
    return call->half && bytes > 1 ? bytes / 2 : bytes;
}

static int vectors_of(const struct call *call, int count)
{
    return call->half && count > 1 ? count / 2 : count;
}

static int open_watched(int at, const char *name, int flags, mode_t mode)
{
    struct call call = call_on_name(OPEN, at, name);
    struct stat file;
    if (!call.watched)
        return (int)syscall(SYS_openat, at, name, flags, mode);
    call.created = (flags & O_CREAT) != 0 && lstat(call.path, &file) != 0;
    int fd = call.error != 0 ? -1 : (int)syscall(SYS_openat, at, name, flags, mode);
    if (fd >= 0) {
        call_watch(fd, true);
        int error = errno;
        if (fstat(fd, &file) == 0)
            call.inode = file.st_ino;
        errno = error;
    }
    call.created = call.created && fd >= 0;
    return (int)call_end(&call, fd);
}

static mode_t mode_argument(int flags, va_list arguments)
{
    return (flags & O_CREAT) != 0 || (flags & O_TMPFILE) == O_TMPFILE ? va_arg(arguments, mode_t) : 0;
}

int open(const char *name, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_argument(flags, arguments);
    va_end(arguments);
    return open_watched(AT_FDCWD, name, flags, mode);
}

int openat(int at, const char *name, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_argument(flags, arguments);
    va_end(arguments);
    return open_watched(at, name, flags, mode);
}

int creat(const char *name, mode_t mode)
{
    return open_watched(AT_FDCWD, name, O_WRONLY | O_CREAT | O_TRUNC, mode);
}

ssize_t read(int fd, void *bytes, size_t count)
{
    struct call call = call_on(READ, fd);
    return call_end(&call, call.error != 0 ? -1 : syscall(SYS_read, fd, bytes, bytes_of(&call, count)));
}

ssize_t pread(int fd, void *bytes, size_t count, off_t offset)
{
    struct call call = call_on(READ, fd);
    return call_end(&call,
                    call.error != 0 ? -1 : syscall(SYS_pread64, fd, bytes, bytes_of(&call, count), offset));
}

ssize_t preadv(int fd, const struct iovec *parts, int count, off_t offset)
{
    struct call call = call_on(READ, fd);
    return call_end(
        &call, call.error != 0 ? -1 : syscall(SYS_preadv, fd, parts, vectors_of(&call, count), offset, 0));
}

ssize_t write(int fd, const void *bytes, size_t count)
{
    struct call call = call_on(WRITE, fd);
    return call_end(&call, call.error != 0 ? -1 : syscall(SYS_write, fd, bytes, bytes_of(&call, count)));
}

ssize_t pwrite(int fd, const void *bytes, size_t count, off_t offset)
{
    struct call call = call_on(WRITE, fd);
    return call_end(&call,
                    call.error != 0 ? -1 : syscall(SYS_pwrite64, fd, bytes, bytes_of(&call, count), offset));
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    struct call call = call_on(WRITE, fd);
    return call_end(&call, call.error != 0 ? -1 : syscall(SYS_writev, fd, parts, vectors_of(&call, count)));
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t offset)
{
    struct call call = call_on(WRITE, fd);
    return call_end(
        &call, call.error != 0 ? -1 : syscall(SYS_pwritev, fd, parts, vectors_of(&call, count), offset, 0));
}

int ftruncate(int fd, off_t bytes)
{
    struct call call = call_on(TRUNCATE, fd);
    return (int)call_end(&call, call.error != 0 ? -1 : syscall(SYS_ftruncate, fd, bytes));
}

int fallocate(int fd, int mode, off_t offset, off_t bytes)
{
    struct call call = call_on(FALLOCATE, fd);
    return (int)call_end(&call, call.error != 0 ? -1 : syscall(SYS_fallocate, fd, mode, offset, bytes));
}

/* Where the file system cannot, the C library would write zeros; here nothing is done. */
int posix_fallocate(int fd, off_t offset, off_t bytes)
{
    int error = errno;
    int failed = fallocate(fd, 0, offset, bytes) != 0 && errno != EOPNOTSUPP ? errno : 0;
    errno = error;
    return failed;
}

static int sync_watched(int fd, long system_call)
{
    struct call call = call_on(SYNC, fd);
    bool keep = call.watched && !call.is_folder && call.error == 0;
    if (keep)
        call_keep(&call, fd);
    long result = call.error != 0 ? -1 : syscall(system_call, fd);
    if (keep && result == 0)
        call_kept(&call);
    return (int)call_end(&call, result);
}

int fsync(int fd)
{
    return sync_watched(fd, SYS_fsync);
}

int fdatasync(int fd)
{
    return sync_watched(fd, SYS_fdatasync);
}

int close(int fd)
{
    struct call call = call_on(CLOSE, fd);
    if (call.watched)
        call_watch(fd, false);
    long result = syscall(SYS_close, fd);
    return (int)call_end(&call, call.error != 0 ? -1 : result);
}

int flock(int fd, int operation)
{
    struct call call = call_on(LOCK, fd);
    return (int)call_end(&call, call.error != 0 ? -1 : syscall(SYS_flock, fd, operation));
}

int renameat(int old_at, const char *old_name, int new_at, const char *new_name)
{
    struct call call = call_on_name(RENAME, old_at, old_name);
    call_resolve(call.new_path, new_at, new_name);
    return (int)call_end(&call,
                         call.error != 0 ? -1 : syscall(SYS_renameat, old_at, old_name, new_at, new_name));
}

int rename(const char *old_name, const char *new_name)
{
    return renameat(AT_FDCWD, old_name, AT_FDCWD, new_name);
}

int unlinkat(int at, const char *name, int flags)
{
    struct call call = call_on_name(UNLINK, at, name);
    return (int)call_end(&call, call.error != 0 ? -1 : syscall(SYS_unlinkat, at, name, flags));
}

int unlink(const char *name)
{
    return unlinkat(AT_FDCWD, name, 0);
}

int rmdir(const char *name)
{
    return unlinkat(AT_FDCWD, name, AT_REMOVEDIR);
}

int mkdirat(int at, const char *name, mode_t mode)
{
    struct call call = call_on_name(MKDIR, at, name);
    long result = call.error != 0 ? -1 : syscall(SYS_mkdirat, at, name, mode);
    call.created = result == 0;
    return (int)call_end(&call, result);
}

int mkdir(const char *name, mode_t mode)
{
    return mkdirat(AT_FDCWD, name, mode);
}

/* The names for files beyond 2 GiB, which are the same here. */
int open64(const char *name, int flags, ...) __attribute__((alias("open")));
int openat64(int at, const char *name, int flags, ...) __attribute__((alias("openat")));
int creat64(const char *name, mode_t mode) __attribute__((alias("creat")));
ssize_t pread64(int fd, void *bytes, size_t count, off_t offset) __attribute__((alias("pread")));
ssize_t preadv64(int fd, const struct iovec *parts, int count, off_t offset) __attribute__((alias("preadv")));
ssize_t pwrite64(int fd, const void *bytes, size_t count, off_t offset) __attribute__((alias("pwrite")));
ssize_t pwritev64(int fd, const struct iovec *parts, int count, off_t offset)
    __attribute__((alias("pwritev")));
int ftruncate64(int fd, off_t bytes) __attribute__((alias("ftruncate")));
int fallocate64(int fd, int mode, off_t offset, off_t bytes) __attribute__((alias("fallocate")));
int posix_fallocate64(int fd, off_t offset, off_t bytes) __attribute__((alias("posix_fallocate")));
/* NOLINTEND(readability-inconsistent-declaration-parameter-name) */

/* What a hardened program calls in place of some of these. */
ssize_t __read_chk(int fd, void *bytes, size_t count, size_t room);
ssize_t __pread_chk(int fd, void *bytes, size_t count, off_t offset, size_t room);
ssize_t __pread64_chk(int fd, void *bytes, size_t count, off_t offset, size_t room)
    __attribute__((alias("__pread_chk")));
int __open_2(const char *name, int flags);
int __open64_2(const char *name, int flags) __attribute__((alias("__open_2")));
int __openat_2(int at, const char *name, int flags);
int __openat64_2(int at, const char *name, int flags) __attribute__((alias("__openat_2")));

ssize_t __read_chk(int fd, void *bytes, size_t count, size_t room)
{
    return count > room ? (abort(), -1) : read(fd, bytes, count);
}

ssize_t __pread_chk(int fd, void *bytes, size_t count, off_t offset, size_t room)
{
    return count > room ? (abort(), -1) : pread(fd, bytes, count, offset);
}

int __open_2(const char *name, int flags)
{
    return open(name, flags);
}

int __openat_2(int at, const char *name, int flags)
{
    return openat(at, name, flags);
}
