#include "api/test_set.h"

#include "api/candidates_file.h"
#include "base/log.h"
#include "use/fold_in.h"

#include <inttypes.h>

status known_ratings_load(struct matched **matched, const struct comm *comm,
                          const struct ratings_options *options, const char *option, const char *path,
                          const struct known_ids known[2], struct phases *phases)
{
    char *paths[] = {(char *)path}; /* not written to */
    struct ratings_options own = *options;
    own.paths = paths;
    own.path_count = 1;
    own.hold_out.kind = HOLD_OUT_NONE;
    TRY(matched_load(matched, comm, &own, &known[ITEMS], &known[USERS], phases));
    log_line("--%s: %" PRId64 " ratings of %" PRId64 " users", option, (*matched)->count, (*matched)->users);
    if ((*matched)->unknown_users > 0 || (*matched)->unknown_items > 0)
        log_warning("--%s: %" PRId64 " users and %" PRId64
                    " items are not known to the model; their ratings are left out",
                    option, (*matched)->unknown_users, (*matched)->unknown_items);
    return MFALS_OK;
}

static status load_files(struct test_set *set, struct phases *phases)
{
    const struct settings *settings = set->settings;
    const struct ratings *ratings = set->ratings;
    const struct known_ids known[2] = {{&ratings->ids[USERS], ratings->offsets[USERS]},
                                       {&ratings->ids[ITEMS], ratings->offsets[ITEMS]}};
    if (settings->candidates != NULL)
        TRY(candidates_file_load(&set->candidates, set->comm, settings->candidates, known));
    if (settings->test == NULL)
        return MFALS_OK;
    TRY(known_ratings_load(&set->test, set->comm, &settings->ratings, "test", settings->test, known, phases));
    if (set->test->count == 0)
        return fail(MFALS_BAD_DATA, "--test: no rating in '%s' is of a known user and a known item",
                    settings->test);
    return MFALS_OK;
}

status test_set_open(struct test_set *set, const struct comm *comm, const struct settings *settings,
                     const struct ratings *ratings, struct phases *phases)
{
    *set = (struct test_set){.comm = comm, .settings = settings, .ratings = ratings};
    enum hold_out_kind held = settings->ratings.hold_out.kind;
    if (settings->test == NULL && held == HOLD_OUT_NONE)
        return MFALS_OK;
    TRY(load_files(set, phases));
    if (set->test == NULL && ratings->held_out_count == 0)
        return fail(MFALS_BAD_DATA, "no rating was held out: every user has only one");
    set->by_user = set->test != NULL ? &set->test->by_user : &ratings->held_out;
    set->seen = set->test == NULL && held == HOLD_OUT_USERS ? &ratings->fold_in : &ratings->by[USERS];
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
    TRY(fold_in(&folded, set->comm, view, &users, &ratings->fold_in, &set->settings->solve));
    struct model_view with = folded_view(&folded, view, &users);
    return evaluate(evaluation, set->comm, &with, set->by_user, set->seen, candidates, options);
}

status test_set_evaluate(struct evaluation *evaluation, const struct test_set *set, const struct model *model,
                         const struct evaluation_options *options)
{
    const struct model_view view = view_of_trained(model);
    const struct csr *candidates = set->settings->candidates != NULL ? &set->candidates : NULL;
    if (set->seen == &set->ratings->fold_in)
        return evaluate_folded(evaluation, set, &view, candidates, options);
    return evaluate(evaluation, set->comm, &view, set->by_user, set->seen, candidates, options);
}
