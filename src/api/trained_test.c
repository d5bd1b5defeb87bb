#include "api/trained_test.h"

#include "api/candidates_file.h"
#include "api/test_set.h"
#include "base/log.h"
#include "ratings/csr.h"

#include <inttypes.h>

struct work {
    struct matched *test;
    struct csr candidates;
    struct seen seen;
};

static status load_test(struct work *work, const struct comm *comm, struct settings *settings,
                        const struct trained *trained, struct phases *phases)
{
    settings->ratings.positive_only = trained->settings.solve.algorithm == ALGORITHM_IALS;
    TRY(known_ratings_load(&work->test, comm, &settings->ratings, "test", settings->test, trained->known,
                           phases));
    if (work->test->count == 0)
        return fail(MFALS_BAD_DATA, "--test: no rating in '%s' is of a known user and a known item",
                    settings->test);
    if (settings->candidates == NULL)
        return MFALS_OK;
    return candidates_file_load(&work->candidates, comm, settings->candidates, trained->known);
}

static status run(struct evaluation *evaluation, struct work *work, const struct comm *comm,
                  struct settings *settings, struct trained *trained, struct phases *phases)
{
    TRY(load_test(work, comm, settings, trained, phases));
    TRY(seen_load(&work->seen, comm, settings, trained, phases));
    trained_warn(trained, comm);
    const struct model_view view = view_of_stored(trained->model);
    TRY(evaluate(evaluation, comm, &view, &work->test->by_user, work->seen.csr,
                 settings->candidates != NULL ? &work->candidates : NULL, &settings->evaluation));
    if (evaluation->ratings < work->test->count)
        log_line("--test: %" PRId64 " of them are among the ratings seen, and left out",
                 work->test->count - evaluation->ratings);
    return MFALS_OK;
}

status trained_evaluate(struct evaluation *evaluation, const struct comm *comm, struct settings *settings,
                        struct trained *trained, struct phases *phases)
{
    struct work work = {0};
    if (settings->test == NULL)
        return fail(MFALS_USAGE, "evaluate: needs --test FILE");
    status evaluated = run(evaluation, &work, comm, settings, trained, phases);
    seen_free(&work.seen);
    matched_free(&work.test);
    csr_free(&work.candidates);
    return evaluated;
}
