/* The checkpoints of a training: when one is due, what is in it, and how the run ends that is asked to stop.
 *
 *     struct checkpoints checkpoints;
 *     TRY(checkpoints_open(&checkpoints, &comm, &config, &phases));   locked
 *     ... ratings and model; checkpoints.found is what to go on from, api/resume.h ...
 *     after each iteration: TRY(checkpoints_after(&checkpoints, &training));
 *     at the end:           TRY(checkpoints_end(&checkpoints, &training, trained));
 *     checkpoints_close(&checkpoints);                             in any case
 *
 * A checkpoint's data goes to disk on a thread while the next iteration runs; under its name it stands after that.
 */
#ifndef TRAIN_CHECKPOINTS_H
#define TRAIN_CHECKPOINTS_H

#include "base/phase.h"
#include "store/checkpoint_file.h"
#include "store/checkpoint_folder.h"
#include "train/train_output.h"

struct checkpoints {
    const struct comm *comm;         /* not owned */
    const struct run_config *config; /* not owned */
    struct phases *phases;           /* not owned */
    void (*written)(int64_t iteration, double seconds,
                    void *context); /* called when one stands; may be NULL */
    void *context;
    struct checkpoint_folder folder; /* owned, on rank 0 */
    struct checkpoint *found;        /* owned: what to go on from, or NULL */
    struct writing *writing;         /* owned: the checkpoint under way, or NULL */
    int64_t under_way;               /* its iteration */
    double deadline;                 /* of phase_clock: when the run is to stop; INFINITY: never */
    const char *deadline_reason;
    int64_t last, last_but_one; /* iterations of the newest in the folder; -1: none */
    int64_t begun_iteration;    /* of the last attempt */
    double begun_clock;
    bool failed; /* the last attempt: the next comes after the next iteration */
};

/* [collective] Without --checkpoint-dir all of this does nothing. Else makes and locks the folder and finds what to go
 * on from, as --resume says: MFALS_NO_OUTPUT for a folder that cannot be used; MFALS_BAD_CHECKPOINT for the checkpoint
 * of other options, or one named that is damaged. Damaged ones in the folder are passed over with a warning. */
status checkpoints_open(struct checkpoints *checkpoints, const struct comm *comm,
                        const struct run_config *config, struct phases *phases);

/* [local] From here on the run stops at its deadline, as since checkpoints_open, whatever deadline came in between. */
void checkpoints_observe_deadline(const struct checkpoints *checkpoints);

/* [local] Accepts a zeroed struct. The deadline goes on. */
void checkpoints_close(struct checkpoints *checkpoints);

/* [collective] To be called after each iteration: begins a checkpoint if one is due. MFALS_REQUEUE where the run is to
 * stop. A checkpoint that fails is a warning, unless HDF5 cannot go on after it (hdf5_sound): MFALS_IO. */
status checkpoints_after(struct checkpoints *checkpoints, const struct training *training);

/* [collective] trained: how the training ended, the same on all ranks; returned unless it was MFALS_OK or
 * MFALS_REQUEUE, once the checkpoint under way stands. After these two the last checkpoint is written, of an iteration
 * interrupted too; where the run stops for want of time and it cannot be written, that failure is returned. */
status checkpoints_end(struct checkpoints *checkpoints, const struct training *training, status trained);

#endif
