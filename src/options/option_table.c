#include "options/option_table.h"

#include "comm/replica.h"

#include <math.h>
#include <string.h>

static const char *const algorithms[] = {
    [ALGORITHM_IALS] = "ials", [ALGORITHM_ALS] = "als", [ALGORITHM_SGD] = "sgd", NULL};
static const char *const schedules[] = {
    [SCHEDULE_CONSTANT] = "constant", [SCHEDULE_INVERSE] = "inverse", [SCHEDULE_BOLD] = "bold", NULL};
static const char *const solvers[] = {
    [SOLVER_AUTO] = "auto", [SOLVER_EXACT] = "exact", [SOLVER_CG] = "cg", NULL};
static const char *const scales[] = {[SCALE_LINEAR] = "linear", [SCALE_LOG] = "log", NULL};
static const char *const nonpositive_rules[] = {
    [NONPOSITIVE_DROP] = "drop", [NONPOSITIVE_NEGATIVE] = "negative", NULL};
static const char *const axes_methods[] = {
    [AXES_AUTO] = "auto", [AXES_LAPACK] = "lapack", [AXES_SCALAPACK] = "scalapack", NULL};
static const char *const formats[] = {[FORMAT_AUTO] = "auto",
                                      [FORMAT_TSV] = "tsv",
                                      [FORMAT_CSV] = "csv",
                                      [FORMAT_SPACE] = "space",
                                      [FORMAT_MOVIELENS] = "movielens",
                                      [FORMAT_MTX] = "mtx",
                                      [FORMAT_ADJACENCY] = "adjacency",
                                      NULL};
static const char *const duplicate_rules[] = {
    [DUPLICATES_LAST] = "last",   [DUPLICATES_SUM] = "sum",   [DUPLICATES_MEAN] = "mean",
    [DUPLICATES_ERROR] = "error", [DUPLICATES_AUTO] = "auto", NULL};
static const char *const ids_rules[] = {
    [IDS_AUTO] = "auto", [IDS_INTEGER] = "integer", [IDS_TEXT] = "text", NULL};
static const char *const bad_line_rules[] = {"fail", "skip", NULL};
static const char *const recall_cuts[] = {"all", "k", NULL};
static const char *const baselines[] = {"none", "popular", NULL};
static const char *const presets[] = {[PRESET_AUTO] = "auto", [PRESET_NOTEBOOK] = "notebook", NULL};
static const char *const list_formats[] = {
    [LIST_TSV] = "tsv", [LIST_JSONL] = "jsonl", [LIST_HDF5] = "hdf5", NULL};
static const char *const kernels[] = {"auto", "plain", "x86-64-v3", "x86-64-v4", NULL};

static bool unobserved_weight_applies(const struct run_config *config)
{
    return config->solve.weights != WEIGHTS_HU && config->solve.unobserved_ratio == 0;
}

static bool unobserved_ratio_applies(const struct run_config *config)
{
    return config->solve.unobserved_ratio > 0;
}

static bool has_negatives(const struct run_config *config)
{
    return config->solve.nonpositive == NONPOSITIVE_NEGATIVE;
}

static bool users_weigh(const struct run_config *config)
{
    return config->solve.row_exponent[USERS] != 0;
}

static bool items_weigh(const struct run_config *config)
{
    return config->solve.row_exponent[ITEMS] != 0;
}

static bool alpha_applies(const struct run_config *config)
{
    return config->solve.weights != WEIGHTS_RENDLE_ONE;
}

/* The exact solvers, which differ in nothing, are not recorded, as in files from before there was another. */
static bool takes_steps(const struct run_config *config)
{
    return config->solve.solver == SOLVER_CG;
}

/* LAPACK's axes likewise. */
static bool on_a_grid(const struct run_config *config)
{
    return config->solve.axes == AXES_SCALAPACK;
}

/* Nor is what was not asked for before it could be. */
static bool is_nonnegative(const struct run_config *config)
{
    return config->solve.nonnegative;
}

