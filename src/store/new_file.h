/* An HDF5 file written by all ranks in parallel, that stands under its name only when it is whole and on disk.
 *
 *     struct table tables[] = {{{"/users/factors", x, 4 * k, 4 * row_floats, offsets}, ELEMENT_FLOAT32, k}, ...};
 *     struct new_file file = {.path = path, .format = "mfals-model", .tables = tables, .table_count = 1, ...};
 *     TRY(new_file_write(&comm, &file));
 *
 * Its root has the attributes format, format_version, complete, digest (store/content_digest.h) and those given.
 */
#ifndef STORE_NEW_FILE_H
#define STORE_NEW_FILE_H

#include "comm/comm.h"
#include "store/attribute.h"
#include "store/hdf5.h"
#include "store/hold.h"
#include "store/row_slab.h"

/* A data set whose rows the ranks hold. */
struct table {
    struct row_slab slab;
    enum element element;
    int64_t columns; /* 0: one-dimensional, with a row of one element */
};

/* Nothing in it is owned. The same on all ranks but for the rows of the tables. */
struct new_file {
    const char *path, *format;
    int64_t format_version;
    const char *const *groups; /* that the names of the tables begin with */
    int64_t group_count;
    const struct table *tables;
    int64_t table_count;
    const struct history *history; /* into the group /history, which is there if any are given */
    int64_t history_count;
    const struct attribute *attributes;
    int64_t attribute_count;
    bool has_trailer; /* with store/trailer.h */
    struct hold
        *folder; /* on rank 0: of its folder, if that is held and not the file alone (store/durable.h) */
    status (*may_replace)(const char *target); /* [local] as in store/durable.h */
};

/* [collective] Writes the file under another name, reads it back, syncs it and renames it to path: at no moment is
 * there a half-written file under path. On failure an older file under path is untouched, and what was written is
 * removed; but it is kept where only the renaming failed (durable_publish).
 * MFALS_NO_OUTPUT where it cannot be created, MFALS_IO where writing fails or the disk is full. hdf5_sound tells
 * whether the process can go on after MFALS_IO. */
status new_file_write(const struct comm *comm, const struct new_file *file);

/* The same in two steps, between which the disk is at work and the caller too:
 *
 *     struct writing *writing;
 *     TRY(new_file_start(&writing, &comm, &file));       all is written and read back; what file names is not needed any more
 *     ... other work ...
 *     TRY(new_file_finish(&writing));                    it is on disk, and stands under its name
 */
struct writing;

/* [collective] *writing is NULL on failure. comm must outlive it. */
status new_file_start(struct writing **writing, const struct comm *comm, const struct new_file *file);

/* [collective] Accepts NULL; leaves NULL in any case. */
status new_file_finish(struct writing **writing);

/* [local] Gives the file up: what was written is removed. Accepts NULL; leaves NULL. */
void new_file_abandon(struct writing **writing);

#endif
