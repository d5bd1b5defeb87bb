/* A training taken up again: the checkpoint to go on from, found before ratings are read and put in force after. */
#ifndef API_RESUME_H
#define API_RESUME_H

#include "api/train_output.h"
#include "store/checkpoint_file.h"
#include "store/checkpoint_folder.h"

/* [collective] *found: to be closed by the caller; NULL where the run begins afresh. folder: rank 0's; its path NULL
 * without --checkpoint-dir. As checkpoints_open. */
status resume_find(struct checkpoint **found, const struct comm *comm, const struct settings *settings,
                   const struct checkpoint_folder *folder);

/* [collective] The training as it was when the checkpoint was written: factors, the best ones of early stopping too,
 * history. training->history is empty and training->model just opened. MFALS_BAD_CHECKPOINT where it is of other
 * ratings. */
status resume_training(const struct training *training, const struct checkpoint *found);

/* The attributes that a checkpoint has beside those of a model. */
enum { RESUME_ATTRIBUTES = 8 };

/* [local] Returns how many there are. */
int resume_attributes(struct attribute *attributes, const struct training *training);

#endif
