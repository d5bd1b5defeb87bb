/* A model and how it was trained: its options as the settings of train, from what the file records.
 *
 *     struct trained trained;
 *     TRY(trained_open(&trained, &comm, path, &phases));
 *     ... trained.model, trained.settings.solve ...
 *     trained_free(&trained);                  in any case
 */
#ifndef API_TRAINED_H
#define API_TRAINED_H

#include "api/settings.h"
#include "ratings/match.h"
#include "store/header.h"
#include "store/model_reader.h"

struct trained {
    struct stored_model *model; /* owned */
    struct settings settings;   /* its texts live in header */
    struct header *header;      /* owned */
    struct known_ids known[2];  /* the model's */
};

/* [collective] Fails as model_file_read, and with MFALS_BAD_DATA for a recorded option that train would refuse. */
status trained_open(struct trained *trained, const struct comm *comm, const char *path);

/* [collective] Warns where users of the model have no factors: they had no ratings, or were held out whole. */
void trained_warn(const struct trained *trained, const struct comm *comm);

/* [local] */
void trained_free(struct trained *trained);

/* What users have rated, to leave it out. */
struct seen {
    struct matched *matched; /* owned */
    struct csr moved;        /* owned */
    const struct csr *csr;   /* by user, this rank's users of the model: one of the two */
};

/* [collective] From the file of --seen, or from the ratings that the model was trained on: the file of which it has
 * the name, if that has still the same digest, without what the training held out. *seen is to be freed in any case.
 * MFALS_NO_INPUT, saying what to pass, where there is neither. */
status seen_load(struct seen *seen, const struct comm *comm, const struct settings *settings,
                 struct trained *trained, struct phases *phases);

/* [local] Accepts a zeroed struct. */
void seen_free(struct seen *seen);

#endif
