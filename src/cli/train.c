/* mfals train: ratings in, model out. */
#include "base/log.h"
#include "base/memory.h"
#include "cli/command_line.h"
#include "cli/commands.h"
#include "cli/progress.h"
#include "cli/ratings_input.h"
#include "cli/time_table.h"
#include "cli/train_log.h"
#include "cli/train_output.h"
#include "cli/version.h"

#include <stdio.h>

struct run {
    const struct comm *comm;
    struct settings *settings;
    struct phases phases;
    double begun;
    struct json_log *log;
    struct ratings *ratings;
    struct model *model;
    struct progress progress;
    struct figure_history history;
    struct totals totals;
};

static void observe(const struct figures *figures, void *context)
{
    struct run *run = context;
    figure_history_add(&run->history, figures);
    run->totals.iterations++;
    run->totals.flops += figures->flops;
    run->totals.resolved_rows += figures->resolved_rows;
    progress_iteration(&run->progress, figures);
    train_log_iteration(run->log, figures);
}

static status fit(struct run *run)
{
    const struct solve_options *options = &run->settings->solve;
    TRY(agree(run->comm, figure_history_open(&run->history, options->iterations)));
    TRY(model_open(&run->model, run->comm, run->ratings, options));
    double begun = phase_clock();
    progress_begin(&run->progress, options->iterations, run->ratings->count);
    status trained = train(run->model, &run->phases, observe, run);
    log_progress("");
    run->totals.ratings = run->ratings->count;
    run->totals.train_s = phase_clock() - begun;
    return trained;
}

static status write_model(struct run *run)
{
    phase_begin(&run->phases, PHASE_WRITE);
    status written = train_output_write(run->comm, run->settings, run->ratings, run->model, &run->history);
    phase_end(&run->phases, PHASE_WRITE);
    TRY(written);
    log_line("wrote %s", run->settings->output);
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

static status run_train(struct run *run)
{
    const struct comm *comm = run->comm;
    struct settings *settings = run->settings;
    TRY(ratings_input_choose(settings, comm)); /* the sample, if none are named */
    TRY(train_output_check(comm, settings));   /* now, not after the training */
    TRY(json_log_open(&run->log, comm, settings->log_json));
    train_log_start(run->log, comm, settings);
    TRY(ratings_input_load(&run->ratings, comm, settings, &run->phases));
    train_log_ratings(run->log, run->ratings);
    TRY(fit(run));
    TRY(write_model(run));
    report(run);
    return MFALS_OK;
}

static status train_with(struct settings *settings, const struct comm *comm)
{
    struct run run = {.comm = comm, .settings = settings, .begun = phase_clock()};
    status ran = run_train(&run);
    model_free(&run.model);
    ratings_free(&run.ratings);
    figure_history_free(&run.history);
    if (ran != MFALS_OK) {
        char reason[FAILURE_MESSAGE_SIZE];
        snprintf(reason, sizeof reason, "%s", failure_message());
        json_log_close(&run.log);
        return fail(ran, "%s", reason);
    }
    return json_log_close(&run.log);
}

status cmd_train(const struct comm *comm, int argc, char **argv)
{
    struct settings settings;
    status result = settings_load(&settings, comm, argc, argv);
    if (result == MFALS_OK && settings.show == SHOW_HELP)
        result = comm->rank == 0 ? command_line_help("mfals train") : MFALS_OK;
    else if (result == MFALS_OK && settings.show == SHOW_VERSION && comm->rank == 0)
        version_print();
    else if (result == MFALS_OK && settings.show == SHOW_NOTHING) {
        log_open(comm->rank == 0, (enum log_level)settings.verbosity);
        result = train_with(&settings, comm);
    }
    settings_free(&settings);
    return agree(comm, result);
}
