#include "train/training.h"

#include "base/log.h"
#include "base/number.h"
#include "base/stop.h"
#include "solve/blas.h"
#include "solve/eigenbasis.h"
#include "solve/scalapack_eigen.h"
#include "train/resume.h"

#include <stdio.h>
#include <string.h>

/* The name of --early-stop's metric among an iteration's values, where "rmse" is that of the training. */
static const char *metric_column(char room[VALUE_NAME_SIZE], const char *metric)
{
    static const char prefix[] = "test_";
    if (!metric_is_of_errors(metric))
        return metric;
    snprintf(room, VALUE_NAME_SIZE, "%s%.*s", prefix, (int)(VALUE_NAME_SIZE - sizeof prefix), metric);
    return room;
}

/* [collective] Adds the test's part: the errors of an explicit model, and the metric of --early-stop. */
static status measure_test(struct named_values *values, struct training *training)
{
    struct evaluation evaluation;
    struct named_values metrics;
    struct evaluation_options options = training->config->evaluation;
    const char *metric = training->early_stop.rule.metric;
    char room[VALUE_NAME_SIZE];
    const char *column;
    double value;
    bool is_explicit = run_config_is_explicit(training->config), errors_only = metric[0] == '\0';
    if (training->test.by_user == NULL || (errors_only && !is_explicit))
        return MFALS_OK;
    if (errors_only) {
        options.negatives = 1; /* the least there is to rank */
        options.cutoff_count = 1;
    }
    TRY(test_set_evaluate(&evaluation, &training->test, training->model, &options));
    if (is_explicit) {
        named_values_add(values, "test_rmse", evaluation.mean.value[METRIC_RMSE][0]);
        named_values_add(values, "test_mae", evaluation.mean.value[METRIC_MAE][0]);
    }
    evaluation_list(&metrics, &evaluation, &options, is_explicit);
    column = metric_column(room, metric);
    if (!named_values_find(&value, values, column) && named_values_find(&value, &metrics, metric))
        named_values_add(values, column, value);
    return MFALS_OK;
}

/* [collective] Remembers the model if it is the best so far, by the metric of --early-stop. */
static status consider_stopping(struct training *training, const struct named_values *values, int iteration,
                                bool *due)
{
    struct early_stop *stop = &training->early_stop;
    char room[VALUE_NAME_SIZE];
    double value;
    if (!named_values_find(&value, values, metric_column(room, stop->rule.metric)))
        return MFALS_OK;
    bool best = early_stop_note(stop, iteration, value);
    *due = stop->due;
    return best ? model_keep(training->model) : MFALS_OK;
}

/* [collective] To the end, also where a request to stop has come: an iteration counts with its figures or not at all.
 */
static status evaluate_iteration(struct named_values *values, struct training *training, int iteration,
                                 bool *stop)
{
    stop_defer();
    phase_begin(&training->phases, PHASE_EVALUATE);
    status measured = measure_test(values, training);
    if (measured == MFALS_OK)
        measured = consider_stopping(training, values, iteration, stop);
    phase_end(&training->phases, PHASE_EVALUATE);
    stop_resume();
    return measured;
}

/* [collective] Where locks do not hold, another run may have taken what is this one's. */
static status check_holds(const struct training *training)
{
    status held = hold_check(training->output);
    if (held == MFALS_OK)
        held = hold_check(training->checkpoints.folder.hold);
    return agree(training->comm, held);
}

static status observe(struct model *model, const struct training_stats *stats, bool *stop, void *context)
{
    struct training *training = context;
    struct named_values values;
    (void)model;
    history_values_of(&values, stats, training->config->solve.algorithm);
    TRY(evaluate_iteration(&values, training, stats->iteration, stop));
    history_add(&training->history, &values);
    training->profile.iterations++;
    training->profile.flops += stats->flops;
    training->profile.resolved_rows += stats->resolved_rows;
    if (training->observer != NULL)
        TRY(training->observer(training, stats, &values, stop));
    TRY(check_holds(training));
    return checkpoints_after(&training->checkpoints, training);
}

/* With ScaLAPACK the bits are those of its grid. */
static void say_eigen_grid(const struct training *training)
{
    const char *grid = model_eigen_grid(training->model);
    int side = scalapack_eigen_side(training->config->solve.factors);
    if (strcmp(grid, "1x1") == 0)
        log_line(
            "axes: LAPACK on one rank, for ScaLAPACK takes %d ranks here; with them the last bits may differ",
            side * side);
    else if (grid[0] != '\0')
        log_line("axes: ScaLAPACK on a grid of %s ranks; the same bits on any %d ranks or more, not on fewer",
                 grid, side * side);
}

