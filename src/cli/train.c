/* mfals train: ratings in, model out. */
#include "cli/dispatch.h"
#include "cli/evaluation_report.h"
#include "cli/progress.h"
#include "cli/run_header.h"
#include "cli/screen.h"
#include "cli/signals.h"
#include "cli/time_table.h"
#include "cli/train_log.h"

#include <string.h>

struct run {
    struct program *program;
    struct run_header header;
    struct json_log *log;
    struct mfals_ratings *ratings;
    struct mfals_model *model;
    struct progress progress;
    int resumed_at; /* iterations of earlier starts */
};

static void note_resumption(const char *path, int iterations, void *data)
{
    struct run *run = data;
    run->resumed_at = run->progress.last = iterations;
    train_log_resume(run->log, path, iterations);
}

static void begin(int iterations, void *data)
{
    struct run *run = data;
    progress_begin(&run->progress, iterations, run->resumed_at, mfals_ratings_count(run->ratings));
}

static int note_iteration(const struct mfals_iteration *iteration, void *data)
{
    struct run *run = data;
    progress_iteration(&run->progress, iteration);
    train_log_iteration(run->log, iteration);
    return 0;
}

static void note_checkpoint(int64_t iteration, double seconds, void *data)
{
    struct run *run = data;
    train_log_checkpoint(run->log, iteration, seconds);
}

static enum mfals_status fit(struct run *run)
{
    const char *output = program_text(run->program, "output");
    const struct mfals_observer observer = {.resume = note_resumption,
                                            .begin = begin,
                                            .iteration = note_iteration,
                                            .checkpoint = note_checkpoint,
                                            .data = run};
    enum mfals_status trained = mfals_train(&run->model, run->ratings, &observer);
    screen_wipe();
    TRY(trained);
    TRY(mfals_model_save(run->model, output));
    screen_line("wrote %s", output);
    return MFALS_OK;
}

/* What ranking by popularity has on the test. */
struct popularity {
    double ndcg;
    json_t *metrics;
};

static enum mfals_status measure_popularity(struct popularity *popularity, struct run *run)
{
    TRY(mfals_evaluate_popularity(run->model));
    evaluation_ndcg(&popularity->ndcg, run->model);
    popularity->metrics = evaluation_metrics(run->log, run->model);
    return MFALS_OK;
}

static void compare_with_popularity(const struct popularity *popularity, const struct run *run)
{
    double ndcg;
    const char *name = evaluation_ndcg(&ndcg, run->model);
    if (name == NULL)
        return;
    screen_line("ranked by popularity: %s %.5f", name, popularity->ndcg);
    if (ndcg < popularity->ndcg)
        screen_warning("the model ranks worse than popularity does (%s %.5f, %.5f): other --lambda, "
                       "--unobserved-ratio, --alpha or --factors suit these ratings better",
                       name, ndcg, popularity->ndcg);
}

static enum mfals_status evaluate_both(struct popularity *popularity, struct run *run)
{
    const char *algorithm = program_text(run->program, "algorithm");
    bool implicit = algorithm == NULL || strcmp(algorithm, "ials") == 0;
    if (implicit)
        TRY(measure_popularity(popularity, run));
    TRY(mfals_evaluate(run->model, NULL));
    evaluation_print(run->program, run->model);
    if (implicit)
        compare_with_popularity(popularity, run);
    return MFALS_OK;
}

static enum mfals_status test_model(struct run *run)
{
    struct popularity popularity = {0};
    if (!mfals_has_test(run->model))
        return MFALS_OK;
    enum mfals_status done = evaluate_both(&popularity, run);
    if (done != MFALS_OK)
        json_decref(popularity.metrics);
    if (done == MFALS_REQUEUE)
        return FAIL(run->program, done, "%s while evaluating; the model is written; start again to go on",
                    mfals_message(run->program->context));
    TRY(done);
    evaluation_log(run->log, run->model, popularity.metrics);
    return MFALS_OK;
}

/* [collective] The model is written: a table that cannot be had is no failure any more. */
static void report(struct run *run)
{
    const struct mfals_profile *profile;
    if (mfals_profile(&profile, run->model) == MFALS_OK) {
        time_table_print(profile, mfals_ratings_count(run->ratings));
        train_log_summary(run->log, profile, mfals_ratings_count(run->ratings));
    } else {
        screen_warning("no account of time and memory: %s", mfals_message(run->program->context));
    }
}

static enum mfals_status run_train(struct run *run)
{
    struct program *program = run->program;
    int resumes;
    if (program_text(program, "checkpoint-dir") != NULL)
        signals_listen(program->context);
    TRY(mfals_prepare(program->options, &resumes));
    TRY(json_log_open(&run->log, program, resumes != 0));
    run_header_log(&run->header, run->log);
    TRY(mfals_ratings_read(&run->ratings, program->options, NULL, 0));
    train_log_ratings(run->log, run->ratings);
    TRY(fit(run));
    TRY(test_model(run));
    report(run);
    return MFALS_OK;
}

enum mfals_status cmd_train(struct program *program)
{
    struct run run = {.program = program};
    run_header_open(&run.header, program);
    enum mfals_status ran = run_train(&run);
    mfals_model_free(&run.model);
    mfals_ratings_free(&run.ratings);
    run_header_close(&run.header);
    json_log_stop(run.log, ran, run.progress.last);
    return json_log_end(&run.log, ran);
}
