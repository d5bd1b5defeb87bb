/* cli/command_line.h, options/run_config.h: words, the file of --config, what options mean for each other, and the list of
 * those in force. */
#include "api/handles.h"
#include "cli/command_line.h"
#include "options/option_values.h"
#include "ranks.h"
#include "train/early_stop.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_WORDS = 28 };

static struct mfals_context *context;

static struct mfals_options *loaded;

static void unload(void)
{
    mfals_options_free(&loaded);
    mfals_close(&context);
}

/* The words of a command, as the program reads them. What was loaded before goes. */
static status load_for(const char *command, struct run_config *config, int count, const char *const *words)
{
    static char copies[MAX_WORDS + 1][256]; /* paths stay in use */
    static char *arguments[MAX_WORDS + 2];
    struct launch launch = {0};
    struct program program = {.launch = &launch, .size = world.size};
    enum ask ask = ASK_NOTHING;
    unload();
    *config = (struct run_config){0};
    TRY(mfals_open(&context, world.mpi));
    program.context = context;
    for (int i = 0; mfals_command(&program.command, i) && strcmp(program.command.name, command) != 0;)
        i++;
    snprintf(copies[0], sizeof copies[0], "mfals");
    for (int i = 0; i < count; i++)
        snprintf(copies[i + 1], sizeof copies[i + 1], "%s", words[i]);
    for (int i = 0; i <= count; i++)
        arguments[i] = copies[i];
    arguments[count + 1] = NULL;
    status done = command_line_load(&program, &ask, count + 1, arguments);
    loaded = program.options;
    if (loaded != NULL)
        *config = loaded->config;
    return done;
}

static status load(struct run_config *config, int count, const char *const *words)
{
    return load_for("train", config, count, words);
}

#define LOAD(config, ...)                                                                                    \
    load((config), (int)(sizeof(const char *[]){__VA_ARGS__} / sizeof(char *)), (const char *[]){__VA_ARGS__})

/* What becomes of several ratings of a pair is for the algorithm to say; times are read where they matter. */
static void test_duplicates(void)
{
    struct run_config config;
    REQUIRE_OK(load(&config, 0, NULL));
    CU_ASSERT_EQUAL(config.ratings.duplicates, DUPLICATES_SUM);
    CU_ASSERT_EQUAL(config.ratings.read.times, TIMES_NONE);
    REQUIRE_OK(LOAD(&config, "-a", "als"));
    CU_ASSERT_EQUAL(config.ratings.duplicates, DUPLICATES_LAST);
    CU_ASSERT_EQUAL(config.ratings.read.times, TIMES_IF_ANY);
    REQUIRE_OK(LOAD(&config, "--algorithm=sgd", "--duplicates=auto"));
    CU_ASSERT_EQUAL(config.ratings.duplicates, DUPLICATES_LAST);
    REQUIRE_OK(LOAD(&config, "--duplicates", "mean", "-a", "sgd"));
    CU_ASSERT_EQUAL(config.ratings.duplicates, DUPLICATES_MEAN);
    CU_ASSERT_EQUAL(config.ratings.read.times, TIMES_NONE);
    CU_ASSERT_FALSE(config.ratings.keep_all);
    REQUIRE_OK(LOAD(&config, "--holdout-last", "1"));
    CU_ASSERT_EQUAL(config.ratings.read.times, TIMES_NEEDED);
}

