/* A new file that all ranks, perhaps on several nodes, write: its name, and whether everybody sees it. */
#include "store/durable.h"

#include "base/number.h"
#include "base/watchdog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

enum { HEAD_BYTES = 4096, POLL_MS = 50 };

/* A file as one sees it. */
struct sight {
    int64_t size;
    uint64_t head; /* of its first bytes */
};

status durable_share(struct durable *durable, const struct comm *comm)
{
    int64_t length = comm->rank == 0 ? (int64_t)strlen(durable->partial) + 1 : 0;
    comm_broadcast(comm, &length, sizeof length, 0);
    TRY(agree(comm, comm->rank == 0 ? MFALS_OK : allocate(&durable->partial, length)));
    comm_broadcast(comm, durable->partial, length, 0);
    return MFALS_OK;
}

/* An errno, or 0. */
static int look(struct sight *sight, int fd)
{
    char head[HEAD_BYTES];
    struct stat file;
    if (fstat(fd, &file) != 0)
        return errno;
    int64_t got = durable_read(fd, 0, head, sizeof head);
    if (got < 0)
        return errno;
    *sight = (struct sight){(int64_t)file.st_size, XXH3_64bits(head, (size_t)got)};
    return 0;
}

/* Opened anew, which asks the server on NFS, unlike looking alone. */
static int look_by_name(struct sight *sight, const char *path)
{
    int fd = open(path, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    int error = fd < 0 ? errno : look(sight, fd);
    if (fd >= 0)
        close(fd);
    return error;
}

static status await_sight(const char *partial, const struct sight *wanted)
{
    const struct timespec pause = {0, POLL_MS * 1000000L};
    struct sight here = {0};
    char host[256] = "a node";
    int error = 0;
    for (int waited = 0; waited <= HOLD_SEEN_MS; waited += POLL_MS) {
        error = look_by_name(&here, partial);
        if (error == 0 && here.size == wanted->size && here.head == wanted->head)
            return MFALS_OK;
        if (error != 0 && error != ENOENT && error != ESTALE)
            break;
        watchdog_note();
        nanosleep(&pause, NULL);
    }
    gethostname(host, sizeof host - 1);
    return fail(MFALS_NO_OUTPUT, "cannot write '%s' from %s: %s", partial, host,
                error != 0 ? errno_text(error) : "another file is there; all nodes must see the same folder");
}

status durable_await(const struct durable *durable, const struct comm *comm)
{
    struct sight sight = {0};
    int error = comm->rank == 0 ? look(&sight, durable->fd) : 0;
    TRY(agree(comm, error == 0
                        ? MFALS_OK
                        : fail(MFALS_IO, "cannot read '%s': %s", durable->partial, errno_text(error))));
    comm_broadcast(comm, &sight, sizeof sight, 0);
    return agree(comm, await_sight(durable->partial, &sight));
}
