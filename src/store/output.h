/* A file that is to be written at the end of a run, and is held against other runs from its beginning.
 *
 *     struct hold *hold;
 *     TRY(output_hold(&hold, &comm, path, output_check_hdf5));     before the work, not after it
 *     ... new_file_write or plain_file_open and so on, with the same path ...
 *     hold_release(&hold);                                         in any case
 */
#ifndef STORE_OUTPUT_H
#define STORE_OUTPUT_H

#include "comm/comm.h"
#include "store/hold.h"

/* [collective] Holds path, and finds out that every node can write beside it: MFALS_NO_OUTPUT as durable_hold, or where
 * a node sees another folder. *hold: on rank 0; else, and on failure, NULL. */
status output_hold(struct hold **hold, const struct comm *comm, const char *path,
                   status (*may_replace)(const char *target));

/* [local] Somebody's text is not to be lost to a name that was meant for something else: MFALS_NO_OUTPUT for a file
 * that is not HDF5. */
status output_check_hdf5(const char *target);

#endif
