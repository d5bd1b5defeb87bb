/* The checkpoint file: a model file (store/model_file.h) of format "mfals-checkpoint" with what the trainer needs to go
 * on, with a checksum trailer (store/trailer.h). Besides the model's data sets and attributes it has those of its own among
 * `model.attributes`, and
 *
 *   /state/axes            [k + 1 x k] float64, where an iteration was interrupted: Q' and g of the side that was turned
 *   /state/spent           [numbers] float64, what the training took so far: times, other ones in each run
 *   /best/users/factors    [users x factors] float32, where early stopping has a best iteration     /best/items/factors alike
 *   /best/users/bias       [users] float32, where the model has biases     /best/items/bias alike
 *
 *     TRY(checkpoint_file_start(&writing, &comm, &file));       to be finished with new_file_finish
 *
 *     struct checkpoint *checkpoint;
 *     TRY(checkpoint_open(&checkpoint, &comm, path));
 *     ... checkpoint->header: attributes ...
 *     TRY(agree(&comm, checkpoint_rows(checkpoint, USERS, false, k, first, rows, take_part, model)));  each rank its own
 *     checkpoint_close(&checkpoint);
 */
#ifndef STORE_CHECKPOINT_FILE_H
#define STORE_CHECKPOINT_FILE_H

#include "store/header.h"
#include "store/model_file.h"
#include "store/new_file.h"

enum { CHECKPOINT_FORMAT_VERSION = MODEL_FORMAT_VERSION }; /* that of the model in it */
#define CHECKPOINT_AXES  "/state/axes"
#define CHECKPOINT_SPENT "/state/spent"

/* Attributes: how many iterations are complete; 0 where no further one has begun, so that it serves as a model. */
#define CHECKPOINT_ITERATION   "iteration"
#define CHECKPOINT_INTERRUPTED "broken_off"

/* Nothing in it is owned. */
struct checkpoint_file {
    struct model_file model;
    const double *axes;  /* [model.factors + 1 x model.factors], the same on all ranks; NULL for none */
    const double *spent; /* [spent_count] rank 0's are written; NULL for none, on all ranks or on no rank */
    int64_t spent_count;
    bool has_best;
    struct model_side best[2]; /* as model.side */
    struct hold *folder;       /* on rank 0: of the folder that it is for, where that is held; or NULL */
};

/* [collective] As new_file_start. */
status checkpoint_file_start(struct writing **writing, const struct comm *comm,
                             const struct checkpoint_file *file);

/* A checkpoint open for reading. */
struct checkpoint {
    char *path;            /* owned */
    struct header *header; /* owned */
    int fd;                /* owned */
};

/* [collective] Checks the checksum trailer before anything else looks at the file. MFALS_BAD_DATA where it is
 * damaged, cut off or was never with a checksum trailer; MFALS_BAD_CHECKPOINT where it is sound, but of a later
 * version or no checkpoint; MFALS_NO_INPUT where there is no such file, MFALS_IO where it cannot be read. NULL on
 * failure. */
status checkpoint_open(struct checkpoint **checkpoint, const struct comm *comm, const char *path);

/* [local] Accepts and leaves NULL. */
void checkpoint_close(struct checkpoint **checkpoint);

/* [local] Whether it holds the best iteration's factors too. */
bool checkpoint_has_best(const struct checkpoint *checkpoint);

/* Takes rows first .. first + count - 1 of the file: factors [count x k], bias [count] or NULL. */
typedef void checkpoint_taker(void *context, int64_t first, int64_t count, const float *factors,
                              const float *bias);

/* [local] Hands over rows first .. first + count - 1 of a side (or of its best) part by part. MFALS_IO,
 * MFALS_NO_MEMORY; MFALS_BAD_CHECKPOINT where the file has not these rows of k factors. */
status checkpoint_rows(const struct checkpoint *checkpoint, enum side side, bool best, int64_t k,
                       int64_t first, int64_t count, checkpoint_taker *taker, void *context);

/* [local] A data set of float64 of so many numbers, such as "/history/objective". The same failures. */
status checkpoint_numbers(double *numbers, int64_t count, const struct checkpoint *checkpoint,
                          const char *name);

#endif
