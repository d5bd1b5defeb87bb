/* mfals evaluate: a model and test ratings in, metrics out. */
#include "api/candidates_file.h"
#include "api/ratings_input.h"
#include "api/test_set.h"
#include "api/trained.h"
#include "cli/dispatch.h"
#include "cli/evaluation_report.h"

#include <string.h>

struct work {
    const struct comm *comm;
    struct settings *settings;
    struct phases phases;
    struct json_log *log;
    struct trained trained;
    struct matched *test;
    struct csr candidates;
    struct seen seen;
};

static status load_test(struct work *work)
{
    struct settings *settings = work->settings;
    settings->ratings.positive_only = work->trained.settings.solve.algorithm == ALGORITHM_IALS;
    TRY(known_ratings_load(&work->test, work->comm, &settings->ratings, "test", settings->test,
                           work->trained.known, &work->phases));
    if (work->test->count == 0)
        return fail(MFALS_BAD_DATA, "--test: no rating in '%s' is of a known user and a known item",
                    settings->test);
    if (settings->candidates == NULL)
        return MFALS_OK;
    return candidates_file_load(&work->candidates, work->comm, settings->candidates, work->trained.known);
}

static status run_evaluate(struct work *work)
{
    const struct comm *comm = work->comm;
    const struct settings *settings = work->settings;
    struct evaluation evaluation;
    if (settings->test == NULL)
        return fail(MFALS_USAGE, "evaluate: needs --test FILE");
    TRY(agree(comm,
              comm->rank == 0 ? output_check_apart(settings, "log-json", settings->log_json) : MFALS_OK));
    TRY(json_log_open(&work->log, comm, settings->log_json, false));
    TRY(trained_open(&work->trained, comm, settings->words[0]));
    TRY(load_test(work));
    TRY(seen_load(&work->seen, comm, settings, &work->trained, &work->phases));
    trained_warn(&work->trained, comm);
    const struct model_view view = view_of_stored(work->trained.model);
    const struct csr *candidates = settings->candidates != NULL ? &work->candidates : NULL;
    TRY(evaluate(&evaluation, comm, &view, &work->test->by_user, work->seen.csr, candidates,
                 &settings->evaluation));
    bool scores_are_ratings =
        work->trained.settings.solve.algorithm != ALGORITHM_IALS && !settings->evaluation.popular;
    evaluation_print(&evaluation, &settings->evaluation, scores_are_ratings);
    evaluation_log(work->log, &evaluation, &settings->evaluation, scores_are_ratings);
    return MFALS_OK;
}

status cmd_evaluate(const struct comm *comm, struct settings *settings)
{
    struct work work = {.comm = comm, .settings = settings};
    status ran = run_evaluate(&work);
    seen_free(&work.seen);
    matched_free(&work.test);
    csr_free(&work.candidates);
    trained_free(&work.trained);
    return json_log_end(&work.log, ran);
}
