#include "options/run_config.h"

#include "base/number.h"
#include "options/option_values.h"
#include "read/columns.h"
#include "read/time_text.h"
#include "solve/scalapack_eigen.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Where the user gave nothing: of ials those of scripts/README.md ("Defaults"), else design section 1. */
struct defaults {
    int factors, iterations;
    double lambda, reg_exponent;
};
static const struct defaults defaults[] = {
    [ALGORITHM_IALS] = {64, 10, 0.015, 1},
    [ALGORITHM_ALS] = {20, 10, 0.1, 1},
    [ALGORITHM_SGD] = {16, 5, 0.01, 0},
};
static const struct defaults notebook = {20, 10, 150, 0};
static const double usual_ratio = 2; /* of --unobserved-ratio */

bool run_config_given(const struct run_config *config, const char *option)
{
    const struct option_row *row = option_find(option, config->command->bit);
    return row != NULL && config->given[row - option_table];
}

bool run_config_has_test(const struct run_config *config)
{
    return config->test != NULL || config->ratings.hold_out.kind != HOLD_OUT_NONE;
}

bool run_config_is_explicit(const struct run_config *config)
{
    return config->solve.algorithm != ALGORITHM_IALS;
}

/* [local] Every option's default, or what was given. */
static status parse_all(struct run_config *config, const struct option_inputs *inputs)
{
    *config = (struct run_config){.command = inputs->command,
                                  .operands = inputs->operands,
                                  .operand_count = inputs->operand_count,
                                  .config_file = inputs->config_file,
                                  .verbosity = SAY_USUAL};
    for (int i = 0; i < option_count; i++) {
        const struct option_row *option = &option_table[i];
        if ((option->commands & (int)inputs->command->bit) == 0)
            continue;
        config->given[i] = inputs->text[i] != NULL;
        const char *text = config->given[i] ? inputs->text[i] : option->value;
        if (text != NULL)
            TRY(option_parse(config, option, text));
    }
    return MFALS_OK;
}

/* --alpha alone is Hu et al.'s. */
static void settle_weights(struct run_config *config)
{
    struct solve_options *solve = &config->solve;
    bool alpha = run_config_given(config, "alpha"), weight = run_config_given(config, "unobserved-weight"),
         ratio = run_config_given(config, "unobserved-ratio");
    bool hu = config->preset == PRESET_NOTEBOOK || (alpha && !weight && !ratio);
    solve->weights = solve->algorithm != ALGORITHM_IALS ? WEIGHTS_EXPLICIT
                     : hu                               ? WEIGHTS_HU
                     : alpha                            ? WEIGHTS_RENDLE
                                                        : WEIGHTS_RENDLE_ONE;
    if (solve->weights == WEIGHTS_EXPLICIT || hu || weight)
        solve->unobserved_ratio = 0;
    else if (!ratio)
        solve->unobserved_ratio = usual_ratio;
    if (!weight)
        solve->unobserved_weight = 1;
}

static void settle_init(struct run_config *config)
{
    struct solve_options *solve = &config->solve;
    double k = solve->factors;
    if (!run_config_given(config, "init")) {
        bool uniform = solve->weights == WEIGHTS_HU;
        solve->init = uniform ? INIT_UNIFORM : INIT_NORMAL;
        solve->init_scale = uniform ? 0.01 : solve->algorithm == ALGORITHM_SGD ? 1 / k : 0.1 / sqrt(k);
    }
    snprintf(config->init_text, sizeof config->init_text, "%s:%.15g",
             solve->init == INIT_NORMAL ? "normal" : "uniform", solve->init_scale);
}

/* What depends on the algorithm. */
static void settle_solver(struct run_config *config)
{
    struct solve_options *solve = &config->solve;
    settle_weights(config);
    const struct defaults *own = solve->weights == WEIGHTS_HU ? &notebook : &defaults[solve->algorithm];
    if (!run_config_given(config, "factors"))
        solve->factors = own->factors;
    if (!run_config_given(config, "iterations"))
        solve->iterations = own->iterations;
    if (!run_config_given(config, "lambda"))
        solve->lambda = own->lambda;
    if (!run_config_given(config, "reg-exponent"))
        solve->reg_exponent = own->reg_exponent;
    if (solve->axes == AXES_AUTO && solve->nonnegative)
        solve->axes = AXES_LAPACK;
    if (solve->axes == AXES_AUTO)
        solve->axes =
            solve->factors < GRID_FACTORS || !scalapack_eigen_there() ? AXES_LAPACK : AXES_SCALAPACK;
    settle_init(config);
}