/* Weights of ratings: a column that is named, and ages, for which times are needed. */
static void test_rating_weights(void)
{
    struct run_config config;
    REQUIRE_OK(LOAD(&config, "-a", "als"));
    CU_ASSERT_FALSE(config.ratings.read.weights);
    CU_ASSERT_EQUAL(config.ratings.aging.half_life, 0);
    REQUIRE_OK(LOAD(&config, "--columns", "weight=w,user=u", "--half-life", "1y2w3d"));
    CU_ASSERT_TRUE(config.ratings.read.weights);
    CU_ASSERT_EQUAL(config.ratings.aging.half_life, (365.25 + 14 + 3) * 86400);
    CU_ASSERT_FALSE(config.ratings.aging.has_now);
    CU_ASSERT_EQUAL(config.ratings.read.times, TIMES_NEEDED_FOR_AGES);
    REQUIRE_OK(LOAD(&config, "--columns", "user=weight,weight=-", "--half-life=12h", "--now=1970-01-02"));
    CU_ASSERT_FALSE(config.ratings.read.weights);
    CU_ASSERT_TRUE(config.ratings.aging.has_now);
    CU_ASSERT_EQUAL(config.ratings.aging.now, 86400);
    CU_ASSERT_EQUAL(LOAD(&config, "-a", "sgd", "--columns", "user,item,weight"), MFALS_USAGE);
    CU_ASSERT_EQUAL(LOAD(&config, "-a", "sgd", "--half-life", "1d"), MFALS_USAGE);
    CU_ASSERT_EQUAL(LOAD(&config, "--now", "5"), MFALS_USAGE);
    CU_ASSERT_EQUAL(LOAD(&config, "--half-life", "2d1w"), MFALS_USAGE);
}

static void test_defaults(void)
{
    struct run_config config;
    REQUIRE_OK(load(&config, 0, NULL));
    CU_ASSERT_EQUAL(config.solve.factors, 64);
    CU_ASSERT_EQUAL(config.solve.iterations, 10);
    CU_ASSERT_EQUAL(config.solve.lambda, 0.015);
    CU_ASSERT_EQUAL(config.solve.unobserved_ratio, 2);
    CU_ASSERT_EQUAL(config.solve.reg_exponent, 1);
    CU_ASSERT_EQUAL(config.solve.seed, 42);
    CU_ASSERT_EQUAL(config.solve.weights, WEIGHTS_RENDLE_ONE);
    CU_ASSERT_FALSE(run_config_given(&config, "alpha"));
    CU_ASSERT_TRUE(config.ratings.positive_only);
    CU_ASSERT_EQUAL(config.operand_count, 0);
    CU_ASSERT_STRING_EQUAL(config.init_text, "normal:0.0125");
    CU_ASSERT_STRING_EQUAL(config.output, "model.h5");
    REQUIRE_OK(LOAD(&config, "--unobserved-weight=2", "-k", "16"));
    CU_ASSERT_STRING_EQUAL(config.init_text, "normal:0.025");
    CU_ASSERT_EQUAL(config.solve.init, INIT_NORMAL);
}

static void test_words_in_any_order(void)
{
    struct run_config config;
    REQUIRE_OK(LOAD(&config, "a.tsv", "-k3", "--lambda", "0.5", "b.tsv", "-a", "ials", "--", "-c"));
    CU_ASSERT_EQUAL(config.solve.factors, 3);
    CU_ASSERT_EQUAL(config.solve.lambda, 0.5);
    CU_ASSERT_EQUAL_FATAL(config.operand_count, 3);
    CU_ASSERT_STRING_EQUAL(config.operands[0], "a.tsv");
    CU_ASSERT_STRING_EQUAL(config.operands[1], "b.tsv");
    CU_ASSERT_STRING_EQUAL(config.operands[2], "-c");
}

