/* The test of a training run: ratings from --test, or those held out.
 *
 *     struct test_set set;
 *     TRY(test_set_open(&set, &comm, &settings, ratings, &phases));
 *     TRY(test_set_evaluate(&evaluation, &set, model));
 *     test_set_free(&set);
 */
#ifndef API_TEST_SET_H
#define API_TEST_SET_H

#include "api/settings.h"
#include "ratings/match.h"
#include "use/evaluate.h"

struct test_set {
    const struct comm *comm; /* not owned, as the next two */
    const struct settings *settings;
    const struct ratings *ratings;
    struct matched *test;             /* owned; NULL if not given */
    struct csr candidates;            /* owned; zeroed if not given */
    const struct csr *by_user, *seen; /* by_user NULL where the run has no test */
};

/* [collective] Reads the files of --test and --candidates, if given, and says what was not known in them. *set is to
 * be freed in any case. MFALS_BAD_DATA where nothing is left to test on. */
status test_set_open(struct test_set *set, const struct comm *comm, const struct settings *settings,
                     const struct ratings *ratings, struct phases *phases);

/* [local] Accepts a zeroed struct. */
void test_set_free(struct test_set *set);

/* [collective] Evaluates the model as it is now; users who were held out whole are folded in first. */
status test_set_evaluate(struct evaluation *evaluation, const struct test_set *set, const struct model *model,
                         const struct evaluation_options *options);

/* [collective] Ratings of known items by known users from the file at path, read as the options say, and a line about
 * what was not known; option is its name. */
status known_ratings_load(struct matched **matched, const struct comm *comm,
                          const struct ratings_options *options, const char *option, const char *path,
                          const struct known_ids known[2], struct phases *phases);

#endif