/* What ratings weigh. */
static status settle_rating_weights(struct run_config *config)
{
    struct ratings_options *ratings = &config->ratings;
    const enum command_bit command = config->command->bit;
    bool named = columns_name_weight(ratings->read.columns);
    if (command == FOR_CONVERT && named)
        return fail(MFALS_USAGE,
                    "--columns: files of ratings keep no weights; name them in the training of the text");
    if ((command & (FOR_TRAIN | FOR_PLAN)) != 0 && named && config->solve.algorithm == ALGORITHM_SGD)
        return fail(MFALS_USAGE, "--columns: weight has a meaning for ials and als only");
    ratings->read.weights = (command & (FOR_TRAIN | FOR_PLAN)) != 0 && named;
    ratings->aging.half_life = config->half_life.seconds;
    if (config->now == NULL)
        return MFALS_OK;
    if (config->half_life.seconds == 0)
        return fail(MFALS_USAGE, "--now: needs --half-life");
    ratings->aging.has_now = time_parse(&ratings->aging.now, config->now, (int64_t)strlen(config->now));
    return ratings->aging.has_now
               ? MFALS_OK
               : fail(MFALS_USAGE,
                      "--now: '%s' is neither a date, such as 2005-09-06T12:30:00Z, nor a number of seconds "
                      "since 1970",
                      config->now);
}

/* What becomes of several ratings of a pair, and whether it goes by their times. */
static void settle_duplicates(struct run_config *config)
{
    struct ratings_options *ratings = &config->ratings;
    const enum command_bit command = config->command->bit;
    bool trains = (command & (FOR_TRAIN | FOR_PLAN)) != 0;
    if (ratings->duplicates == DUPLICATES_AUTO && trains)
        ratings->duplicates = config->solve.algorithm == ALGORITHM_IALS ? DUPLICATES_SUM : DUPLICATES_LAST;
    ratings->keep_all = ratings->duplicates == DUPLICATES_AUTO && command == FOR_CONVERT;
    ratings->read.times = ratings->aging.half_life > 0              ? TIMES_NEEDED_FOR_AGES
                          : ratings->hold_out.kind == HOLD_OUT_LAST ? TIMES_NEEDED
                          : ratings->keep_all                       ? TIMES_IF_ANY
                                                                    : duplicates_times(ratings->duplicates);
}

/* What the parts of a run are told alike. */
static void settle_shared(struct run_config *config)
{
    const struct solve_options *solve = &config->solve;
    bool trains = (config->command->bit & (FOR_TRAIN | FOR_PLAN)) != 0;
    bool implicit = trains && solve->algorithm == ALGORITHM_IALS;
    config->ratings.positive_only = implicit && solve->nonpositive == NONPOSITIVE_DROP;
    config->ratings.hold_out.positive_only = implicit;
    config->ratings.blocks = solve->algorithm == ALGORITHM_SGD ? solve->sgd_blocks : 0;
    config->ratings.read.paths = config->operands;
    config->ratings.read.path_count = config->operand_count;
    config->ratings.hold_out.seed = solve->seed;
    config->evaluation.seed = solve->seed;
    config->evaluation.replica = solve->replica;
    config->evaluation.kernel = solve->kernel;
}

/* "ials", "als and sgd" */
static void name_algorithms(char *text, size_t size, int algorithms)
{
    const struct option_row *row = option_find("algorithm", FOR_TRAIN);
    text[0] = '\0';
    for (int i = 0; row->choices[i] != NULL; i++)
        if ((algorithms & (1 << i)) != 0)
            snprintf(text + strlen(text), size - strlen(text), "%s%s", text[0] != '\0' ? " and " : "",
                     row->choices[i]);
}

static status check_algorithm(const struct run_config *config)
{
    static const char *const row_exponents[] = {"user-exponent", "item-exponent"};
    const struct solve_options *solve = &config->solve;
    char names[40];
    for (int i = 0; i < option_count; i++) {
        const struct option_row *option = &option_table[i];
        if (!config->given[i] || option->algorithms == 0 ||
            (option->algorithms & (1 << solve->algorithm)) != 0)
            continue;
        name_algorithms(names, sizeof names, option->algorithms);
        return fail(MFALS_USAGE, "--%s: has a meaning for %s only", option->name, names);
    }
    bool axes = run_config_given(config, "axes");
    if (solve->nonnegative && (solve->solver == SOLVER_CG || axes))
        return fail(MFALS_USAGE, "--nonnegative: goes neither with --solver cg nor with --axes");
    if (axes && solve->axes == AXES_SCALAPACK && !scalapack_eigen_there())
        return fail(MFALS_USAGE,
                    "--axes scalapack: this mfals was built without ScaLAPACK; lapack gives the same axes");
    bool weight = run_config_given(config, "unobserved-weight"),
         ratio = run_config_given(config, "unobserved-ratio");
    if (weight && ratio)
        return fail(MFALS_USAGE, "only one of --unobserved-weight and --unobserved-ratio can be given");
    if (config->preset == PRESET_NOTEBOOK && (weight || ratio))
        return fail(MFALS_USAGE, "--preset notebook: has no --unobserved-%s", weight ? "weight" : "ratio");
    for (int side = USERS; side <= ITEMS; side++)
        if (run_config_given(config, row_exponents[side]) && solve->weights == WEIGHTS_HU)
            return fail(MFALS_USAGE, "--%s: needs --unobserved-weight or --unobserved-ratio",
                        row_exponents[side]);
    if (run_config_given(config, "weight-epsilon") && solve->scale != SCALE_LOG)
        return fail(MFALS_USAGE, "--weight-epsilon: needs --weight log");
    if (solve->scale != SCALE_LINEAR && solve->weights == WEIGHTS_RENDLE_ONE)
        return fail(MFALS_USAGE, "--weight: needs --alpha, without which all ratings weigh 1");
    if (run_config_given(config, "cg-steps") && solve->solver != SOLVER_CG)
        return fail(MFALS_USAGE, "--cg-steps: needs --solver cg");
    return MFALS_OK;
}

