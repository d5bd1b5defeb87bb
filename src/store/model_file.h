/* The model file: HDF5, written by all ranks in parallel, read by h5py without help.
 *
 *   /                   attributes: format "mfals-model", format_version, complete, and those of `attributes`
 *   /users/factors      [users x factors] float32       /items/factors alike
 *   /users/ids          [users] int64, or fixed-length UTF-8 text; sorted     /items/ids alike
 *   /history/<name>     [iterations] float64, one for each figure
 *
 *     struct model_file file = {.path = "model.h5", ...};
 *     TRY(model_file_check_output(&comm, file.path));          before the training, not after it
 *     TRY(model_file_write(&comm, &file));
 */
#ifndef STORE_MODEL_FILE_H
#define STORE_MODEL_FILE_H

#include "comm/comm.h"
#include "ratings/ids.h"
#include "ratings/raw.h"

enum { MODEL_FORMAT_VERSION = 1 };

struct attribute {
    const char *name;
    enum { ATTRIBUTE_TEXT, ATTRIBUTE_INTEGER, ATTRIBUTE_REAL } kind;
    const char *text; /* UTF-8, written as a variable-length string */
    int64_t integer;
    double real;
};

/* One figure's values, iteration by iteration; the same on every rank. */
struct history {
    const char *name;
    const double *values;
    int64_t count;
};

struct model_side {
    const float *factors;   /* this rank's first row */
    int64_t row_floats;     /* from one row to the next */
    const int64_t *offsets; /* the partition, comm->size + 1 values */
    const struct ids *ids;  /* of the rows this rank owns under offsets */
};

/* Nothing in it is owned. The same on all ranks but for the parts of model_side said to be a rank's. */
struct model_file {
    const char *path;
    int64_t factors;
    struct model_side side[2];
    const struct history *history;
    int64_t history_count;
    const struct attribute *attributes;
    int64_t attribute_count;
};

/* [collective] Whether path can be written: its folder exists and takes a new file, it is no folder itself.
 * MFALS_NO_OUTPUT with the reason if not. Leaves nothing behind. */
status model_file_check_output(const struct comm *comm, const char *path);

/* [collective] Writes the model under path.partial, reads it back, syncs it and renames it to path: at no
 * moment is there a half-written file under path. On failure path.partial is removed and an older file under
 * path is untouched. MFALS_NO_OUTPUT where it cannot be created, MFALS_IO where writing fails or the disk is
 * full. After MFALS_IO HDF5 may hold a file that it can't close, and MPI_Finalize crash or hang over it: tell
 * the failure, then MPI_Abort. */
status model_file_write(const struct comm *comm, const struct model_file *file);

#endif
