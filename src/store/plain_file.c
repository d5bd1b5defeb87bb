#include "store/plain_file.h"

#include "base/number.h"

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
    static const int64_t most = (int64_t)1 << 30; /* a call writes less than 2 GiB */
    const char *from = data;
    while (bytes > 0) {
        ssize_t written = pwrite(file->fd, from, (size_t)number_min(bytes, most), offset);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return fail(MFALS_IO, "cannot write '%s': %s", file->target.partial, errno_text(errno));
        from += written;
        offset += written;
        bytes -= written;
    }
    return MFALS_OK;
}

/* On every node: a later fsync by one rank reaches only its own. */
static status sync_and_close(struct plain_file *file)
{
    int error = durable_sync(file->fd);
    if (close(file->fd) != 0 && error == 0)
        error = errno;
    file->fd = -1;
    return error == 0 ? MFALS_OK
                      : fail(MFALS_IO, "cannot write '%s': %s", file->target.partial, errno_text(error));
}

status plain_file_close(struct plain_file *file, status before)
{
    const struct comm *comm = file->comm;
    status done = before;
    if (done == MFALS_OK)
        done = agree(comm, sync_and_close(file));
    if (done == MFALS_OK)
        done = agree(comm, comm->rank == 0 ? durable_publish(&file->target) : MFALS_OK);
    if (file->fd >= 0)
        close(file->fd);
    durable_close(&file->target);
    *file = (struct plain_file){.fd = -1};
    return done;
}