static void test_wrong_words(void)
{
    struct run_config config;
    const struct {
        const char *words[3], *message;
    } cases[] = {{{"--bogus"}, "unknown option '--bogus'; mfals train --help lists them"},
                 {{"--bogus=3", "x"}, "unknown option '--bogus=3'; mfals train --help lists them"},
                 {{"x", "-y"}, "unknown option '-y'; mfals train --help lists them"},
                 {{"-hy", "x"}, "unknown option '-y'; mfals train --help lists them"},
                 {{"-k"}, "-k: needs a value"},
                 {{"x", "--factors"}, "--factors: needs a value"},
                 {{"--quiet=1"}, "--quiet: takes no value"},
                 {{"--re", "1"}, "'--re' may stand for several options"},
                 {{"-k", "0", "--bogus"}, "--factors: '0' is not an integer from 1 to 4096"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int count = 0;
        while (count < 3 && cases[i].words[count] != NULL)
            count++;
        CU_ASSERT_EQUAL(load(&config, count, cases[i].words), MFALS_USAGE);
        CU_ASSERT_STRING_EQUAL(failure_message(), cases[i].message);
    }
}

static char file_folder[64], file_path[96];

/* [collective] A file of rank 0. */
static void write_file(const char *text)
{
    ranks_new_folder(file_folder, sizeof file_folder);
    snprintf(file_path, sizeof file_path, "%s/options", file_folder);
    FILE *file = world.rank == 0 ? fopen(file_path, "w") : NULL;
    REQUIRE_ALL(world.rank > 0 || (file != NULL && fputs(text, file) >= 0 && fclose(file) == 0));
}

static void remove_file(void)
{
    CU_ASSERT(world.rank > 0 || (unlink(file_path) == 0 && rmdir(file_folder) == 0));
}

static void test_command_line_wins_over_file(void)
{
    struct run_config config;
    write_file("factors = 7\n# a comment\n\n  lambda=3 ; another\r\nverbose = yes\nquiet = no\noutput = "
               "from_file.h5\n"
               "alpha = 2\n");
    REQUIRE_OK(LOAD(&config, "--config", file_path, "--lambda", "5", "ratings.tsv", "--quiet"));
    CU_ASSERT_EQUAL(config.solve.factors, 7);
    CU_ASSERT_EQUAL(config.solve.lambda, 5);
    CU_ASSERT_EQUAL(config.solve.alpha, 2);
    CU_ASSERT_TRUE(run_config_given(&config, "alpha"));
    CU_ASSERT_EQUAL(config.verbosity, SAY_LITTLE);
    CU_ASSERT_STRING_EQUAL(config.output, "from_file.h5");
    CU_ASSERT_EQUAL_FATAL(config.operand_count, 1);
    CU_ASSERT_STRING_EQUAL(config.operands[0], "ratings.tsv");
    remove_file();
}

static void expect_config_failure(const char *text, const char *message)
{
    struct run_config config;
    char expected[256];
    write_file(text);
    CU_ASSERT_EQUAL(LOAD(&config, "--config", file_path), MFALS_USAGE);
    snprintf(expected, sizeof expected, "%s%s", file_path, message);
    CU_ASSERT_STRING_EQUAL(failure_message(), expected);
    remove_file();
}

static void test_wrong_files(void)
{
    char long_line[1000];
    memset(long_line, 'a', sizeof long_line);
    long_line[sizeof long_line - 1] = '\0';
    expect_config_failure("factors = 7\nfactor = 3\nlambda = x\n", ":2: unknown option 'factor'");
    expect_config_failure("factors = 7\nhelp = yes\n", ":2: unknown option 'help'");
    expect_config_failure("config = other\n", ":1: unknown option 'config'");
    expect_config_failure("\n\nfactors\nfoo = 1\n", ":3: not 'name = value'");
    expect_config_failure("foo = 1\nfactors\n", ":1: unknown option 'foo'");
    expect_config_failure("lambda = 1\n lambda = nan\n",
                          ":2: --lambda: 'nan' is not a finite number of at least 0");
    expect_config_failure("[train]\nlambda = 1\n", ":2: section 'train': sections have no meaning here");
    expect_config_failure("quiet = maybe\n", ":1: --quiet: 'maybe' is not yes or no");
    expect_config_failure("seed =\n", ":1: --seed: '' is not an integer from 0 to 9223372036854775807");
    expect_config_failure(long_line, ":1: the line is too long");
    struct run_config config;
    CU_ASSERT_EQUAL(LOAD(&config, "--config", "/nonexistent/file"), MFALS_NO_INPUT);
    CU_ASSERT_EQUAL(LOAD(&config, "--config", "/"), MFALS_NO_INPUT);
}

static void value_as_text(char *text, size_t size, const struct attribute *value)
{
    if (value->kind == ATTRIBUTE_TEXT)
        snprintf(text, size, "%s", value->text);
    else if (value->kind == ATTRIBUTE_INTEGER)
        snprintf(text, size, "%" PRId64, value->integer);
    else
        snprintf(text, size, "%.17g", value->real);
}

/* What is listed as in force, set in another run, is in force there. */
static void test_in_force_round_trip(void)
{
    struct run_config first, second;
    REQUIRE_OK(LOAD(&first, "-k3", "--lambda", "0.1", "--unobserved-weight", "0.3", "--alpha", "7", "--seed",
                    "9223372036854775807", "--duplicates", "mean", "--on-bad-line", "skip", "--replica", "3",
                    "--columns", "user,item", "--init", "normal:0.125", "--kernel", "plain", "--format",
                    "csv"));
    struct option_inputs inputs = {.command = command_find("train")};
    static char texts[OPTIONS_MAX][200];
    int listed = 0;
    for (int i = 0; i < option_count; i++) {
        struct attribute value;
        if (!option_in_force(&value, &first, &option_table[i]))
            continue;
        listed++;
        CU_ASSERT_PTR_EQUAL(option_find(value.name, FOR_TRAIN), &option_table[i]);
        value_as_text(texts[i], sizeof texts[i], &value);
        /* What has a meaning with --checkpoint-dir alone is not given without. */
        if (strcmp(value.name, "checkpoint-every") != 0 && strcmp(value.name, "resume") != 0 &&
            strcmp(value.name, "axes") != 0)
            CU_ASSERT_EQUAL(option_give(&inputs, &option_table[i], texts[i]), MFALS_OK);
    }
    REQUIRE_OK(run_config_resolve(&second, &inputs));
    for (int i = 0; i < option_count; i++) {
        struct attribute value, again;
        if (!option_in_force(&value, &first, &option_table[i]))
            continue;
        CU_ASSERT_TRUE(option_in_force(&again, &second, &option_table[i]));
        CU_ASSERT(attribute_equal(&again, &value));
    }
    CU_ASSERT(listed >= 15);
    CU_ASSERT_EQUAL(second.solve.factors, 3);
    CU_ASSERT_EQUAL(second.solve.lambda, 0.1);
    CU_ASSERT_EQUAL(second.solve.unobserved_weight, 0.3);
    CU_ASSERT_EQUAL(second.solve.seed, INT64_MAX);
    CU_ASSERT_EQUAL(second.solve.init, INIT_NORMAL);
    CU_ASSERT_EQUAL(second.solve.init_scale, 0.125);
    CU_ASSERT_EQUAL(second.ratings.read.format, FORMAT_CSV);
}

static void test_alpha_in_force_only_where_it_has_a_meaning(void)
{
    struct run_config config;
    struct attribute value;
    REQUIRE_OK(LOAD(&config, "--unobserved-weight", "1"));
    CU_ASSERT_FALSE(option_in_force(&value, &config, option_find("alpha", FOR_TRAIN)));
    REQUIRE_OK(LOAD(&config, "--unobserved-weight", "1", "--alpha", "40"));
    CU_ASSERT_TRUE(option_in_force(&value, &config, option_find("alpha", FOR_TRAIN)));
    REQUIRE_OK(LOAD(&config, "--preset", "notebook"));
    CU_ASSERT_TRUE(option_in_force(&value, &config, option_find("alpha", FOR_TRAIN)));
    CU_ASSERT_EQUAL(config.solve.alpha, 40);
    CU_ASSERT_EQUAL(config.solve.lambda, 150);
    CU_ASSERT_EQUAL(config.solve.factors, 20);
    CU_ASSERT_FALSE(option_in_force(&value, &config, option_find("unobserved-weight", FOR_TRAIN)));
    CU_ASSERT_FALSE(option_in_force(&value, &config, option_find("unobserved-ratio", FOR_TRAIN)));
    REQUIRE_OK(load(&config, 0, NULL));
    CU_ASSERT_TRUE(option_in_force(&value, &config, option_find("unobserved-ratio", FOR_TRAIN)));
    CU_ASSERT_FALSE(option_in_force(&value, &config, option_find("unobserved-weight", FOR_TRAIN)));
}

static void test_options_of_other_commands_are_unknown(void)
{
    struct run_config config;
    CU_ASSERT_EQUAL(LOAD(&config, "--titles", "3"), MFALS_USAGE);
    CU_ASSERT_STRING_EQUAL(failure_message(), "unknown option '--titles'; mfals train --help lists them");
    CU_ASSERT_EQUAL(load_for("info", &config, 1, (const char *[]){"--factors=3"}), MFALS_USAGE);
    CU_ASSERT_STRING_EQUAL(failure_message(), "unknown option '--factors=3'; mfals info --help lists them");
    CU_ASSERT_EQUAL(load_for("similar", &config, 2, (const char *[]){"--top=3", "m.h5"}), MFALS_OK);
    CU_ASSERT_EQUAL(config.top, 3);
}

static void test_defaults_follow_the_algorithm(void)
{
    struct run_config config;
    REQUIRE_OK(LOAD(&config, "-a", "als"));
    CU_ASSERT_EQUAL(config.solve.lambda, 0.1);
    CU_ASSERT_EQUAL(config.solve.reg_exponent, 1);
    CU_ASSERT_FALSE(config.ratings.positive_only);
    CU_ASSERT_EQUAL(config.ratings.blocks, 0);
    REQUIRE_OK(LOAD(&config, "--algorithm", "sgd", "--biases"));
    CU_ASSERT_EQUAL(config.solve.factors, 16);
    CU_ASSERT_EQUAL(config.solve.iterations, 5);
    CU_ASSERT_EQUAL(config.solve.lambda, 0.01);
    CU_ASSERT_EQUAL(config.solve.learning_rate, 0.01);
    CU_ASSERT_EQUAL(config.solve.schedule, SCHEDULE_CONSTANT);
    CU_ASSERT_TRUE(config.solve.biases);
    CU_ASSERT_EQUAL(config.ratings.blocks, 16);
    CU_ASSERT_STRING_EQUAL(config.init_text, "normal:0.0625");
}

static void test_options_without_a_meaning_for_the_algorithm(void)
{
    struct run_config config;
    const struct {
        const char *words[4], *message;
    } cases[] = {
        {{"-a", "als", "--alpha", "3"}, "--alpha: has a meaning for ials only"},
        {{"-a", "sgd", "--unobserved-weight", "3"}, "--unobserved-weight: has a meaning for ials only"},
        {{"-a", "sgd", "--reg-exponent", "1"}, "--reg-exponent: has a meaning for ials and als only"},
        {{"-a", "ials", "--biases", "x"}, "--biases: has a meaning for als and sgd only"},
        {{"-a", "als", "--learning-rate", "1"}, "--learning-rate: has a meaning for sgd only"},
        {{"-a", "sgd", "--solver", "exact"}, "--solver: has a meaning for ials and als only"},
        {{"-a", "sgd", "--cg-steps", "3"}, "--cg-steps: has a meaning for ials and als only"},
        {{"-a", "als", "--cg-steps", "3"}, "--cg-steps: needs --solver cg"},
        {{"--solver", "exact", "--cg-steps", "3"}, "--cg-steps: needs --solver cg"},
        {{"-a", "als", "--schedule", "bold"}, "--schedule: has a meaning for sgd only"},
        {{"-a", "ials", "--sgd-blocks", "3"}, "--sgd-blocks: has a meaning for sgd only"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        CU_ASSERT_EQUAL(load(&config, 4, cases[i].words), MFALS_USAGE);
        CU_ASSERT_STRING_EQUAL(failure_message(), cases[i].message);
    }
}

static void test_one_test_at_most(void)
{
    struct run_config config;
    CU_ASSERT_EQUAL(LOAD(&config, "--holdout", "1", "--test", "t"), MFALS_USAGE);
    CU_ASSERT_EQUAL(LOAD(&config, "--holdout-last=1", "--holdout-users=0.5"), MFALS_USAGE);
    REQUIRE_OK(LOAD(&config, "--holdout-last", "3", "--seed", "7"));
    CU_ASSERT_EQUAL(config.ratings.hold_out.kind, HOLD_OUT_LAST);
    CU_ASSERT_EQUAL(config.ratings.hold_out.count, 3);
    CU_ASSERT_EQUAL(config.ratings.hold_out.seed, 7);
    REQUIRE_OK(LOAD(&config, "--holdout-users", "0.25"));
    CU_ASSERT_EQUAL(config.ratings.hold_out.kind, HOLD_OUT_USERS);
    CU_ASSERT_EQUAL(config.ratings.hold_out.share, 0.25);
}

static void test_early_stop(void)
{
    struct run_config config;
    struct early_stop stop;
    REQUIRE_OK(LOAD(&config, "--early-stop", "ndcg@5:2", "--top", "5,7", "--holdout", "1"));
    early_stop_begin(&stop, &config.stop_rule);
    CU_ASSERT_STRING_EQUAL(stop.rule.metric, "ndcg@5");
    CU_ASSERT_EQUAL(stop.rule.patience, 2);
    CU_ASSERT_TRUE(early_stop_note(&stop, 1, 0.5));
    CU_ASSERT_FALSE(early_stop_note(&stop, 2, 0.5)); /* no improvement */
    CU_ASSERT_FALSE(stop.due);
    CU_ASSERT_TRUE(early_stop_note(&stop, 3, 0.6));
    CU_ASSERT_FALSE(early_stop_note(&stop, 4, 0.4));
    CU_ASSERT_FALSE(early_stop_note(&stop, 5, 0.5));
    CU_ASSERT_TRUE(stop.due);
    CU_ASSERT_EQUAL(stop.best_iteration, 3);
    REQUIRE_OK(LOAD(&config, "-a", "als", "--early-stop", "rmse", "--test", "t"));
    early_stop_begin(&stop, &config.stop_rule);
    early_stop_note(&stop, 1, 0.9);
    CU_ASSERT_TRUE(early_stop_note(&stop, 2, 0.8)); /* an error: less is better */
    CU_ASSERT_FALSE(early_stop_note(&stop, 3, 0.85));
    CU_ASSERT_TRUE(stop.due);
}

static void test_wrong_early_stops(void)
{
    struct run_config config;
    const char *const wrong[] = {"ndcg@5",    "ndcg",      "rmse",
                                 "ndcg@10:0", "ndcg@10:",  "ndcg@10:x",
                                 ":3",        "hr@10:1:2", "a-name-that-is-longer-than-any-metric"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        CU_ASSERT_EQUAL(LOAD(&config, "--holdout", "1", "--early-stop", wrong[i]), MFALS_USAGE);
        CU_ASSERT_EQUAL(strncmp(failure_message(), "--early-stop: ", 14), 0);
    }
    CU_ASSERT_EQUAL(LOAD(&config, "--early-stop", "ndcg@10"), MFALS_USAGE); /* nothing to test on */
}

static void test_failing_allocations(void)
{
    unload();
    int64_t before = memory_live_blocks(), n = 0;
    status got = MFALS_NO_MEMORY;
    write_file("factors = 7\n");
    while (got == MFALS_NO_MEMORY && n < 100) {
        struct run_config config;
        memory_fail_at(world.rank == world.size - 1 ? ++n : (n++, 0));
        got = LOAD(&config, "--config", file_path);
        memory_fail_at(0);
        unload();
        REQUIRE_ALL(got == MFALS_NO_MEMORY || got == MFALS_OK);
        CU_ASSERT_EQUAL(memory_live_blocks(), before);
    }
    CU_ASSERT_EQUAL(got, MFALS_OK);
    CU_ASSERT(n > 4);
    remove_file();
}

static CU_TestInfo tests[] = {
    {"defaults", test_defaults},
    {"duplicates", test_duplicates},
    {"weights of ratings", test_rating_weights},
    {"words in any order", test_words_in_any_order},
    {"wrong words", test_wrong_words},
    {"the command line wins over the file", test_command_line_wins_over_file},
    {"wrong files", test_wrong_files},
    {"in force: a round trip", test_in_force_round_trip},
    {"alpha in force", test_alpha_in_force_only_where_it_has_a_meaning},
    {"options of other commands are unknown", test_options_of_other_commands_are_unknown},
    {"defaults follow the algorithm", test_defaults_follow_the_algorithm},
    {"options without a meaning for the algorithm", test_options_without_a_meaning_for_the_algorithm},
    {"one test at most", test_one_test_at_most},
    {"early stop", test_early_stop},
    {"wrong early stops", test_wrong_early_stops},
    {"failing allocations", test_failing_allocations},
    CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "options", tests);
}
