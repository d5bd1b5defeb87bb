/* mfals train: ratings in, model out. */
#include "api/ratings_input.h"
#include "api/training.h"
#include "base/log.h"
#include "base/stop.h"
#include "base/watchdog.h"
#include "cli/dispatch.h"
#include "cli/evaluation_report.h"
#include "cli/progress.h"
#include "cli/time_table.h"
#include "cli/train_log.h"

#include <stdio.h>

struct run {
    struct training_run training;
    double started;
    struct json_log *log;
    struct ratings *ratings;
    struct progress progress;
    struct totals totals;
};

static void begin(struct training_run *training)
{
    struct run *run = training->context;
    progress_begin(&run->progress, training->settings->solve.iterations, training->ratings->count);
}

static status observe(struct training_run *training, const struct figures *figures,
                      const struct measures *measures, bool *stop)
{
    struct run *run = training->context;
    (void)stop;
    run->totals.iterations++;
    run->totals.flops += figures->flops;
    run->totals.resolved_rows += figures->resolved_rows;
    progress_iteration(&run->progress, figures, measures);
    train_log_iteration(run->log, figures, measures);
    return MFALS_OK;
}

static void log_checkpoint(int64_t iteration, double seconds, void *context)
{
    struct run *run = context;
    train_log_checkpoint(run->log, iteration, seconds);
}

static status fit(struct run *run)
{
    struct training_run *training = &run->training;
    status fitted = training_fit(training);
    run->totals.ratings = run->ratings->count;
    run->totals.train_s = training->train_s;
    TRY(fitted);
    TRY(training_write(training));
    log_line("wrote %s", training->settings->output);
    return MFALS_OK;
}

static status test_model(struct run *run)
{
    struct evaluation evaluation;
    struct training_run *training = &run->training;
    const struct evaluation_options *options = &training->settings->evaluation;
    if (training->test.by_user == NULL)
        return MFALS_OK;
    TRY(training_evaluate(&evaluation, training));
    evaluation_print(&evaluation, options, training_is_explicit(training));
    evaluation_log(run->log, &evaluation, options, training_is_explicit(training));
    return MFALS_OK;
}

/* [collective] The model is written: a table that cannot be had is no failure any more. */
static void report(struct run *run)
{
    struct time_table table = {0};
    if (time_table_gather(&table, run->training.comm, &run->training.phases, run->started) == MFALS_OK) {
        time_table_print(&table, &run->totals);
        train_log_summary(run->log, &table, &run->totals);
    } else {
        log_warning("no account of time and memory: %s", failure_message());
    }
    time_table_free(&table);
}

/* A stop where no checkpoint is called for: the line says what was under way, and that nothing is lost. */
static status stopped_while(const char *doing, status done)
{
    char why[FAILURE_MESSAGE_SIZE / 2];
    if (done != MFALS_REQUEUE)
        return done;
    snprintf(why, sizeof why, "%s", failure_message());
    return fail(MFALS_REQUEUE, "%s while %s; start again to go on", why, doing);
}

static status load(struct run *run, struct settings *settings)
{
    struct training_run *training = &run->training;
    const struct comm *comm = training->comm;
    TRY(stopped_while("reading ratings",
                      ratings_input_load(&run->ratings, comm, settings, &training->phases)));
    training->ratings = run->ratings;
    train_log_ratings(run->log, run->ratings);
    return stopped_while("reading the test",
                         test_set_open(&training->test, comm, settings, run->ratings, &training->phases));
}

static status run_train(struct run *run, struct settings *settings)
{
    struct training_run *training = &run->training;
    const struct comm *comm = training->comm;
    TRY(ratings_input_choose(settings, comm)); /* the sample, if none are named */
    TRY(train_output_check(comm, settings));   /* now, not after the training */
    if (settings->checkpoint_dir != NULL)
        stop_listen();
    TRY(checkpoints_open(&training->checkpoints, comm, settings, &training->phases));
    TRY(json_log_open(&run->log, comm, settings->log_json, training->checkpoints.found != NULL));
    training->checkpoints.written = log_checkpoint;
    training->checkpoints.context = run;
    train_log_start(run->log, comm, settings);
    TRY(load(run, settings));
    TRY(fit(run));
    TRY(stopped_while("evaluating; the model is written", test_model(run)));
    report(run);
    return MFALS_OK;
}

status cmd_train(const struct comm *comm, struct settings *settings)
{
    struct run run = {.training = {.comm = comm, .settings = settings, .begun = begin, .observer = observe},
                      .started = phase_clock()};
    run.training.context = &run;
    watchdog_start(settings->stall_timeout.seconds, comm->rank);
    status ran = run_train(&run, settings);
    checkpoints_close(&run.training.checkpoints); /* watched: it may wait for the disk */
    watchdog_stop();
    training_free(&run.training);
    ratings_free(&run.ratings);
    return json_log_end(&run.log, ran);
}
