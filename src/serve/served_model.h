/* A model from a file and how it was trained: its configuration of train, from what the file records.
 *
 *     struct served_model served;
 *     TRY(served_model_open(&served, &comm, path));
 *     ... served.model, served.config.solve ...
 *     served_model_free(&served);                  in any case
 */
#ifndef SERVE_SERVED_MODEL_H
#define SERVE_SERVED_MODEL_H

#include "options/run_config.h"
#include "ratings/match.h"
#include "store/header.h"
#include "store/model_reader.h"

enum { RECORDED_TEXT_SIZE = 40 };

struct served_model {
    struct stored_model *model; /* owned */
    struct run_config config;   /* its texts live in the model's header, numbers in: */
    char numbers[OPTIONS_MAX][RECORDED_TEXT_SIZE];
    struct known_ids known[2]; /* the model's */
};

/* [collective] Fails as model_file_read, and with MFALS_BAD_DATA for a recorded option that train would refuse. */
status served_model_open(struct served_model *served, const struct comm *comm, const char *path);

/* [local] */
void served_model_free(struct served_model *served);

#endif
