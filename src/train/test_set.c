#include "train/test_set.h"

#include "input/candidates.h"
#include "input/other_ratings.h"
#include "use/fold_in.h"

static status load_files(struct test_set *set, struct phases *phases)
{
    const struct run_config *config = set->config;
    const struct ratings *ratings = set->ratings;
    const struct known_ids known[2] = {{&ratings->ids[USERS], ratings->offsets[USERS]},
                                       {&ratings->ids[ITEMS], ratings->offsets[ITEMS]}};
    if (config->candidates != NULL)
        TRY(candidates_load(&set->candidates, set->comm, config->candidates, config->ratings.read.encoding,
                            known));
    if (config->test == NULL)
        return MFALS_OK;
    return other_ratings_load(&set->test, set->comm, RATINGS_TEST, config->test, config, NULL, known, phases);
}

status test_set_open(struct test_set *set, const struct comm *comm, const struct run_config *config,
                     const struct ratings *ratings, struct phases *phases)
{
    *set = (struct test_set){.comm = comm, .config = config, .ratings = ratings};
    enum hold_out_kind held = config->ratings.hold_out.kind;
    if (config->test == NULL && held == HOLD_OUT_NONE)
        return MFALS_OK;
    TRY(load_files(set, phases));
    if (set->test == NULL && ratings->held_out_count == 0)
        return fail(MFALS_BAD_DATA, "no rating was held out: every user has only one");
    set->by_user = set->test != NULL ? &set->test->by_user : &ratings->held_out;
    set->folds = set->test == NULL && held == HOLD_OUT_USERS;
    set->seen = set->folds && ratings->seen.start == NULL ? &ratings->fold_in : ratings_seen(ratings);
    return MFALS_OK;
}

void test_set_free(struct test_set *set)
{
    matched_free(&set->test);
    csr_free(&set->candidates);
}

/* [collective] Evaluates with the held-out users folded in; evaluation may be of NULL candidates. */
static status evaluate_folded(struct evaluation *evaluation, const struct test_set *set,
                              const struct model_view *view, const struct csr *candidates,
                              const struct evaluation_options *options)
{
    const struct ratings *ratings = set->ratings;
    const struct known_ids users = {&ratings->ids[USERS], ratings->offsets[USERS]};
    __attribute__((cleanup(folded_free))) struct folded folded = {0};
    TRY(fold_in(&folded, set->comm, view, &users, &ratings->fold_in, &set->config->solve));
    struct model_view with = folded_view(&folded, view, &users);
    const struct test_ratings test = {.by_user = set->by_user};
    return evaluate(evaluation, set->comm, &with, &test, set->seen, candidates, options);
}

status test_set_evaluate(struct evaluation *evaluation, const struct test_set *set, const struct model *model,
                         const struct evaluation_options *options)
{
    const struct model_view view = view_of_trained(model);
    const struct csr *candidates = set->config->candidates != NULL ? &set->candidates : NULL;
    if (set->folds && !options->popular) /* for popularity no factors are needed */
        return evaluate_folded(evaluation, set, &view, candidates, options);
    const struct test_ratings test = {set->by_user, set->test != NULL ? &set->test->unknown : NULL};
    return evaluate(evaluation, set->comm, &view, &test, set->seen, candidates, options);
}
