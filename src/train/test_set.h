/* The test of a training run: ratings from --test, or those held out.
 *
 *     struct test_set set;
 *     TRY(test_set_open(&set, &comm, &config, ratings, &phases));
 *     TRY(test_set_evaluate(&evaluation, &set, model));
 *     test_set_free(&set);
 */
#ifndef TRAIN_TEST_SET_H
#define TRAIN_TEST_SET_H

#include "options/run_config.h"
#include "ratings/match.h"
#include "use/evaluate.h"

struct test_set {
    const struct comm *comm; /* not owned, as the next two */
    const struct run_config *config;
    const struct ratings *ratings;
    struct matched *test;             /* owned; NULL if not given */
    struct csr candidates;            /* owned; zeroed if not given */
    const struct csr *by_user, *seen; /* by_user NULL where the run has no test */
    bool folds;                       /* its users were held out whole */
};

/* [collective] Reads the files of --test and --candidates, if given, and says what was not known in them. *set is to
 * be freed in any case. MFALS_BAD_DATA where nothing is left to test on. */
status test_set_open(struct test_set *set, const struct comm *comm, const struct run_config *config,
                     const struct ratings *ratings, struct phases *phases);

/* [local] Accepts a zeroed struct. */
void test_set_free(struct test_set *set);

/* [collective] Evaluates the model as it is now; users who were held out whole are folded in first. */
status test_set_evaluate(struct evaluation *evaluation, const struct test_set *set, const struct model *model,
                         const struct evaluation_options *options);

#endif
