/* The evaluation of a model from a file. */
#ifndef SERVE_EVALUATE_SERVED_H
#define SERVE_EVALUATE_SERVED_H

#include "serve/served_model.h"
#include "use/evaluate.h"

/* [collective] Evaluates on the file of --test, among the items of --candidates if given, without those of --seen or
 * of the training. MFALS_USAGE without --test; MFALS_BAD_DATA where nothing in it is known. */
status evaluate_served(struct evaluation *evaluation, const struct comm *comm,
                       const struct run_config *config, const struct served_model *served,
                       struct phases *phases);

#endif
