/* The model file: HDF5, written by all ranks in parallel, read by h5py without help.
 *
 *   /                   attributes: format "mfals-model", format_version, complete, digest (store/content_digest.h),
 *                       global_mean where the model has one, and those of `attributes`
 *   /users/factors      [users x factors] float32       /items/factors alike
 *   /users/ids          [users] int64, or fixed-length UTF-8 text; sorted     /items/ids alike
 *   /users/bias         [users] float32, where the model has biases     /items/bias alike
 *   /users/rating_count [users] int64 ratings in training, where unobserved cells weigh by them, in version 2
 *                                                                       /items/rating_count alike
 *   /history/<name>     [iterations] float64, one for each figure
 *
 *     struct model_file file = {.path = "model.h5", ...};
 *     TRY(output_hold(&hold, &comm, file.path, output_check_hdf5));     before the training, not after it (store/output.h)
 *     TRY(model_file_write(&comm, &file));
 */
#ifndef STORE_MODEL_FILE_H
#define STORE_MODEL_FILE_H

#include "comm/comm.h"
#include "ratings/ids.h"
#include "read/raw.h"
#include "store/new_file.h"

#include <stdbool.h>

/* The newest, and that of files without numbers of ratings, which older programs read. */
enum { MODEL_FORMAT_VERSION = 2, MODEL_PLAIN_VERSION = 1 };

struct model_side {
    const float *factors;   /* this rank's first row */
    int64_t row_floats;     /* from one row to the next */
    const int64_t *offsets; /* the partition, comm->size + 1 values */
    const struct ids *ids;  /* of the rows this rank owns under offsets */
    const float *bias;      /* of own row i: bias[i * bias_step]; NULL for none, on all ranks or on no rank */
    int64_t bias_step;
    const int64_t *
        counts; /* ratings in training of own rows; NULL for none, on all ranks or on no rank, of both sides */
};

/* Nothing in it is owned. The same on all ranks but for the parts of model_side said to be a rank's. */
struct model_file {
    const char *path;
    int64_t factors;
    struct model_side side[2];
    bool has_global_mean;
    double global_mean;
    const struct history *history;
    int64_t history_count;
    const struct attribute *attributes;
    int64_t attribute_count;
};

/* [collective] As new_file_write, store/new_file.h. */
status model_file_write(const struct comm *comm, const struct model_file *model);

/* The parts of a file that has a model in it.
 * [local] tables, attributes: room for MODEL_TABLES_MAX and model->attribute_count + 1, which *file then points to. */
enum { MODEL_TABLES_MAX = 8 };
void model_new_file(struct new_file *file, struct table *tables, struct attribute *attributes,
                    const struct model_file *model);

/* [local] The factors, and the bias if there is one, of a side under these names. Returns how many tables: 1 or 2. */
int64_t model_side_tables(struct table *tables, const struct model_side *side, int64_t factors,
                          const char *factors_set, const char *bias_set);

#endif
