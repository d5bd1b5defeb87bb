#include "store/output.h"

#include "store/durable.h"
#include "store/header.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* [collective] The lock file is the first that is made in the folder: where it is seen, others will be. */
static status check_seen(const struct comm *comm, const struct hold *hold)
{
    scoped char *path = NULL;
    char token[HOLD_TOKEN_SIZE] = "";
    int64_t length = hold != NULL ? (int64_t)strlen(hold_path(hold)) + 1 : 0;
    comm_broadcast(comm, &length, sizeof length, 0);
    TRY(allocate_on_all(comm, &path, length));
    if (hold != NULL) {
        memcpy(path, hold_path(hold), (size_t)length);
        memcpy(token, hold_token(hold), sizeof token);
    }
    comm_broadcast(comm, path, length, 0);
    comm_broadcast(comm, token, sizeof token, 0);
    return agree(comm, hold_seen(path, token));
}

status output_hold(struct hold **hold, const struct comm *comm, const char *path,
                   status (*may_replace)(const char *target))
{
    *hold = NULL;
    TRY(agree(comm, comm->rank == 0 ? durable_hold(hold, path, may_replace) : MFALS_OK));
    status seen = check_seen(comm, *hold);
    if (seen != MFALS_OK)
        hold_release(hold);
    return seen;
}

status output_check_hdf5(const char *target)
{
    struct stat there;
    if (stat(target, &there) != 0 || !S_ISREG(there.st_mode) || there.st_size == 0 ||
        access(target, R_OK) != 0 || hdf5_file_probe(target))
        return MFALS_OK;
    return fail(MFALS_NO_OUTPUT, "'%s' is there and is no HDF5 file: it is not replaced", target);
}