static void say_weights(const struct training *training)
{
    const struct value_range *range = &training->ratings->range;
    double ratio = training->config->solve.unobserved_ratio;
    bool ones = training->config->solve.weights == WEIGHTS_RENDLE_ONE && !training->ratings->weighed;
    if (ratio > 0)
        log_line("unobserved weight: %.6g, in all cells together %g times the ratings",
                 training->model->unobserved_weight, ratio);
    if (ones && range->lowest < range->highest)
        log_line("every rating weighs 1, whatever its value; --alpha goes by values");
}

/* The program sets them itself; this is for programs that use the library. */
static void warn_of_settings(const struct training *training)
{
    const char *name, *value;
    if (!solve_options_rotates(&training->config->solve)) /* no use of BLAS */
        return;
    for (int i = 0; blas_setting(&name, &value, i); i++)
        log_warning(
            "%s=%s should be set before the program starts: this BLAS, with kernels for %s, needs it here",
            name, value, blas_core());
}

/* Where regularization takes most of them, all users get nearly the same list. */
static void warn_of_collapse(const struct training *training)
{
    static const double least_share = 1.0 / 8;
    const int64_t *rows = training->ratings->rows;
    double rank = effective_rank(training->model);
    int factors = training->config->solve.factors;
    double most = (double)number_min(factors, number_min(rows[USERS], rows[ITEMS]));
    if (rank < least_share * most)
        log_warning(
            "the factors are worth %.1f of %d, their effective rank: --lambda may be too large for these "
            "ratings",
            rank, factors);
}

/* [collective] A model at its start, or where the run before this one left it. */
static status begin(struct training *training)
{
    TRY(agree(training->comm, history_open(&training->history, training->config->solve.iterations)));
    TRY(model_open(&training->model, training->comm, training->ratings, &training->config->solve));
    early_stop_begin(&training->early_stop, &training->config->stop_rule);
    say_weights(training);
    say_eigen_grid(training);
    warn_of_settings(training);
    if (training->checkpoints.found == NULL)
        return MFALS_OK;
    TRY(resume_training(training, training->checkpoints.found));
    if (training->resumed != NULL)
        training->resumed(training, training->checkpoints.found->path,
                          (int)header_integer(training->checkpoints.found->header, CHECKPOINT_ITERATION, 0));
    checkpoint_close(&training->checkpoints.found);
    return MFALS_OK;
}

status training_fit(struct training *training)
{
    TRY(check_holds(training));
    TRY(begin(training));
    training->profile.begun = phase_clock();
    if (training->begun != NULL)
        training->begun(training);
    status trained =
        training->early_stop.due ? MFALS_OK : train(training->model, &training->phases, observe, training);
    trained = checkpoints_end(&training->checkpoints, training, trained);
    training->profile.ended = phase_clock();
    TRY(trained);
    warn_of_collapse(training);
    if (training->early_stop.best_iteration > 0) {
        model_restore(training->model);
        log_line("%s was best after iteration %d: %.6g; that model is kept", training->early_stop.rule.metric,
                 training->early_stop.best_iteration, training->early_stop.best);
    }
    return MFALS_OK;
}

status training_write(struct training *training, const char *path)
{
    phase_begin(&training->phases, PHASE_WRITE);
    status written = train_output_write(training, path);
    phase_end(&training->phases, PHASE_WRITE);
    hold_release(&training->output);
    return written;
}

status training_evaluate(struct evaluation *evaluation, struct training *training, bool popular)
{
    struct evaluation_options options = training->config->evaluation;
    options.popular = popular;
    if (training->test.by_user == NULL)
        return MFALS_OK;
    phase_begin(&training->phases, PHASE_EVALUATE);
    status evaluated = test_set_evaluate(evaluation, &training->test, training->model, &options);
    phase_end(&training->phases, PHASE_EVALUATE);
    return evaluated;
}

void training_free(struct training *training)
{
    checkpoints_close(&training->checkpoints);
    hold_release(&training->output);
    test_set_free(&training->test);
    model_free(&training->model);
    history_free(&training->history);
}
