#include "store/plain_file.h"

#include "store/stored_rows.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static status open_partial(struct plain_file *file)
{
    file->fd = open(file->target.partial, O_RDWR | O_NOFOLLOW | O_CLOEXEC);
    if (file->fd < 0)
        return fail(MFALS_NO_OUTPUT, "cannot write '%s': %s", file->target.partial, errno_text(errno));
    return MFALS_OK;
}

status plain_file_open(struct plain_file *file, const struct comm *comm, const char *path, int64_t bytes)
{
    *file = (struct plain_file){.comm = comm, .fd = -1};
    TRY(agree(comm, comm->rank == 0 ? durable_create(&file->target, path, bytes) : MFALS_OK));
    TRY(durable_share(&file->target, comm));
    TRY(durable_await(&file->target, comm));
    return agree(comm, open_partial(file));
}

static status verify(const struct plain_file *file, int64_t offset, const void *data, int64_t bytes)
{
    scoped char *there = NULL;
    TRY(allocate_raw(&there, bytes));
    if (stored_bytes_read(there, file->fd, file->target.partial, offset, bytes) != MFALS_OK)
        return fail(MFALS_IO, "'%s' was written but cannot be read back", file->target.partial);
    return memcmp(there, data, (size_t)bytes) == 0
               ? MFALS_OK
               : fail(MFALS_IO, "'%s' was written but reads back differently", file->target.partial);
}

status plain_file_write(const struct plain_file *file, int64_t offset, const void *data, int64_t bytes)
{
    if (file->verifies)
        return verify(file, offset, data, bytes);
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

status plain_file_finish(struct plain_file *file, status before)
{
    TRY(before);
    return agree(file->comm, close_and_sync(file));
}

status plain_file_publish(struct plain_file *file)
{
    return agree(file->comm, file->comm->rank == 0 ? durable_publish(&file->target) : MFALS_OK);
}

void plain_file_free(struct plain_file *file)
{
    if (file->comm == NULL)
        return;
    if (file->fd >= 0)
        close(file->fd);
    durable_close(&file->target);
    *file = (struct plain_file){.fd = -1};
}

status plain_file_close(struct plain_file *file, status before)
{
    status done = plain_file_finish(file, before);
    if (done == MFALS_OK)
        done = plain_file_publish(file);
    plain_file_free(file);
    return done;
}
