/* options/option_values.h: each option's range, its choices, junk; names, and the help of each command. */
#include "options/option_values.h"

#include "base/status.h"
#include "cli/command_line.h"
#include "comm/replica.h"
#include "ranks.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Some command that has the option. */
static const struct command *command_of(const struct option_row *option)
{
    for (int i = 0; i < command_count; i++)
        if ((option->commands & (int)command_table[i].bit) != 0)
            return &command_table[i];
    return NULL;
}

static const struct option_row *train_option(const char *name)
{
    return option_find(name, FOR_TRAIN);
}

static void train_default(struct run_config *config)
{
    CU_ASSERT_EQUAL(run_config_resolve(config, &(struct option_inputs){.command = command_find("train")}),
                    MFALS_OK);
}

static void expect_refused(const struct option_row *option, const char *text)
{
    struct run_config config;
    char prefix[64];
    (void)run_config_resolve(&config, &(struct option_inputs){.command = command_of(option)});
    snprintf(prefix, sizeof prefix, "--%s: ", option->name);
    status got = option_parse(&config, option, text);
    if (got != MFALS_USAGE)
        printf("--%s takes '%s'\n", option->name, text);
    CU_ASSERT_EQUAL(got, MFALS_USAGE);
    CU_ASSERT_EQUAL(strncmp(failure_message(), prefix, strlen(prefix)), 0);
    CU_ASSERT_PTR_NULL(strchr(failure_message(), '\n'));
}

static void expect_taken(const struct option_row *option, const char *text)
{
    struct run_config config;
    (void)run_config_resolve(&config, &(struct option_inputs){.command = command_of(option)});
    status got = option_parse(&config, option, text);
    if (got != MFALS_OK)
        printf("%s\n", failure_message());
    CU_ASSERT_EQUAL(got, MFALS_OK);
}

static bool is_integer(const struct option_row *option)
{
    return option->kind == OPTION_INT || option->kind == OPTION_LONG;
}

static bool is_number(const struct option_row *option)
{
    return is_integer(option) || option->kind == OPTION_REAL;
}

static void check_integer_edges(const struct option_row *option)
{
    char low[32], high[32], below[32], above[32];
    bool widest = option->high >= 0x1p63;
    snprintf(low, sizeof low, "%.0f", option->low);
    snprintf(below, sizeof below, "%.0f", option->low - 1);
    snprintf(high, sizeof high, "%" PRId64, widest ? INT64_MAX : (int64_t)option->high);
    snprintf(above, sizeof above, "%" PRIu64, (widest ? (uint64_t)INT64_MAX : (uint64_t)option->high) + 1);
    expect_taken(option, low);
    expect_taken(option, high);
    expect_refused(option, below);
    expect_refused(option, above);
    expect_refused(option, "1.5");
    expect_refused(option, "1e2");
}

static void check_real_edges(const struct option_row *option)
{
    char text[64];
    snprintf(text, sizeof text, "%.17g", option->low);
    if (option->above_low)
        expect_refused(option, text);
    else
        expect_taken(option, text);
    snprintf(text, sizeof text, "%.17g", nextafter(option->low, HUGE_VAL));
    expect_taken(option, text);
    snprintf(text, sizeof text, "%.17g", nextafter(option->low, -HUGE_VAL));
    expect_refused(option, text);
    snprintf(text, sizeof text, "%.17g", isfinite(option->high) ? option->high : 0x1.fffffffffffffp1023);
    if (option->below_high)
        expect_refused(option, text);
    else
        expect_taken(option, text);
    snprintf(text, sizeof text, "%.17g", nextafter(option->high, HUGE_VAL));
    expect_refused(option, text);
}

static void test_range_edges(void)
{
    int numbers = 0;
    for (int i = 0; i < option_count; i++) {
        numbers += is_number(&option_table[i]);
        if (is_integer(&option_table[i]))
            check_integer_edges(&option_table[i]);
        else if (option_table[i].kind == OPTION_REAL)
            check_real_edges(&option_table[i]);
    }
    CU_ASSERT(numbers >= 15);
}

static void test_junk_is_refused(void)
{
    const char *const junk[] = {"",
                                " ",
                                "x",
                                "1x",
                                " 1",
                                "1 ",
                                "nan",
                                "NaN",
                                "inf",
                                "-inf",
                                "1e999",
                                "0x10",
                                "1,5",
                                "1 2",
                                "--",
                                "-",
                                "infinity",
                                "\xff",
                                "1e",
                                "99999999999999999999999x",
                                "-99999999999999999999999"};
    for (int i = 0; i < option_count; i++)
        for (size_t j = 0; option_table[i].kind != OPTION_TEXT && j < sizeof junk / sizeof junk[0]; j++)
            if (option_table[i].kind != OPTION_CUTOFFS || strcmp(junk[j], "1,5") != 0)
                expect_refused(&option_table[i], junk[j]);
    expect_refused(train_option("output"), "");
}

