#include "api/settings.h"

#include "api/early_stop.h"
#include "api/options.h"
#include "solve/grid_axes.h"

#include <stdio.h>
#include <string.h>

static status settle_hold_out(struct settings *settings)
{
    struct hold_out *hold_out = &settings->ratings.hold_out;
    int ways = (settings->hold_out_random > 0) + (settings->hold_out_last > 0) +
               (settings->hold_out_users > 0) + (settings->test != NULL);
    hold_out->seed = settings->solve.seed;
    if (settings->hold_out_random > 0) {
        hold_out->kind = HOLD_OUT_RANDOM;
        hold_out->count = (int64_t)settings->hold_out_random;
    } else if (settings->hold_out_last > 0) {
        hold_out->kind = HOLD_OUT_LAST;
        hold_out->count = (int64_t)settings->hold_out_last;
    } else if (settings->hold_out_users > 0) {
        hold_out->kind = HOLD_OUT_USERS;
        hold_out->share = settings->hold_out_users;
    }
    if (settings->command->bit == FOR_TRAIN && ways > 1)
        return fail(MFALS_USAGE,
                    "only one of --holdout, --holdout-last, --holdout-users and --test can be given");
    return MFALS_OK;
}

static status check_algorithm(const struct settings *settings)
{
    static const char *const names[] = {[IALS] = "ials",
                                        [ALS] = "als",
                                        [SGD] = "sgd",
                                        [IALS | ALS] = "ials and als",
                                        [ALS | SGD] = "als and sgd"};
    for (int i = 0; i < option_count; i++) {
        const struct option_row *option = &option_table[i];
        if (option->algorithms != 0 && (option->algorithms & (1 << settings->solve.algorithm)) == 0 &&
            option_given(settings, option))
            return fail(MFALS_USAGE, "--%s: has a meaning for %s only", option->name,
                        names[option->algorithms]);
    }
    if (settings->solve.nonnegative && (settings->solve.solver == SOLVER_CG || settings->has_axes))
        return fail(MFALS_USAGE, "--nonnegative: goes neither with --solver cg nor with --axes");
    if (settings->has_axes && settings->solve.axes == AXES_SCALAPACK && !grid_axes_there())
        return fail(MFALS_USAGE,
                    "--axes scalapack: this mfals was built without ScaLAPACK; lapack gives the same axes");
    if (settings->has_weight_epsilon && settings->weight == 0)
        return fail(MFALS_USAGE, "--weight-epsilon: needs --weight log");
    if (settings->weight != 0 && settings->solve.has_unobserved_weight && !settings->solve.has_alpha)
        return fail(MFALS_USAGE, "--weight: needs --alpha where --unobserved-weight makes all weights 1");
    if (settings->has_cg_steps && settings->solve.solver != SOLVER_CG)
        return fail(MFALS_USAGE, "--cg-steps: needs --solver cg");
    return MFALS_OK;
}

static status check_checkpoints(const struct settings *settings)
{
    bool resumes_file = settings->has_resume && strcmp(settings->resume, "auto") != 0 &&
                        strcmp(settings->resume, "never") != 0;
    const char *alone = settings->has_checkpoint_every          ? "checkpoint-every"
                        : settings->max_time.seconds > 0        ? "max-time"
                        : settings->has_resume && !resumes_file ? "resume"
                                                                : NULL;
    if (settings->checkpoint_dir == NULL && alone != NULL)
        return fail(MFALS_USAGE, "--%s: needs --checkpoint-dir", alone);
    return MFALS_OK;
}

status settings_settle(struct settings *settings)
{
    struct solve_options *solve = &settings->solve;
    struct evaluation_options *evaluation = &settings->evaluation;
    TRY(check_algorithm(settings));
    solve_options_complete(solve);
    snprintf(settings->init_text, sizeof settings->init_text, "%s:%.15g",
             solve->init == INIT_NORMAL ? "normal" : "uniform", solve->init_scale);
    settings->ratings.skip_bad_lines = settings->on_bad_line == 1;
    settings->ratings.positive_only =
        (settings->command->bit & (FOR_TRAIN | FOR_PLAN)) != 0 && solve->algorithm == ALGORITHM_IALS;
    solve->log_weights = settings->weight == 1;
    settings->ratings.log_epsilon = solve->log_weights ? solve->weight_epsilon : 0;
    settings->ratings.blocks = solve->algorithm == ALGORITHM_SGD ? solve->sgd_blocks : 0;
    settings->ratings.paths = settings->words;
    settings->ratings.path_count = settings->word_count;
    evaluation->recall_cut_k = settings->recall_cut == 1;
    evaluation->popular = settings->baseline == 1;
    evaluation->seed = solve->seed;
    evaluation->replica = solve->replica;
    evaluation->kernel = solve->kernel;
    if (settings->include_seen && settings->seen != NULL)
        return fail(MFALS_USAGE, "only one of --seen and --include-seen can be given");
    if (settings->user != NULL && settings->users != NULL)
        return fail(MFALS_USAGE, "only one of --user and --users can be given");
    TRY(settle_hold_out(settings));
    TRY(check_checkpoints(settings));
    return early_stop_check(settings);
}

bool settings_have_test(const struct settings *settings)
{
    return settings->test != NULL || settings->ratings.hold_out.kind != HOLD_OUT_NONE;
}
