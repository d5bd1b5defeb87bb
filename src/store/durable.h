/* A file that stands under its name only when it is whole and on disk: written as path.partial, synced, renamed.
 *
 *     struct durable durable;
 *     TRY(durable_open(&durable, path));
 *     TRY(durable_create(&durable, bytes));         the disk has room for it
 *     ... write durable.partial; durable_reserve(&size, durable.partial) once it has its full size ...
 *     durable_sync_begin(&durable);                 on a thread of its own, while other work goes on
 *     TRY(durable_sync_end(&durable));
 *     TRY(durable_publish(&durable));
 *     durable_close(&durable);                      in any case
 *
 * All local; every rank opens it for its names and syncs what its node has written, one creates and publishes it.
 */
#ifndef STORE_DURABLE_H
#define STORE_DURABLE_H

#include "base/status.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct durable {
    char *target;  /* owned: path or, where that is a link to a file, that file */
    char *partial; /* owned: target.partial */
    bool created;  /* partial is this one's, and not published */
    bool syncing;  /* `syncer` runs */
    pthread_t syncer;
    int sync_error; /* errno of the sync */
};

/* [local] Sets the names; touches nothing. *durable is to be closed in any case. */
status durable_open(struct durable *durable, const char *path);

/* [local] Whether partial can be created, and put in place of the target: that is a regular file or nothing yet. An
 * older partial, which another run may be writing, is left alone. MFALS_NO_OUTPUT if not. */
status durable_probe(struct durable *durable);

/* [local] A new partial, an older one removed, with room for so many bytes. MFALS_NO_OUTPUT as durable_probe, MFALS_IO
 * where there is no room. */
status durable_create(struct durable *durable, int64_t bytes);

/* [local] Has the file system set aside space for every byte of the file's present size, holes included: what is
 * written inside it later finds room. *size: out, that size. MFALS_IO where there is none. */
status durable_reserve(int64_t *size, const char *partial);

/* [local] Whether the file can be written from here, which may be another node than where it was created, and has
 * this size (any, for a negative one). MFALS_NO_OUTPUT if not. */
status durable_check_visible(const char *partial, int64_t size);

/* [local] Begins to fsync partial, which is not to be written any more; waits for it. Between the two durable must stay
 * where it is. MFALS_IO. */
void durable_sync_begin(struct durable *durable);
status durable_sync_end(struct durable *durable);

/* [local] Renames partial, which is synced, to the target; fsync of its folder. MFALS_IO. */
status durable_publish(struct durable *durable);

/* [local] Waits for a sync that runs; removes partial if it was created here and not published. Accepts a zeroed
 * struct. */
void durable_close(struct durable *durable);

/* [local] Bytes at an offset of an open file, or behind a closed one's end: all of them, or MFALS_IO. */
status durable_write(int fd, const char *path, int64_t offset, const void *data, int64_t bytes);
status durable_append(const char *path, const void *data, int64_t bytes);

/* [local] fsync of a file or a folder. MFALS_IO. */
status durable_sync_file(const char *path);
status durable_sync_folder(const char *path);

#endif
