/* A training as files describe it. A file's bytes don't depend on the number of ranks: neither that number nor times or
 * hosts are in it. */
#ifndef API_TRAIN_OUTPUT_H
#define API_TRAIN_OUTPUT_H

#include "api/early_stop.h"
#include "api/measures.h"
#include "api/settings.h"
#include "api/spending.h"
#include "ratings/digest.h"
#include "ratings/ratings.h"
#include "solve/train.h"

/* What a training has come to. Nothing in it is owned. */
struct training {
    const struct comm *comm;
    const struct settings *settings;
    const struct ratings *ratings;
    struct model *model;
    struct figure_history *history;
    struct early_stop *early_stop;
    struct spending *spending;
};

/* The training as a model file, and what that points to. */
struct description {
    struct model_file file;       /* without a path */
    struct attribute *attributes; /* owned; file.attributes, with room for `more` */
    struct history histories[HISTORY_MAX];
    char digest[DIGEST_TEXT_SIZE];
};

/* [local] To be freed with description_free in any case. more: attributes that the caller will add. MFALS_NO_MEMORY. */
status training_describe(struct description *description, const struct training *training, int64_t more);
void description_free(struct description *description);

/* [collective] Writes the model: factors, ids, history, and as attributes what made it. */
status train_output_write(const struct training *training);

#endif
