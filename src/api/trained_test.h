/* The test of a model from a file. */
#ifndef API_TRAINED_TEST_H
#define API_TRAINED_TEST_H

#include "api/trained.h"
#include "use/evaluate.h"

/* [collective] Evaluates on the file of --test, among the items of --candidates if given, without those of --seen or
 * of the training. MFALS_USAGE without --test; MFALS_BAD_DATA where nothing in it is known. */
status trained_evaluate(struct evaluation *evaluation, const struct comm *comm, struct settings *settings,
                        struct trained *trained, struct phases *phases);

#endif
