#include "api/training.h"

#include "api/resume.h"
#include "base/log.h"
#include "base/stop.h"
#include "solve/blas.h"
#include "solve/grid_axes.h"

#include <string.h>

static struct training training_of(struct training_run *run)
{
    return (struct training){.comm = run->comm,
                             .settings = run->settings,
                             .ratings = run->ratings,
                             .model = run->model,
                             .history = &run->history,
                             .early_stop = &run->early_stop,
                             .spending = &run->spending};
}

bool training_is_explicit(const struct training_run *run)
{
    return run->settings->solve.algorithm != ALGORITHM_IALS;
}

/* The name of --early-stop's metric among an iteration's measures, where "rmse" is that of the training. */
static const char *metric_column(const char *metric)
{
    return strcmp(metric, "rmse") == 0 ? "test_rmse" : strcmp(metric, "mae") == 0 ? "test_mae" : metric;
}

/* [collective] Adds the test's part: the errors of an explicit model, and the metric of --early-stop. */
static status measure_test(struct measures *measures, struct training_run *run)
{
    struct evaluation evaluation;
    struct measures metrics;
    const char *metric = run->early_stop.metric;
    double value;
    bool errors_only = metric[0] == '\0';
    if (run->test.by_user == NULL || (errors_only && !training_is_explicit(run)))
        return MFALS_OK;
    struct evaluation_options options = run->settings->evaluation;
    if (errors_only) {
        options.negatives = 1; /* the least there is to rank */
        options.top_count = 1;
    }
    TRY(test_set_evaluate(&evaluation, &run->test, run->model, &options));
    if (training_is_explicit(run)) {
        measures_add(measures, "test_rmse", evaluation.rmse);
        measures_add(measures, "test_mae", evaluation.mae);
    }
    evaluation_measures(&metrics, &evaluation, &options, training_is_explicit(run));
    if (!errors_only && metric_column(metric) == metric && measures_find(&value, &metrics, metric))
        measures_add(measures, metric, value);
    return MFALS_OK;
}

/* [collective] Remembers the model if it is the best so far, by the metric of --early-stop. */
static status consider_stopping(struct training_run *run, const struct measures *measures, int iteration,
                                bool *due)
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
static status evaluate_iteration(struct measures *measures, struct training_run *run, int iteration,
                                 bool *stop)
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

/* [collective] Where locks do not hold, another run may have taken what is this one's. */
static status check_holds(const struct training_run *run)
{
    status held = hold_check(run->output);
    if (held == MFALS_OK)
        held = hold_check(run->checkpoints.folder.hold);
    return agree(run->comm, held);
}

static status observe(struct model *model, const struct figures *figures, bool *stop, void *context)
{
    struct training_run *run = context;
    struct measures measures;
    struct training training = training_of(run);
    (void)model;
    measures_take(&measures, figures, run->settings->solve.algorithm);
    TRY(evaluate_iteration(&measures, run, figures->iteration, stop));
    figure_history_add(&run->history, &measures);
    run->spending.iterations++;
    run->spending.flops += figures->flops;
    run->spending.resolved_rows += figures->resolved_rows;
    if (run->observer != NULL)
        TRY(run->observer(run, figures, &measures, stop));
    TRY(check_holds(run));
    return checkpoints_after(&run->checkpoints, &training);
}

/* With ScaLAPACK the bits are those of its grid. */
static void say_axes(const struct training_run *run)
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

/* The program sets them itself; this is for programs that use the library. */
static void warn_of_settings(const struct training_run *run)
{
    const char *name, *value;
    if (!solve_options_turn(&run->settings->solve)) /* no use of BLAS */
        return;
    for (int i = 0; blas_setting(&name, &value, i); i++)
        log_warning(
            "%s=%s should be set before the program starts: this BLAS, with kernels for %s, needs it here",
            name, value, blas_core());
}

/* [collective] A model at its start, or where the run before this one left it. */
static status begin(struct training_run *run)
{
    TRY(agree(run->comm, figure_history_open(&run->history, run->settings->solve.iterations)));
    TRY(model_open(&run->model, run->comm, run->ratings, &run->settings->solve));
    early_stop_begin(&run->early_stop, run->settings);
    say_axes(run);
    warn_of_settings(run);
    if (run->checkpoints.found == NULL)
        return MFALS_OK;
    struct training training = training_of(run);
    TRY(resume_training(&training, run->checkpoints.found));
    if (run->resumed != NULL)
        run->resumed(run, run->checkpoints.found->path,
                     (int)header_integer(run->checkpoints.found->header, CHECKPOINT_ITERATION, 0));
    checkpoint_close(&run->checkpoints.found);
    return MFALS_OK;
}

status training_fit(struct training_run *run)
{
    TRY(check_holds(run));
    TRY(begin(run));
    struct training training = training_of(run);
    run->spending.begun = phase_clock();
    if (run->begun != NULL)
        run->begun(run);
    status trained = run->early_stop.due ? MFALS_OK : train(run->model, &run->phases, observe, run);
    trained = checkpoints_end(&run->checkpoints, &training, trained);
    run->spending.ended = phase_clock();
    TRY(trained);
    if (run->early_stop.best_iteration > 0) {
        model_restore(run->model);
        log_line("%s was best after iteration %d: %.6g; that model is kept", run->early_stop.metric,
                 run->early_stop.best_iteration, run->early_stop.best);
    }
    return MFALS_OK;
}

status training_write(struct training_run *run)
{
    struct training training = training_of(run);
    phase_begin(&run->phases, PHASE_WRITE);
    status written = train_output_write(&training);
    phase_end(&run->phases, PHASE_WRITE);
    hold_release(&run->output);
    return written;
}

status training_evaluate(struct evaluation *evaluation, struct training_run *run)
{
    if (run->test.by_user == NULL)
        return MFALS_OK;
    phase_begin(&run->phases, PHASE_EVALUATE);
    status evaluated = test_set_evaluate(evaluation, &run->test, run->model, &run->settings->evaluation);
    phase_end(&run->phases, PHASE_EVALUATE);
    return evaluated;
}

void training_free(struct training_run *run)
{
    checkpoints_close(&run->checkpoints);
    hold_release(&run->output);
    test_set_free(&run->test);
    model_free(&run->model);
    figure_history_free(&run->history);
}
