/* A training taken up again: a checkpoint put in force. */
#ifndef TRAIN_RESUME_H
#define TRAIN_RESUME_H

#include "store/checkpoint_file.h"
#include "train/train_output.h"

/* [collective] The training as it was when the checkpoint was written: factors, the best ones of early stopping too,
 * history. training->history is empty and training->model just opened. MFALS_BAD_CHECKPOINT where it is of other
 * ratings. */
status resume_training(struct training *training, const struct checkpoint *found);

/* The attributes that a checkpoint has beside those of a model. */
enum { RESUME_ATTRIBUTES = 8 };

/* [local] Returns how many there are. */
int resume_attributes(struct attribute *attributes, const struct training *training);

#endif
