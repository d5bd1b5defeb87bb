/* A model read back, each rank its share: the same layout in memory as the trainer's, so that the same kernels serve.
 *
 *     struct stored_model *model;
 *     TRY(model_file_read(&model, &comm, path));
 *     stored_model_free(&model);
 */
#ifndef STORE_MODEL_READER_H
#define STORE_MODEL_READER_H

#include "comm/comm.h"
#include "ratings/ratings.h"
#include "read/raw.h"

struct stored_side {
    int64_t rows;
    int64_t *offsets; /* owned: partition_even of rows, comm->size + 1 values */
    float *factors;   /* owned: [own rows, up to tiles, x row_floats], `padding` zeros, then the k factors */
    float *bias;      /* owned: [own rows]; NULL where the model has no biases */
    int64_t *counts;  /* owned: [own rows] ratings in training; NULL where the model has none */
    struct ids ids;   /* of the own rows */
};

struct stored_model {
    int factors; /* k */
    int padding;
    int64_t row_floats; /* 16 ceil(k / 16) */
    struct stored_side side[2];
    double global_mean;       /* 0 where the model has none */
    struct value_range range; /* of the values it was trained on; NaN where that is not recorded */
    bool biases;
    struct header *header; /* owned: all else that the file records */
};

/* [collective] From a model file, or a checkpoint of a whole iteration. MFALS_NO_INPUT where path cannot be opened;
 * MFALS_BAD_DATA where it is no complete mfals model, of a later format version, its dimensions disagree, it does not
 * match the digest it was written with, or it is a checkpoint written within an iteration. *model is NULL on
 * failure. */
status model_file_read(struct stored_model **model, const struct comm *comm, const char *path);

/* [local] Accepts and leaves NULL. */
void stored_model_free(struct stored_model **model);

#endif
