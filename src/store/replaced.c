#include "store/replaced.h"

#include <fcntl.h>
#include <stdbool.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { NAMES_SIZE = 4096, VALUE_SIZE = 65536, PERMISSIONS = 0777 };

mode_t replaced_mode(const char *target)
{
    struct stat old;
    return lstat(target, &old) == 0 && S_ISREG(old.st_mode) ? S_IRUSR | S_IWUSR : 0666;
}

/* One too large to be copied here is left out, as is one that the system keeps to itself. */
static void copy_attributes(int to, int from)
{
    char names[NAMES_SIZE];
    static _Thread_local char value[VALUE_SIZE];
    ssize_t length = flistxattr(from, names, sizeof names);
    for (const char *name = names; length > 0 && name < names + length; name += strlen(name) + 1) {
        ssize_t size = fgetxattr(from, name, value, sizeof value);
        if (size >= 0)
            (void)fsetxattr(to, name, value, (size_t)size, 0);
    }
}

void replaced_pass_on(int fd, const char *target, int final)
{
    struct stat old, own;
    int from = open(target, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    bool there = (from >= 0 ? fstat(from, &old) : lstat(target, &old)) == 0 && S_ISREG(old.st_mode);
    if (there && fstat(fd, &own) == 0) {
        if (own.st_uid != old.st_uid || own.st_gid != old.st_gid)
            if (fchown(fd, old.st_uid, old.st_gid) != 0)
                (void)!fchown(fd, (uid_t)-1, old.st_gid);
        if (from >= 0)
            copy_attributes(fd, from);
        mode_t mode = (old.st_mode & PERMISSIONS) | (final ? 0 : S_IRUSR | S_IWUSR);
        (void)fchmod(fd, mode);
    }
    if (from >= 0)
        close(from);
}
