/* A file that stands under its name only when it is whole and on disk: written as path.partial, synced,
 * renamed.
 *
 *     scoped char *partial = NULL;
 *     TRY(durable_partial_name(&partial, path));
 *     TRY(durable_create(partial, bytes));          the disk has room for it
 *     ... write partial; durable_reserve(&size, partial) once it has its full size ...
 *     TRY(durable_publish(partial, path));          or durable_discard(partial)
 *
 * All local; one rank does it.
 */
#ifndef STORE_DURABLE_H
#define STORE_DURABLE_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* *partial = path with ".partial" behind it, to be freed with memory_free. */
status durable_partial_name(char **partial, const char *path);

/* Whether a file can be put in place of path: it is a regular file or nothing yet. MFALS_NO_OUTPUT if not. */
status durable_check_target(const char *path);

/* Whether partial can be created. *created says whether it was, empty, for durable_discard to remove: it may
 * be there already, being written by another run. MFALS_NO_OUTPUT if not. */
status durable_probe(bool *created, const char *partial);

/* A new file, an older one of that name removed, with room for so many bytes. MFALS_NO_OUTPUT where it cannot
 * be created, MFALS_IO where there is no room; it is left there then. */
status durable_create(const char *partial, int64_t bytes);

/* Has the file system set aside space for every byte of the file's present size, holes included: what is
 * written inside it later finds room. *size: out, that size. MFALS_IO where there is none. */
status durable_reserve(int64_t *size, const char *partial);

/* Whether the file can be written from here, which may be another node than where it was created, and has
 * this size (any, for a negative one). MFALS_NO_OUTPUT if not. */
status durable_check_visible(const char *partial, int64_t size);

/* fsync, rename to path, fsync of its folder. MFALS_IO. */
status durable_publish(const char *partial, const char *path);

/* Removes it, if it is there. */
void durable_discard(const char *partial);

#endif
