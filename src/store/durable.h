/* A file that stands under its name only when it is whole and on disk: written as path.partial, synced, renamed.
 *
 *     struct durable durable;
 *     TRY(durable_open(&durable, path));
 *     TRY(durable_create(&durable, bytes));         the disk has room for it
 *     ... write durable.partial; durable_reserve(&size, durable.partial) once it has its full size ...
 *     TRY(durable_publish(&durable));
 *     durable_close(&durable);                      in any case
 *
 * All local; every rank opens it for its names, one creates and publishes it.
 */
#ifndef STORE_DURABLE_H
#define STORE_DURABLE_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct durable {
    char *target;  /* owned: path or, where that is a link to a file, that file */
    char *partial; /* owned: target.partial */
    bool created;  /* partial is this one's, and not published */
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

/* [local] fsync, rename to the target, fsync of its folder. MFALS_IO. */
status durable_publish(struct durable *durable);

/* [local] Removes partial if it was created here and not published. Accepts a zeroed struct. */
void durable_close(struct durable *durable);

/* [local] fsync, taken up again where a signal broke it off: 0, or the errno of its failure. */
int durable_sync(int fd);

#endif
