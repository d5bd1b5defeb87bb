/* A file that stands under its name only when it is whole and on disk: written under a name that no other run has,
 * FILE.<token>.partial, synced, renamed. While it is made, .FILE.lock beside it (store/hold.h) holds it against other
 * runs.
 *
 *     struct durable durable = {.may_replace = ...};
 *     on one rank:  TRY(durable_create(&durable, path, bytes));     the disk has room for it
 *     on all:       TRY(durable_share(&durable, &comm));            durable.partial is the name to write under
 *     ... write durable.partial; on the one durable_reserve(&size, durable.partial) once it has its full size ...
 *     on all:       TRY(durable_await(&durable, &comm));            everybody sees it in that size
 *     durable_sync_begin(&durable);                 on a thread of its own, while other work goes on
 *     TRY(durable_sync_end(&durable));
 *     on the one:   TRY(durable_publish(&durable));
 *     durable_close(&durable);                      in any case
 */
#ifndef STORE_DURABLE_H
#define STORE_DURABLE_H

#include "comm/comm.h"
#include "store/durable_bytes.h"
#include "store/hold.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct durable {
    /* To be set before, on the rank that creates it. */
    struct hold *folder; /* not owned: of its whole folder, where links are not followed; or NULL */
    status (*may_replace)(
        const char *target); /* [local] MFALS_NO_OUTPUT for what is not to be replaced; or NULL */

    char *partial;     /* owned: the name to write under */
    char *target;      /* owned, as what follows: path or, where that is a link to a file, that file */
    struct hold *hold; /* where the folder is not held */
    bool created;      /* `fd` is open, and partial is this one's and not published */
    int fd;
    bool syncing; /* `syncer` runs */
    pthread_t syncer;
    int sync_error; /* errno of the sync */
};

/* [local] Holds path, or the file that it is a link to, against other runs, for a file to be written later.
 * MFALS_NO_OUTPUT where another run has it, where its folder takes no file, or where something is there that cannot be
 * replaced, as may_replace says if it is not NULL. *hold is NULL on failure. */
status durable_hold(struct hold **hold, const char *path, status (*may_replace)(const char *target));

/* [local] A new partial, with room for so many bytes and, where it replaces a file, with that file's owner, permissions
 * and extended attributes as far as the system lets one. MFALS_NO_OUTPUT as durable_hold, MFALS_IO where there is no
 * room. */
status durable_create(struct durable *durable, const char *path, int64_t bytes);

/* [collective] Rank 0's partial for all. MFALS_NO_MEMORY. */
status durable_share(struct durable *durable, const struct comm *comm);

/* [collective] Whether every rank, perhaps on another node, sees rank 0's partial in its present size and with its
 * present beginning, and can write it; waits for HOLD_SEEN_MS, as other nodes may see old sizes for a while.
 * MFALS_NO_OUTPUT if not. */
status durable_await(const struct durable *durable, const struct comm *comm);

/* [local] Has the file system set aside space for every byte of the file's present size, holes included: what is
 * written inside it later finds room. *size: out, that size. MFALS_IO where there is none. */
status durable_reserve(int64_t *size, const char *partial);

/* [local] Begins to fsync partial, which is not to be written any more; waits for it. Between the two durable must stay
 * where it is. MFALS_IO. */
void durable_sync_begin(struct durable *durable);
status durable_sync_end(struct durable *durable);

/* [local] Renames partial, which is synced, to the target, if it is still the file that was created and the target one
 * that may be replaced; fsync of its folder. MFALS_IO, MFALS_NO_OUTPUT. Where only the renaming fails and the folder is
 * not held, the file stays and the message names it. */
status durable_publish(struct durable *durable);

/* [local] Waits for a sync that runs; removes partial if it was created here and not published. Accepts a zeroed
 * struct. */
void durable_close(struct durable *durable);

#endif