static bool weighs_otherwise(const struct run_config *config)
{
    return config->solve.scale != SCALE_LINEAR;
}

static bool weighs_by_log(const struct run_config *config)
{
    return config->solve.scale == SCALE_LOG;
}

static bool ages(const struct run_config *config)
{
    return config->half_life.seconds > 0;
}

static bool has_ids_rule(const struct run_config *config)
{
    return config->ratings.read.ids != IDS_AUTO;
}

static bool clips_scores(const struct run_config *config)
{
    return config->evaluation.clip;
}

static bool holds_out_random(const struct run_config *config)
{
    return config->ratings.hold_out.kind == HOLD_OUT_RANDOM;
}

static bool holds_out_last(const struct run_config *config)
{
    return config->ratings.hold_out.kind == HOLD_OUT_LAST;
}

static bool holds_out_users(const struct run_config *config)
{
    return config->ratings.hold_out.kind == HOLD_OUT_USERS;
}

enum {
    FOR_READING = FOR_TRAIN | FOR_EVALUATE | FOR_RECOMMEND | FOR_CONVERT | FOR_PLAN,
    FOR_TESTING = FOR_TRAIN | FOR_EVALUATE,
    FOR_LISTS = FOR_RECOMMEND | FOR_SIMILAR
};

#define AT(field) offsetof(struct run_config, field)

