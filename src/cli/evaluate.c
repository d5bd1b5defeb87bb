/* mfals evaluate: a model and test ratings in, metrics out. */
#include "api/ratings_input.h"
#include "api/trained_test.h"
#include "cli/dispatch.h"
#include "cli/evaluation_report.h"

struct work {
    const struct comm *comm;
    struct settings *settings;
    struct phases phases;
    struct json_log *log;
    struct trained trained;
};

static status run_evaluate(struct work *work)
{
    const struct comm *comm = work->comm;
    struct settings *settings = work->settings;
    struct evaluation evaluation;
    if (settings->test == NULL)
        return fail(MFALS_USAGE, "evaluate: needs --test FILE");
    TRY(agree(comm,
              comm->rank == 0 ? output_check_apart(settings, "log-json", settings->log_json) : MFALS_OK));
    TRY(json_log_open(&work->log, comm, settings->log_json, false));
    TRY(trained_open(&work->trained, comm, settings->words[0]));
    TRY(trained_evaluate(&evaluation, comm, settings, &work->trained, &work->phases));
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
    trained_free(&work.trained);
    return json_log_end(&work.log, ran);
}
