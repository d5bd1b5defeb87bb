/* mfals train: ratings in, model out. */
#include "base/log.h"
#include "base/memory.h"
#include "base/stop.h"
#include "base/watchdog.h"
#include "cli/checkpoints.h"
#include "cli/evaluation_report.h"
#include "cli/progress.h"
#include "cli/ratings_input.h"
#include "cli/resume.h"
#include "cli/test_set.h"
#include "cli/time_table.h"
#include "cli/train_log.h"
#include "solve/grid_axes.h"

#include <stdio.h>
#include <string.h>

struct run {
    const struct comm *comm;
    struct settings *settings;
    struct phases phases;
    double begun;
    struct json_log *log;
    struct ratings *ratings;
    struct model *model;
    struct test_set test;
    struct early_stop early_stop;
    struct progress progress;
    struct figure_history history;
    struct checkpoints checkpoints;
    struct totals totals;
};

static struct training training_of(struct run *run)
{
    return (struct training){.comm = run->comm,
                             .settings = run->settings,
                             .ratings = run->ratings,
                             .model = run->model,
                             .history = &run->history,
                             .early_stop = &run->early_stop};
}

static bool is_explicit(const struct run *run)
{
    return run->settings->solve.algorithm != ALGORITHM_IALS;
}

/* The name of --early-stop's metric among an iteration's measures, where "rmse" is that of the training. */
static const char *metric_column(const char *metric)
{
    return strcmp(metric, "rmse") == 0 ? "test_rmse" : strcmp(metric, "mae") == 0 ? "test_mae" : metric;
}

/* [collective] Adds the test's part: the errors of an explicit model, and the metric of --early-stop. */
static status measure_test(struct measures *measures, struct run *run)
{
    struct evaluation evaluation;
    struct measures metrics;
    const char *metric = run->early_stop.metric;
    double value;
    bool errors_only = metric[0] == '\0';
    if (run->test.by_user == NULL || (errors_only && !is_explicit(run)))
        return MFALS_OK;
    struct evaluation_options options = run->settings->evaluation;
    if (errors_only) {
        options.negatives = 1; /* the least there is to rank */
        options.top_count = 1;
    }
    TRY(test_set_evaluate(&evaluation, &run->test, run->model, &options));
    if (is_explicit(run)) {
        measures_add(measures, "test_rmse", evaluation.rmse);
        measures_add(measures, "test_mae", evaluation.mae);
    }
    evaluation_measures(&metrics, &evaluation, &options, is_explicit(run));
    if (!errors_only && metric_column(metric) == metric && measures_find(&value, &metrics, metric))
        measures_add(measures, metric, value);
    return MFALS_OK;
}

/* [collective] Remembers the model if it is the best so far, by the metric of --early-stop. */
static status consider_stopping(struct run *run, const struct measures *measures, int iteration, bool *due)
{
    struct early_stop *stop = &run->early_stop;
    double value;
    if (!measures_find(&value, measures, metric_column(stop->metric)))
        return MFALS_OK;
    bool best = early_stop_note(stop, iteration, value);
    *due = stop->due;
    return best ? model_keep(run->model) : MFALS_OK;
}

/* [collective] To the end, also where a wish to stop has come: an iteration counts with its figures or not at all. */
static status evaluate_iteration(struct measures *measures, struct run *run, int iteration, bool *stop)
{
    stop_hold();
    phase_begin(&run->phases, PHASE_EVALUATE);
    status measured = measure_test(measures, run);
    if (measured == MFALS_OK)
        measured = consider_stopping(run, measures, iteration, stop);
    phase_end(&run->phases, PHASE_EVALUATE);
    stop_release();
    return measured;
}

static status observe(struct model *model, const struct figures *figures, bool *stop, void *context)
{
    struct run *run = context;
    struct measures measures;
    struct training training = training_of(run);
    (void)model;
    measures_take(&measures, figures, run->settings->solve.algorithm);
    TRY(evaluate_iteration(&measures, run, figures->iteration, stop));
    figure_history_add(&run->history, &measures);
    run->totals.iterations++;
    run->totals.flops += figures->flops;
    run->totals.resolved_rows += figures->resolved_rows;
    progress_iteration(&run->progress, figures, &measures);
    train_log_iteration(run->log, figures, &measures);
    return checkpoints_after(&run->checkpoints, &training);
}