const struct option_row option_table[] = {
    {"algorithm", 'a', "NAME", FOR_TRAIN | FOR_PLAN, GROUP_MODEL, OPTION_CHOICE, AT(solve.algorithm),
     .stage = OF_READING, .choices = algorithms, .value = "ials", .recorded = "algorithm",
     .help = "ials: implicit feedback, such as counts; als, sgd: ratings on a scale, such as stars"},
    {"preset", 0, "NAME", FOR_TRAIN | FOR_PLAN, GROUP_MODEL, OPTION_CHOICE, AT(preset), IALS,
     .choices = presets, .value = "auto", .on_resume = RESUME_ANY,
     .help = "ials: settings where none are given: auto, or notebook: -k 20 --alpha 40 --lambda 150"},
    {"factors", 'k', "N", FOR_TRAIN | FOR_PLAN, GROUP_MODEL, OPTION_INT, AT(solve.factors), .low = 1,
     .high = MAX_FACTORS, .recorded = "factors",
     .help = "factors per user and per item (default 64; als, and ials with --alpha alone, 20; sgd 16)"},
    {"iterations", 'n', "N", FOR_TRAIN, GROUP_MODEL, OPTION_INT, AT(solve.iterations), .low = 0,
     .high = 1000000, .recorded = "iterations", .on_resume = RESUME_ANY,
     .help = "times that users and items are solved for (default 10; sgd: epochs, 5)"},
    {"lambda", 0, "X", FOR_TRAIN, GROUP_MODEL, OPTION_REAL, AT(solve.lambda), .low = 0, .high = HUGE_VAL,
     .recorded = "lambda",
     .help = "weight of the regularization (default 0.015; als 0.1; sgd 0.01; ials with --alpha alone 150)"},
    {"alpha", 0, "X", FOR_TRAIN | FOR_PLAN, GROUP_MODEL, OPTION_REAL, AT(solve.alpha), IALS, .low = 0,
     .high = HUGE_VAL, .applies = alpha_applies, .value = "40", .recorded = "alpha",
     .help = "ials: a rating r weighs 1 + X r; with --unobserved-weight X r. Without this option, 1"},
    {"unobserved-weight", 0, "X", FOR_TRAIN | FOR_PLAN, GROUP_MODEL, OPTION_REAL, AT(solve.unobserved_weight),
     IALS, .low = 0, .above_low = true, .high = HUGE_VAL, .applies = unobserved_weight_applies,
     .recorded = "unobserved_weight", .found_by = "unobserved_ratio",
     .help = "ials: weight of the square of every cell's score (default: by --unobserved-ratio)"},
    {"unobserved-ratio", 0, "X", FOR_TRAIN | FOR_PLAN, GROUP_MODEL, OPTION_REAL, AT(solve.unobserved_ratio),
     IALS, .low = 0, .above_low = true, .high = HUGE_VAL, .applies = unobserved_ratio_applies,
     .recorded = "unobserved_ratio",
     .help = "ials: the weights of all cells together, as X times the number of ratings (default 2)"},
    {"user-exponent", 0, "X", FOR_TRAIN | FOR_PLAN, GROUP_MODEL, OPTION_REAL, AT(solve.row_exponent[USERS]),
     IALS, .low = 0, .high = 2, .value = "0", .applies = users_weigh, .recorded = "user_exponent",
     .help = "--unobserved-weight: times the X-th power of a user's number of ratings, 1 in the mean"},
    {"item-exponent", 0, "X", FOR_TRAIN | FOR_PLAN, GROUP_MODEL, OPTION_REAL, AT(solve.row_exponent[ITEMS]),
     IALS, .low = 0, .high = 2, .value = "0", .applies = items_weigh, .recorded = "item_exponent",
     .help = "the same of an item's"},
    {"weight", 0, "NAME", FOR_TRAIN | FOR_PLAN, GROUP_MODEL, OPTION_CHOICE, AT(solve.scale), IALS,
     .choices = scales, .value = "linear", .applies = weighs_otherwise, .recorded = "weight",
     .help = "ials: weights of ratings: linear, by --alpha, or log: by log(1 + r / eps) in place of r"},
    {"weight-epsilon", 0, "EPS", FOR_TRAIN, GROUP_MODEL, OPTION_REAL, AT(solve.weight_epsilon), IALS,
     .low = 0, .above_low = true, .high = HUGE_VAL, .value = "1", .applies = weighs_by_log,
     .recorded = "weight_epsilon", .help = "--weight log: the eps"},
    {"nonpositive", 0, "RULE", FOR_TRAIN | FOR_PLAN, GROUP_MODEL, OPTION_CHOICE, AT(solve.nonpositive), IALS,
     .stage = OF_READING, .choices = nonpositive_rules, .value = "drop", .applies = has_negatives,
     .recorded = "nonpositive",
     .help = "ials: ratings of 0 or below: drop, or negative: the user is not to be shown the item, with the "
             "weight of a rating of that size"},
    {"half-life", 0, "TIME", FOR_TRAIN | FOR_PLAN, GROUP_MODEL, OPTION_DURATION, AT(half_life), IALS | ALS,
     .stage = OF_READING, .applies = ages, .recorded = "half_life",
     .help = "ials, als: a rating weighs half as much for every TIME of its age, such as 90d, 2w or 1y"},
    {"now", 0, "TIME", FOR_TRAIN, GROUP_MODEL, OPTION_TEXT, AT(now), IALS | ALS, .stage = OF_READING,
     .applies = ages, .recorded = "now", .on_resume = RESUME_ANY,
     .help = "--half-life: what ages are counted up to, a date or seconds since 1970 (default: the latest "
             "rating)"},
    {"reg-exponent", 0, "X", FOR_TRAIN, GROUP_MODEL, OPTION_REAL, AT(solve.reg_exponent), IALS | ALS,
     .low = 0, .high = 2, .recorded = "reg_exponent",
     .help = "growth of lambda with a row's ratings (default 1; ials with --alpha alone 0)"},
    {"biases", 0, NULL, FOR_TRAIN, GROUP_MODEL, OPTION_SWITCH, AT(solve.biases), ALS | SGD,
     .recorded = "biases",
     .help = "als, sgd: also fit a bias of each user and item, and start from the mean"},
    {"nonnegative", 0, NULL, FOR_TRAIN | FOR_PLAN, GROUP_MODEL, OPTION_SWITCH, AT(solve.nonnegative),
     IALS | ALS, .applies = is_nonnegative, .recorded = "nonnegative",
     .help = "ials, als: no factor is below 0; biases may be. First factors are without their signs"},
    {"solver", 0, "NAME", FOR_TRAIN, GROUP_MODEL, OPTION_CHOICE, AT(solve.solver), IALS | ALS,
     .choices = solvers, .value = "auto", .applies = takes_steps, .recorded = "solver",
     .help = "ials, als: exact, or cg: a few steps of conjugate gradients a row; auto is exact"},
    {"cg-steps", 0, "N", FOR_TRAIN, GROUP_MODEL, OPTION_INT, AT(solve.cg_steps), IALS | ALS, .low = 1,
     .high = MAX_CG_STEPS, .value = "3", .applies = takes_steps, .recorded = "cg_steps",
     .help = "--solver cg: steps a row in each iteration"},
    {"learning-rate", 0, "X", FOR_TRAIN, GROUP_MODEL, OPTION_REAL, AT(solve.learning_rate), SGD, .low = 0,
     .above_low = true, .high = HUGE_VAL, .value = "0.01", .recorded = "learning_rate",
     .help = "sgd: length of a step"},
    {"schedule", 0, "NAME", FOR_TRAIN, GROUP_MODEL, OPTION_CHOICE, AT(solve.schedule), SGD,
     .choices = schedules, .value = "constant", .recorded = "schedule",
     .help = "sgd: learning rate by epoch: constant, inverse or bold"},
    {"sgd-blocks", 0, "N", FOR_TRAIN | FOR_PLAN, GROUP_MODEL, OPTION_INT, AT(solve.sgd_blocks), SGD,
     .stage = OF_READING, .low = 1, .high = MAX_SGD_BLOCKS, .value = "16", .recorded = "sgd_blocks",
     .help = "sgd: blocks of users and of items, the most ranks that can work at once"},
    {"axes", 0, "NAME", FOR_TRAIN, GROUP_MODEL, OPTION_CHOICE, AT(solve.axes), IALS, .choices = axes_methods,
     .value = "auto", .applies = on_a_grid, .recorded = "axes",
     .help = "ials: eigenvectors of the Gram matrix by lapack on one rank, or scalapack on a grid of ranks; "
             "auto: scalapack from 1024 factors up"},
    {"init", 0, "HOW", FOR_TRAIN, GROUP_MODEL, OPTION_INIT, AT(init_text), .recorded = "init",
     .help = "first factors: uniform:WIDTH or normal:SD (default normal:0.1/sqrt(k); sgd normal:1/k; ials "
             "with --alpha alone uniform:0.01)"},
    {"users", 0, "M", FOR_GENERATE, GROUP_MODEL, OPTION_LONG, AT(synthetic.users), .low = 1,
     .high = 0x1p32 - 1, .value = "1000", .help = "users"},
    {"items", 0, "N", FOR_GENERATE, GROUP_MODEL, OPTION_LONG, AT(synthetic.items), .low = 1,
     .high = 0x1p32 - 1, .value = "500", .help = "items"},
    {"ratings-per-user", 0, "R", FOR_GENERATE, GROUP_MODEL, OPTION_LONG, AT(synthetic.ratings_per_user),
     .low = 1, .high = 0x1p32 - 1, .value = "20", .help = "ratings per user in the mean, about"},
    {"factors", 'k', "K", FOR_GENERATE, GROUP_MODEL, OPTION_INT, AT(synthetic.factors), .low = 1,
     .high = MAX_FACTORS, .value = "8", .help = "the rank of the values"},
    {"noise", 0, "SD", FOR_GENERATE, GROUP_MODEL, OPTION_REAL, AT(synthetic.noise), .low = 0,
     .high = HUGE_VAL, .value = "0.1", .help = "standard deviation of what is added to them"},
    {"explicit", 0, NULL, FOR_GENERATE, GROUP_MODEL, OPTION_SWITCH, AT(synthetic.explicit_values),
     .help = "write the values; otherwise counts of at least 1, larger where the value is"},
    {"users", 0, "M", FOR_PLAN, GROUP_MODEL, OPTION_LONG, AT(plan.users), .low = 1, .high = 0x1p32 - 1,
     .help = "users, where no RATINGS say so"},
    {"items", 0, "N", FOR_PLAN, GROUP_MODEL, OPTION_LONG, AT(plan.items), .low = 1, .high = 0x1p32 - 1,
     .help = "items"},
    {"ratings", 0, "R", FOR_PLAN, GROUP_MODEL, OPTION_LONG, AT(plan.ratings), .low = 1, .high = 0x1p50,
     .help = "ratings in all"},
    {"nodes", 0, "N", FOR_PLAN, GROUP_RUN, OPTION_INT, AT(plan.nodes), .low = 1, .high = 1 << 20,
     .value = "1", .help = "nodes to train on"},
    {"ranks-per-node", 0, "N", FOR_PLAN, GROUP_RUN, OPTION_INT, AT(plan.ranks_per_node), .low = 1,
     .high = 4096, .value = "1", .help = "ranks on each"},
    {"link", 0, "GBIT", FOR_PLAN, GROUP_RUN, OPTION_REAL, AT(plan.link), .low = 1e-6, .high = 1e9,
     .value = "10", .help = "Gbit/s that reach a node"},
    {"memory", 0, "GIB", FOR_PLAN, GROUP_RUN, OPTION_REAL, AT(plan.memory), .low = 1e-6, .high = 1e9,
     .help = "GiB that a node has: also say how many nodes are needed"},
    {"gflops", 0, "X", FOR_PLAN, GROUP_RUN, OPTION_REAL, AT(plan.gflops), .low = 1e-6, .high = 1e9,
     .help = "GFLOP/s of a rank, in place of what is measured here"},
    {"seed", 0, "N", FOR_TESTING | FOR_GENERATE, GROUP_MODEL, OPTION_LONG, AT(solve.seed), .low = 0,
     .high = 0x1p63, .value = "42", .recorded = "seed", .help = "of all random numbers"},
    {"item", 0, "ID", FOR_SIMILAR, GROUP_MODEL, OPTION_TEXT, AT(item), .help = "the item to compare with"},
    {"users", 0, "FILE", FOR_RECOMMEND, GROUP_MODEL, OPTION_TEXT, AT(users), .file = FILE_READ,
     .help = "file of the users, an id a line; without it, all"},
    {"user", 0, "ID", FOR_RECOMMEND, GROUP_MODEL, OPTION_TEXT, AT(user), .help = "one user alone"},
    {"top", 0, "N", FOR_LISTS, GROUP_MODEL, OPTION_INT, AT(top), .low = 1, .high = 1000000, .value = "10",
     .help = "items to list"},
    {"fold-in", 0, "RATINGS", FOR_RECOMMEND, GROUP_MODEL, OPTION_TEXT, AT(fold_in), .file = FILE_READ,
     .help = "recommend to the users of these ratings, whom the model need not know"},
    {"titles", 0, "FILE", FOR_LISTS, GROUP_MODEL, OPTION_TEXT, AT(titles), .file = FILE_READ,
     .help = "add the items' titles: \"id::title\" a line, or with a tab, | or comma between"},

    {"format", 0, "NAME", FOR_READING, GROUP_RATINGS, OPTION_CHOICE, AT(ratings.read.format),
     .stage = OF_READING, .choices = formats, .value = "auto", .recorded = "ratings_format",
     .on_resume = RESUME_ANY,
     .help = "auto, tsv, csv, space, movielens, mtx, or adjacency: lines of a user and the user's items"},
    {"columns", 0, "LIST", FOR_READING, GROUP_RATINGS, OPTION_TEXT, AT(ratings.read.columns),
     .stage = OF_READING, .recorded = "columns", .on_resume = RESUME_ANY,
     .help =
         "what the columns hold, such as user,item,rating,time; weight: of each rating, for ials and als; - "
         "for one to ignore; or by their names: user=customer,item=product,rating=-"},
    {"separator", 0, "BYTE", FOR_READING, GROUP_RATINGS, OPTION_TEXT, AT(ratings.read.separator),
     .stage = OF_READING, .recorded = "separator", .on_resume = RESUME_ANY,
     .help =
         "what separates columns: tab, comma, semicolon, pipe, blanks, '::', or a byte, such as ; or \\x01"},
    {"header", 0, "LINES", FOR_READING, GROUP_RATINGS, OPTION_TEXT, AT(ratings.read.header),
     .stage = OF_READING, .recorded = "header", .on_resume = RESUME_ANY,
     .help = "lines above the data: yes, no or their number (default: as it looks)"},
    {"ids", 0, "KIND", FOR_READING, GROUP_RATINGS, OPTION_CHOICE, AT(ratings.read.ids), .stage = OF_READING,
     .choices = ids_rules, .value = "auto", .applies = has_ids_rule, .recorded = "ids",
     .on_resume = RESUME_ANY, .help = "integer, text, or auto: integers where all ids of a side are"},
    {"encoding", 0, "NAME", FOR_READING, GROUP_RATINGS, OPTION_TEXT, AT(ratings.read.encoding),
     .stage = OF_READING, .recorded = "encoding", .on_resume = RESUME_ANY,
     .help = "of text that is not UTF-8, such as latin1, as iconv names it"},
    {"duplicates", 0, "RULE", FOR_READING, GROUP_RATINGS, OPTION_CHOICE, AT(ratings.duplicates),
     .stage = OF_READING, .choices = duplicate_rules, .value = "auto", .recorded = "duplicates",
     .on_resume = RESUME_ANY,
     .help = "several ratings of an item by a user: last (the latest), sum, mean or error; auto: sum for "
             "ials, last for als and sgd, and convert keeps all"},
    {"on-bad-line", 0, "RULE", FOR_READING, GROUP_RATINGS, OPTION_EITHER, AT(ratings.read.skip_bad_lines),
     .stage = OF_READING, .choices = bad_line_rules, .value = "fail", .recorded = "on_bad_line",
     .on_resume = RESUME_ANY, .help = "fail or skip"},
    {"bad-line-limit", 0, "SHARE", FOR_READING, GROUP_RATINGS, OPTION_SHARE, AT(ratings.read.bad_line_limit),
     .stage = OF_READING, .low = 0, .high = 1, .value = "0.1",
     .help = "the most bad lines that --on-bad-line skip passes over, of all lines: 0.1 or 10%"},

    {"holdout", 0, "N", FOR_TRAIN, GROUP_TEST, OPTION_LONG, AT(ratings.hold_out.count), .stage = OF_READING,
     .holds_out = HOLD_OUT_RANDOM, .low = 1, .high = 0x1p32 - 1, .applies = holds_out_random,
     .recorded = "holdout", .hint = "; for a share of the users: --holdout-users",
     .help = "test on N ratings of each user, drawn at random"},
    {"holdout-last", 0, "N", FOR_TRAIN, GROUP_TEST, OPTION_LONG, AT(ratings.hold_out.count),
     .stage = OF_READING, .holds_out = HOLD_OUT_LAST, .low = 1, .high = 0x1p32 - 1, .applies = holds_out_last,
     .recorded = "holdout_last", .help = "test on each user's N latest ratings"},
    {"holdout-users", 0, "SHARE", FOR_TRAIN, GROUP_TEST, OPTION_REAL, AT(ratings.hold_out.share),
     .stage = OF_READING, .holds_out = HOLD_OUT_USERS, .low = 0, .above_low = true, .high = 1,
     .below_high = true, .applies = holds_out_users, .recorded = "holdout_users",
     .help = "test on a share of the users: a fifth of their ratings, the others being folded in"},
    {"test", 0, "FILE", FOR_TESTING, GROUP_TEST, OPTION_TEXT, AT(test), .recorded = "test", .file = FILE_READ,
     .on_resume = RESUME_WITH_STOP, .help = "test on these ratings"},
    {"seen", 0, "FILE", FOR_EVALUATE | FOR_RECOMMEND, GROUP_TEST, OPTION_TEXT, AT(seen), .file = FILE_READ,
     .help = "ratings to leave out (default: those the model was trained on)"},
    {"include-seen", 0, NULL, FOR_RECOMMEND, GROUP_TEST, OPTION_SWITCH, AT(include_seen),
     .help = "leave none out"},
    {"top", 0, "K,...", FOR_TESTING, GROUP_TEST, OPTION_CUTOFFS, AT(cutoffs_text), .value = "10",
     .applies = run_config_has_test, .recorded = "top", .on_resume = RESUME_WITH_STOP,
     .help = "lengths of the lists that are looked at, ascending"},
    {"negatives", 0, "N", FOR_TESTING, GROUP_TEST, OPTION_LONG, AT(evaluation.negatives), .low = 0,
     .high = 0x1p32 - 1, .value = "99", .applies = run_config_has_test, .recorded = "negatives",
     .on_resume = RESUME_WITH_STOP,
     .help = "items drawn at random for each user to rank the test items among; 0: all unseen ones"},
    {"candidates", 0, "FILE", FOR_TESTING, GROUP_TEST, OPTION_TEXT, AT(candidates), .file = FILE_READ,
     .applies = run_config_has_test, .recorded = "candidates", .on_resume = RESUME_WITH_STOP,
     .help = "rank among these instead: \"user item item ...\" a line"},
    {"recall-cut", 0, "HOW", FOR_TESTING, GROUP_TEST, OPTION_EITHER, AT(evaluation.recall_cut_k),
     .choices = recall_cuts, .value = "all", .applies = run_config_has_test, .recorded = "recall_cut",
     .on_resume = RESUME_WITH_STOP, .help = "recall@K is over all test items, or over at most k"},
    {"clip", 0, NULL, FOR_TRAIN, GROUP_TEST, OPTION_SWITCH, AT(evaluation.clip), ALS | SGD,
     .applies = clips_scores, .recorded = "clip", .on_resume = RESUME_WITH_STOP,
     .help = "als, sgd: errors of the test are of scores kept within the values trained on"},
    {"clip", 0, NULL, FOR_EVALUATE | FOR_RECOMMEND, GROUP_TEST, OPTION_SWITCH, AT(evaluation.clip),
     .help = "of als and sgd: keep scores within the values trained on, in errors and in lists"},
    {"baseline", 0, "NAME", FOR_EVALUATE, GROUP_TEST, OPTION_EITHER, AT(evaluation.popular),
     .choices = baselines, .value = "none", .help = "popular: rank by number of ratings, for comparison"},
    {"early-stop", 0, "METRIC", FOR_TRAIN, GROUP_TEST, OPTION_TEXT, AT(early_stop), .recorded = "early_stop",
     .help = "stop when ndcg@10, say, has not improved; ndcg@10:3: in three iterations. Keeps the best"},

    {"output", 'o', "MODEL.h5", FOR_TRAIN, GROUP_RUN, OPTION_TEXT, AT(output), .file = FILE_WRITTEN,
     .value = "model.h5", .help = "the model; where no ratings are named, sample-model.h5"},
    {"output", 'o', "FILE", FOR_RECOMMEND | FOR_CONVERT | FOR_GENERATE, GROUP_RUN, OPTION_TEXT, AT(output),
     .file = FILE_WRITTEN, .help = "what to write; recommend: without it, to standard output"},
    {"output-format", 0, "NAME", FOR_RECOMMEND, GROUP_RUN, OPTION_CHOICE, AT(list_format),
     .choices = list_formats, .value = "tsv",
     .help = "tsv, jsonl or hdf5; otherwise by the name of the output"},
    {"checkpoint-dir", 0, "DIR", FOR_TRAIN, GROUP_RUN, OPTION_TEXT, AT(checkpoint_dir),
     .file = FOLDER_WRITTEN,
     .help = "keep the last two checkpoints there, and go on from them when started again"},
    {"checkpoint-every", 0, "N", FOR_TRAIN, GROUP_RUN, OPTION_INTERVAL, AT(checkpoint_every), .value = "1",
     .help = "iterations, or a time such as 10m, or both (5,10m), from one checkpoint to the next"},
    {"resume", 0, "HOW", FOR_TRAIN, GROUP_RUN, OPTION_TEXT, AT(resume), .value = "auto", .file = FILE_RESUMED,
     .help = "auto: from the newest good checkpoint; never; or from the checkpoint named"},
    {"max-time", 0, "TIME", FOR_TRAIN, GROUP_RUN, OPTION_DURATION, AT(max_time), .value = "0",
     .help = "stop with a checkpoint and exit code 75 after this time, such as 3h55m; 0: never"},
    {"stall-timeout", 0, "TIME", FOR_ALL, GROUP_RUN, OPTION_DURATION, AT(stall_timeout), .value = "1h",
     .help =
         "end a run in which a rank makes no progress for this time, also by waiting for another; 0: never"},
    {"log-json", 0, "FILE", FOR_TESTING, GROUP_RUN, OPTION_TEXT, AT(log_json), .file = FILE_WRITTEN,
     .help = "write events there, a JSON object per line"},
    {"replica", 0, "RANKS", FOR_TESTING | FOR_LISTS, GROUP_RUN, OPTION_REPLICA, AT(solve.replica),
     .value = "node",
     .help = "ranks that share one copy of the factors: node, rank (each its own) or a number"},
    {"kernel", 0, "LEVEL", FOR_TESTING | FOR_LISTS | FOR_PLAN, GROUP_RUN, OPTION_WORD, AT(solve.kernel),
     .choices = kernels, .value = "auto", .help = "instructions to use: auto, plain, x86-64-v3 or x86-64-v4"},
    {"ranks", 0, "N", FOR_ALL, GROUP_RUN, OPTION_OF_PROGRAM,
     .help = "the number of ranks that is meant: a run on another is refused. Needed for 1 in each of "
             "several tasks"},
    {"config", 0, "FILE", FOR_ALL, GROUP_RUN, OPTION_OF_PROGRAM, AT(config_file), .file = FILE_READ,
     .help = "read options from there, a line \"name = value\" each; the command line wins"},
    {"quiet", 0, NULL, FOR_ALL, GROUP_RUN, OPTION_FLAG, AT(verbosity), .sets = SAY_LITTLE,
     .help = "warnings and errors only"},
    {"verbose", 0, NULL, FOR_ALL, GROUP_RUN, OPTION_FLAG, AT(verbosity), .sets = SAY_ALL,
     .help = "also options in force, and memory by node"},
    {"help", 'h', NULL, FOR_ALL, GROUP_RUN, OPTION_OF_PROGRAM, .help = "this list"},
    {"version", 0, NULL, FOR_ALL, GROUP_RUN, OPTION_OF_PROGRAM,
     .help = "versions of mfals and of the libraries it runs with"},
};
const int option_count = sizeof option_table / sizeof option_table[0];
_Static_assert(sizeof option_table / sizeof option_table[0] <= OPTIONS_MAX, "room for what is given of each");

#undef AT

const struct option_row *option_find(const char *name, enum command_bit command)
{
    for (int i = 0; i < option_count; i++)
        if ((option_table[i].commands & (int)command) != 0 && strcmp(option_table[i].name, name) == 0)
            return &option_table[i];
    return NULL;
}

bool option_applies(const struct option_row *option, const struct run_config *config)
{
    if ((option->commands & (int)config->command->bit) == 0 || option->kind == OPTION_FLAG ||
        option->kind == OPTION_OF_PROGRAM)
        return false;
    if (option->algorithms != 0 && (option->algorithms & (1 << config->solve.algorithm)) == 0)
        return false;
    return option->applies == NULL || option->applies(config);
}

const char *option_title(const struct command *command, enum option_group group)
{
    static const char *const titles[] = {
        [GROUP_RATINGS] = "The ratings:", [GROUP_TEST] = "The test:", [GROUP_RUN] = "The run:"};
    return group == GROUP_MODEL ? command->subject : titles[group];
}
