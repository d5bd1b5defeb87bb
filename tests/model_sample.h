/* A synthetic model for the tests of store/model_file.h: every number tells where it belongs. */
#ifndef TESTS_MODEL_SAMPLE_H
#define TESTS_MODEL_SAMPLE_H

#include "store/model_file.h"

enum { PATH_SIZE = 128, OFFSETS = 65 };

struct sample {
    struct model_file file; /* to be written to path */
    struct ids ids[2];
    int64_t offsets[2][OFFSETS];
    float *factors[2]; /* rows of `factors` numbers, padded to a multiple of 16 with others */
    char folder[PATH_SIZE], path[2 * PATH_SIZE];
};

/* [collective] Makes the model, and a new folder for its file. */
void sample_open(struct sample *sample, int64_t users, int64_t items, int64_t factors, enum id_kind kind);

/* [collective] Removes the file, and the folder, in which nothing else may be left. */
void sample_close(struct sample *sample);

/* [local] Rank 0 reads the file with plain HDF5 and compares everything. */
void sample_check_file(const struct sample *sample);

/* [collective] Whether a model could be written to path: held, and given back. */
status sample_check_output(const char *path);

/* [collective] The number of files in a folder. */
int sample_entries(const char *folder);

#endif
