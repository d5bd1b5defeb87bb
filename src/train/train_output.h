/* A training as files describe it. A file's bytes don't depend on the number of ranks: neither that number nor times or
 * hosts are in it. */
#ifndef TRAIN_TRAIN_OUTPUT_H
#define TRAIN_TRAIN_OUTPUT_H

#include "ratings/digest.h"
#include "train/history.h"

struct training; /* train/training.h */

/* The training as a model file, and what that points to. */
struct model_description {
    struct model_file file;       /* without a path */
    struct attribute *attributes; /* owned; file.attributes, with room for `more` */
    struct history histories[HISTORY_MAX];
    char digest[DIGEST_TEXT_SIZE];
    char now[24]; /* what ages were counted up to, as --now */
};

/* [local] To be freed with model_description_free in any case. more: attributes that the caller will add.
 * MFALS_NO_MEMORY. */
status training_describe(struct model_description *description, const struct training *training,
                         int64_t more);
void model_description_free(struct model_description *description);

/* [collective] Writes the model: factors, ids, history, and as attributes what made it. */
status train_output_write(const struct training *training, const char *path);

#endif
