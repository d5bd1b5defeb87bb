/* Which checkpoint to go on from: found before ratings are read. */
#ifndef TRAIN_RESUME_FIND_H
#define TRAIN_RESUME_FIND_H

#include "options/run_config.h"
#include "store/checkpoint_file.h"
#include "store/checkpoint_folder.h"

/* [collective] *found: to be closed by the caller; NULL where the run begins afresh. folder: rank 0's; its path NULL
 * without --checkpoint-dir. As checkpoints_open. */
status resume_find(struct checkpoint **found, const struct comm *comm, const struct run_config *config,
                   const struct checkpoint_folder *folder);

#endif