/* With ScaLAPACK the bits are those of its grid. */
static void say_axes(const struct run *run)
{
    const char *grid = model_axes_grid(run->model);
    int side = grid_axes_side(run->settings->solve.factors);
    if (strcmp(grid, "1x1") == 0)
        log_line(
            "axes: LAPACK on one rank, for ScaLAPACK takes %d ranks here; with them the last bits may differ",
            side * side);
    else if (grid[0] != '\0')
        log_line("axes: ScaLAPACK on a grid of %s ranks; the same bits on any %d ranks or more, not on fewer",
                 grid, side * side);
}

/* [collective] A model at its start, or where the run before this one left it. */
static status begin(struct run *run)
{
    TRY(agree(run->comm, figure_history_open(&run->history, run->settings->solve.iterations)));
    TRY(model_open(&run->model, run->comm, run->ratings, &run->settings->solve));
    early_stop_begin(&run->early_stop, run->settings);
    say_axes(run);
    if (run->checkpoints.found == NULL)
        return MFALS_OK;
    struct training training = training_of(run);
    TRY(resume_training(&training, run->checkpoints.found));
    checkpoint_close(&run->checkpoints.found);
    return MFALS_OK;
}

static status fit(struct run *run)
{
    TRY(begin(run));
    struct training training = training_of(run);
    double begun = phase_clock();
    progress_begin(&run->progress, run->settings->solve.iterations, run->ratings->count);
    status trained = run->early_stop.due ? MFALS_OK : train(run->model, &run->phases, observe, run);
    log_progress("");
    trained = checkpoints_end(&run->checkpoints, &training, trained);
    run->totals.ratings = run->ratings->count;
    run->totals.train_s = phase_clock() - begun;
    TRY(trained);
    if (run->early_stop.best_iteration > 0) {
        model_restore(run->model);
        log_line("%s was best after iteration %d: %.6g; that model is kept", run->early_stop.metric,
                 run->early_stop.best_iteration, run->early_stop.best);
    }
    return MFALS_OK;
}

static status write_model(struct run *run)
{
    struct training training = training_of(run);
    phase_begin(&run->phases, PHASE_WRITE);
    status written = train_output_write(&training);
    phase_end(&run->phases, PHASE_WRITE);
    TRY(written);
    log_line("wrote %s", run->settings->output);
    return MFALS_OK;
}

static status test_model(struct run *run)
{
    struct evaluation evaluation;
    const struct evaluation_options *options = &run->settings->evaluation;
    if (run->test.by_user == NULL)
        return MFALS_OK;
    phase_begin(&run->phases, PHASE_EVALUATE);
    status evaluated = test_set_evaluate(&evaluation, &run->test, run->model, options);
    phase_end(&run->phases, PHASE_EVALUATE);
    TRY(evaluated);
    evaluation_print(&evaluation, options, is_explicit(run));
    evaluation_log(run->log, &evaluation, options, is_explicit(run));
    return MFALS_OK;
}

/* [collective] The model is written: a table that cannot be had is no failure any more. */
static void report(struct run *run)
{
    struct time_table table = {0};
    if (time_table_gather(&table, run->comm, &run->phases, run->begun) == MFALS_OK) {
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

static status run_train(struct run *run)
{
    const struct comm *comm = run->comm;
    struct settings *settings = run->settings;
    TRY(ratings_input_choose(settings, comm)); /* the sample, if none are named */
    TRY(train_output_check(comm, settings));   /* now, not after the training */
    TRY(checkpoints_open(&run->checkpoints, comm, settings, &run->phases));
    TRY(json_log_open(&run->log, comm, settings->log_json, run->checkpoints.found != NULL));
    run->checkpoints.log = run->log;
    train_log_start(run->log, comm, settings);
    TRY(stopped_while("reading ratings", ratings_input_load(&run->ratings, comm, settings, &run->phases)));
    train_log_ratings(run->log, run->ratings);
    TRY(stopped_while("reading the test",
                      test_set_open(&run->test, comm, settings, run->ratings, &run->phases)));
    TRY(fit(run));
    TRY(write_model(run));
    TRY(stopped_while("evaluating; the model is written", test_model(run)));
    report(run);
    return MFALS_OK;
}

status cmd_train(const struct comm *comm, struct settings *settings)
{
    struct run run = {.comm = comm, .settings = settings, .begun = phase_clock()};
    watchdog_start(settings->stall_timeout.seconds, comm->rank);
    status ran = run_train(&run);
    checkpoints_close(&run.checkpoints); /* watched: it may wait for the disk */
    watchdog_stop();
    test_set_free(&run.test);
    model_free(&run.model);
    ratings_free(&run.ratings);
    figure_history_free(&run.history);
    return json_log_end(&run.log, ran);
}