static status check_apart(const struct run_config *config)
{
    static const char *const tests[] = {"holdout", "holdout-last", "holdout-users", "test"};
    int ways = 0;
    for (size_t i = 0; i < sizeof tests / sizeof *tests; i++)
        ways += run_config_given(config, tests[i]);
    if (ways > 1)
        return fail(MFALS_USAGE,
                    "only one of --holdout, --holdout-last, --holdout-users and --test can be given");
    if (config->include_seen && config->seen != NULL)
        return fail(MFALS_USAGE, "only one of --seen and --include-seen can be given");
    if (config->user != NULL && config->users != NULL)
        return fail(MFALS_USAGE, "only one of --user and --users can be given");
    return MFALS_OK;
}

static status check_checkpoints(const struct run_config *config)
{
    bool resume = run_config_given(config, "resume");
    bool resumes_file = resume && strcmp(config->resume, "auto") != 0 && strcmp(config->resume, "never") != 0;
    const char *alone = run_config_given(config, "checkpoint-every") ? "checkpoint-every"
                        : config->max_time.seconds > 0               ? "max-time"
                        : resume && !resumes_file                    ? "resume"
                                                                     : NULL;
    if (config->checkpoint_dir == NULL && alone != NULL)
        return fail(MFALS_USAGE, "--%s: needs --checkpoint-dir", alone);
    return MFALS_OK;
}

/* False where text is not METRIC[:PATIENCE]. */
static bool parse_stop_rule(struct stop_rule *rule, const char *text)
{
    int64_t length = (int64_t)strcspn(text, ":"), patience = 1;
    *rule = (struct stop_rule){0};
    if (length == 0 || length >= (int64_t)sizeof rule->metric)
        return false;
    memcpy(rule->metric, text, (size_t)length);
    if (text[length] == ':' &&
        (!number_parse_int(&patience, text + length + 1, (int64_t)strlen(text + length + 1)) ||
         patience < 1 || patience > INT_MAX))
        return false;
    rule->patience = (int)patience;
    return true;
}

static status settle_stop_rule(struct run_config *config)
{
    struct cutoffs cutoffs = evaluation_cutoffs(&config->evaluation);
    struct named_values known;
    double value;
    if (config->early_stop == NULL)
        return MFALS_OK;
    metrics_list(&known, &(struct metrics){0}, &cutoffs, run_config_is_explicit(config));
    if (!parse_stop_rule(&config->stop_rule, config->early_stop))
        return fail(MFALS_USAGE, "--early-stop: '%s' is not METRIC or METRIC:PATIENCE", config->early_stop);
    if (!named_values_find(&value, &known, config->stop_rule.metric))
        return fail(MFALS_USAGE, "--early-stop: '%s' is no metric of this run; --top %s gives %s and others",
                    config->stop_rule.metric, config->cutoffs_text, known.name[1]);
    if (!run_config_has_test(config))
        return fail(MFALS_USAGE, "--early-stop: needs --test, --holdout, --holdout-last or --holdout-users");
    return MFALS_OK;
}

status run_config_resolve(struct run_config *config, const struct option_inputs *inputs)
{
    TRY(parse_all(config, inputs));
    settle_solver(config);
    settle_shared(config);
    TRY(check_algorithm(config));
    TRY(settle_rating_weights(config));
    settle_duplicates(config);
    TRY(check_apart(config));
    TRY(check_checkpoints(config));
    return settle_stop_rule(config);
}

static bool same_value(const struct attribute *one, bool has_one, const struct attribute *other,
                       bool has_other)
{
    return has_one == has_other && (!has_one || attribute_equal(one, other));
}

status run_config_same_reading(const struct run_config *config, const struct run_config *read_by)
{
    const enum hold_out_kind kind = config->ratings.hold_out.kind;
    bool draws = kind == HOLD_OUT_RANDOM || kind == HOLD_OUT_USERS;
    for (int i = 0; i < option_count; i++) {
        const struct option_row *option = &option_table[i];
        struct attribute now, then;
        bool seed = draws && strcmp(option->name, "seed") == 0;
        if (option->stage != OF_READING && !seed)
            continue;
        bool has_now = option_in_force(&now, config, option), had = option_in_force(&then, read_by, option);
        if (!same_value(&now, has_now, &then, had))
            return fail(MFALS_USAGE, "--%s: belongs to the reading of ratings: read them again with it",
                        option->name);
    }
    return MFALS_OK;
}
