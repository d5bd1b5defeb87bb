/* What a model's users have rated, to leave it out. */
#ifndef SERVE_SEEN_H
#define SERVE_SEEN_H

#include "serve/served_model.h"

struct seen {
    struct matched *matched; /* owned */
    struct csr moved;        /* owned */
    const struct csr *csr;   /* by user, this rank's users of the model: one of the two */
};

/* [collective] From the file of --seen, or from the ratings that the model was trained on: the file of which it has
 * the name, if that has still the same digest, without what the training held out. *seen is to be freed in any case.
 * MFALS_NO_INPUT, saying what to pass, where there is neither. */
status seen_load(struct seen *seen, const struct comm *comm, const struct run_config *config,
                 const struct served_model *served, struct phases *phases);

/* [local] Accepts a zeroed struct. */
void seen_free(struct seen *seen);

#endif