static void test_choices(void)
{
    for (int i = 0; i < option_count; i++) {
        const struct option_row *option = &option_table[i];
        for (int j = 0; option->choices != NULL && option->choices[j] != NULL; j++)
            expect_taken(option, option->choices[j]);
    }
}

static void test_init(void)
{
    struct run_config config;
    const struct option_row *init = train_option("init");
    train_default(&config);
    CU_ASSERT_EQUAL(option_parse(&config, init, "normal:0.25"), MFALS_OK);
    CU_ASSERT_EQUAL(config.solve.init, INIT_NORMAL);
    CU_ASSERT_EQUAL(config.solve.init_scale, 0.25);
    const char *const wrong[] = {"uniform",       "uniform:",   "normal:0", "uniform:-1", "normal:nan",
                                 "uniform:1e999", "uniform:1x", "Normal:1", "0.1"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        expect_refused(init, wrong[i]);
}

static void test_replica(void)
{
    struct run_config config;
    const struct option_row *replica = train_option("replica");
    train_default(&config);
    CU_ASSERT_EQUAL(config.solve.replica, REPLICA_NODE);
    CU_ASSERT_EQUAL(option_parse(&config, replica, "rank"), MFALS_OK);
    CU_ASSERT_EQUAL(config.solve.replica, REPLICA_RANK);
    CU_ASSERT_EQUAL(option_parse(&config, replica, "12"), MFALS_OK);
    CU_ASSERT_EQUAL(config.solve.replica, 12);
    expect_refused(replica, "0");
    expect_refused(replica, "-1");
    expect_refused(replica, "2147483648");
}

static void test_cutoffs(void)
{
    struct run_config config;
    train_default(&config);
    CU_ASSERT_EQUAL(config.evaluation.cutoff_count, 1);
    CU_ASSERT_EQUAL(config.evaluation.cutoffs[0], 10);
    CU_ASSERT_EQUAL(option_parse(&config, train_option("top"), "5,10,2147483647"), MFALS_OK);
    CU_ASSERT_EQUAL(config.evaluation.cutoff_count, 3);
    CU_ASSERT_EQUAL(config.evaluation.cutoffs[2], 2147483647);
    const char *const wrong[] = {"0",  "5,5", "10,5", "5,", ",5", "5,,6", "2147483648", "1,2,3,4,5,6,7,8,9",
                                 "5;6"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        expect_refused(train_option("top"), wrong[i]);
}

static void expect_full_help(const struct command *command, int number)
{
    static char text[1 << 14];
    int memory = memfd_create("help", MFD_CLOEXEC), old = dup(STDOUT_FILENO);
    CU_ASSERT_FATAL(memory >= 0 && old >= 0);
    fflush(stdout);
    dup2(memory, STDOUT_FILENO);
    struct program program = {0};
    CU_ASSERT(mfals_command(&program.command, number));
    status printed = command_line_help(&program);
    fflush(stdout);
    dup2(old, STDOUT_FILENO);
    close(old);
    CU_ASSERT_EQUAL(printed, MFALS_OK);
    ssize_t length = pread(memory, text, sizeof text - 1, 0);
    close(memory);
    CU_ASSERT_FATAL(length > 0);
    text[length] = '\0';
    for (int i = 0; i < option_count; i++) {
        char name[64];
        snprintf(name, sizeof name, "--%s%s", option_table[i].name,
                 option_table[i].argument == NULL ? " " : "=");
        const struct option_row *own = option_find(option_table[i].name, command->bit);
        bool named = own != NULL && (own->argument == NULL) == (option_table[i].argument == NULL);
        CU_ASSERT_EQUAL(strstr(text, name) != NULL, named);
    }
}

static void test_help_names_the_options_of_its_command(void)
{
    for (int i = 0; i < command_count; i++)
        expect_full_help(&command_table[i], i);
}

/* A name stands for one row of a command, so that a file or a command line is never ambiguous. */
static void test_names_are_unique(void)
{
    for (int i = 0; i < option_count; i++)
        for (int j = 0; j < i; j++)
            if (strcmp(option_table[i].name, option_table[j].name) == 0 ||
                (option_table[i].key != 0 && option_table[i].key == option_table[j].key))
                CU_ASSERT_EQUAL(option_table[i].commands & option_table[j].commands, 0);
}

static CU_TestInfo tests[] = {
    {"range edges", test_range_edges},
    {"junk is refused", test_junk_is_refused},
    {"choices", test_choices},
    {"init", test_init},
    {"replica", test_replica},
    {"lengths of lists", test_cutoffs},
    {"help names the options of its command", test_help_names_the_options_of_its_command},
    {"names are unique", test_names_are_unique},
    CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "option values", tests);
}
