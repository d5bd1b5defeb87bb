#include "store/plain_file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static status open_partial(struct plain_file *file, int64_t bytes)
{
    TRY(durable_check_visible(file->target.partial, bytes));
    file->fd = open(file->target.partial, O_WRONLY | O_CLOEXEC);
    if (file->fd < 0)
        return fail(MFALS_NO_OUTPUT, "cannot write '%s': %s", file->target.partial, errno_text(errno));
    return MFALS_OK;
}

status plain_file_open(struct plain_file *file, const struct comm *comm, const char *path, int64_t bytes)
{
    *file = (struct plain_file){.comm = comm, .fd = -1};
    TRY(agree(comm, durable_open(&file->target, path)));
    TRY(agree(comm, comm->rank == 0 ? durable_create(&file->target, bytes) : MFALS_OK));
    return agree(comm, open_partial(file, bytes));
}

status plain_file_write(const struct plain_file *file, int64_t offset, const void *data, int64_t bytes)
{
    return durable_write(file->fd, file->target.partial, offset, data, bytes);
}

/* On every node: a later fsync by one rank reaches only its own. */
static status close_and_sync(struct plain_file *file)
{
    int closed = close(file->fd);
    file->fd = -1;
    if (closed != 0)
        return fail(MFALS_IO, "cannot write '%s': %s", file->target.partial, errno_text(errno));
    return durable_sync_file(file->target.partial);
}

status plain_file_close(struct plain_file *file, status before)
{
    const struct comm *comm = file->comm;
    status done = before;
    if (done == MFALS_OK)
        done = agree(comm, close_and_sync(file));
    if (done == MFALS_OK)
        done = agree(comm, comm->rank == 0 ? durable_publish(&file->target) : MFALS_OK);
    if (file->fd >= 0)
        close(file->fd);
    durable_close(&file->target);
    *file = (struct plain_file){.fd = -1};
    return done;
}
