#include "serve/evaluate_served.h"

#include "base/log.h"
#include "input/candidates.h"
#include "input/other_ratings.h"
#include "ratings/csr.h"
#include "serve/seen.h"

#include <inttypes.h>

/* What a model is evaluated on. */
struct test_data {
    struct matched *test;
    struct csr candidates;
    struct seen seen;
};

static status load(struct test_data *data, const struct comm *comm, const struct run_config *config,
                   const struct served_model *served, struct phases *phases)
{
    TRY(other_ratings_load(&data->test, comm, RATINGS_TEST, config->test, &served->config, config,
                           served->known, phases));
    if (config->candidates != NULL)
        TRY(candidates_load(&data->candidates, comm, config->candidates, config->ratings.read.encoding,
                            served->known));
    return seen_load(&data->seen, comm, config, served, phases);
}

static status run(struct evaluation *evaluation, const struct test_data *data, const struct comm *comm,
                  const struct run_config *config, const struct served_model *served)
{
    const struct model_view view = view_of_stored(served->model);
    const struct test_ratings test = {&data->test->by_user, &data->test->unknown};
    TRY(evaluate(evaluation, comm, &view, &test, data->seen.csr,
                 config->candidates != NULL ? &data->candidates : NULL, &config->evaluation));
    if (evaluation->ratings < data->test->count)
        log_line("--test: %" PRId64 " of them are among the ratings seen, and left out",
                 data->test->count - evaluation->ratings);
    return MFALS_OK;
}

status evaluate_served(struct evaluation *evaluation, const struct comm *comm,
                       const struct run_config *config, const struct served_model *served,
                       struct phases *phases)
{
    struct test_data data = {0};
    if (config->test == NULL)
        return fail(MFALS_USAGE, "evaluate: needs --test FILE");
    status evaluated = load(&data, comm, config, served, phases);
    if (evaluated == MFALS_OK)
        evaluated = run(evaluation, &data, comm, config, served);
    seen_free(&data.seen);
    matched_free(&data.test);
    csr_free(&data.candidates);
    return evaluated;
}
