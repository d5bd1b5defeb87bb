/* The time column on its way from the file to the pairs that are held out as the last. */
#include "base/memory.h"
#include "ranks.h"
#include "ratings/ratings.h"
#include "read_files.h"

#include <stdio.h>
#include <string.h>

static int64_t row_cost(int64_t row_ratings, const void *context)
{
    (void)context;
    return 10 + row_ratings;
}

static const struct hold_out last_one = {.kind = HOLD_OUT_LAST, .count = 1};

static status load(struct ratings **ratings, const char *text, const char *columns, struct hold_out rule,
                   bool skip)
{
    char path[200], *paths[] = {path};
    struct phases phases = {0};
    const struct ratings_options options = {
        .read = {.paths = paths,
                 .path_count = 1,
                 .columns = columns,
                 .skip_bad_lines = skip,
                 .bad_line_limit = 1,
                 .times = rule.kind == HOLD_OUT_LAST ? TIMES_NEEDED : TIMES_NONE},
        .hold_out = rule};
    files_write("times", text, (int64_t)strlen(text));
    snprintf(path, sizeof path, "%s", files_path("times"));
    return ratings_load(ratings, &world, &options, row_cost, NULL, &phases);
}

/* The one held-out pair of a file is that of user 1 and the item of row `item`. */
static void expect_held_out(const char *text, const char *columns, uint32_t item)
{
    struct ratings *ratings;
    REQUIRE_OK(load(&ratings, text, columns, last_one, false));
    CU_ASSERT_EQUAL(ratings->held_out_count, 1);
    for (int64_t j = 0; j < ratings->held_out.start[ratings->held_out.rows]; j++)
        CU_ASSERT_EQUAL(ratings->held_out.column[j], item);
    ratings_free(&ratings);
}

static void test_time_column(void)
{
    expect_held_out("1\t5\t3\t30\n1\t6\t4\t40\n1\t7\t5\t20\n", NULL, 1);
    expect_held_out("user,item,rating,timestamp\n1,5,3,30\n1,6,4,40\n1,7,5,20\n", NULL, 1);
    expect_held_out("30,5,3,1\n10,6,4,1\n20,7,5,1\n", "time,item,rating,user", 0);
    expect_held_out("1 5 x 30\n1 6 y 30\n", "user,item,-,time", 1);
    expect_held_out("1 5 30\n1 6 -30\n", "user,item,time", 0);
}

static void test_time_of_other_kinds(void)
{
    expect_held_out("1\t5\t3\t30.9\n1\t6\t3\t30.1\n1\t7\t3\t29.99\n", NULL, 1); /* 30, 30, 29 */
    expect_held_out("1\t5\t3\t-0.5\n1\t6\t3\t-1\n1\t7\t3\t-1.5\n", NULL, 1);    /* -1, -1, -2 */
    expect_held_out("1\t5\t3\t1e9\n1\t6\t3\t999999999\n", NULL, 0);
    expect_held_out("1,5,3,2005-09-06\n1,6,3,2005-09-05 23:59:59\n1,7,3,2005-09-06T01:00:01+01:00\n", NULL,
                    2);
    expect_held_out("1\t5\t3\t9223372036854775807\n1\t6\t3\t-9223372036854775808\n", NULL, 0);
    expect_held_out("1\t5\t3\t9223372036854775806\n1\t6\t3\t9223372036854775807\n1\t7\t3\t0\n", NULL, 1);
}

static void refused(const char *text, const char *columns, status code, const char *message)
{
    struct ratings *ratings;
    CU_ASSERT_EQUAL(load(&ratings, text, columns, last_one, false), code);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure_message(), message));
    CU_ASSERT_PTR_NULL(ratings);
}

static void test_bad_times(void)
{
    refused("1\t5\t3\t30\n1\t6\t4\tnoon\n", NULL, MFALS_BAD_DATA,
            "times:2:7: the time 'noon' is neither a number nor a date, such as 2005-09-06T12:30:00Z");
    refused("1\t5\t3\t30\n1\t6\t4\t\n", NULL, MFALS_BAD_DATA,
            "times:2:7: the time '' is neither a number nor a date, such as 2005-09-06T12:30:00Z");
    refused("1\t5\t3\t30\n1\t6\t4\tnan\n", NULL, MFALS_BAD_DATA,
            "times:2:7: the time 'nan' does not fit 64 bits");
    refused("1\t5\t3\t1e19\n", NULL, MFALS_BAD_DATA, "times:1:7: the time '1e19' does not fit 64 bits");
    refused("1\t5\t3\t30\n1\t6\t4\n", NULL, MFALS_BAD_DATA, "times:2:6: expected 4 columns");
}

static void test_no_time_column(void)
{
    const char *needs = "--holdout-last needs a time column: --columns user,item,rating,time";
    refused("1\t5\t3\n", NULL, MFALS_USAGE, needs);
    refused("1\t5\t3\t30\n", "user,item,rating", MFALS_USAGE, needs);
    refused("%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 2\n", NULL, MFALS_USAGE, needs);
}

/* A bad time is skipped like any bad line; where times are not wanted nobody looks at them. */
static void test_times_ignored(void)
{
    struct ratings *ratings;
    REQUIRE_OK(load(&ratings, "1\t5\t3\t30\n1\t6\t4\tnoon\n1\t7\t4\t20\n", NULL, last_one, true));
    CU_ASSERT_EQUAL(ratings->bad_lines, 1);
    CU_ASSERT_EQUAL(ratings->held_out_count, 1);
    ratings_free(&ratings);
    for (int named = 0; named < 2; named++) {
        REQUIRE_OK(load(&ratings, "1\t5\t3\t30\n1\t6\t4\tnoon\n", named ? "user,item,rating,time" : NULL,
                        (struct hold_out){.kind = HOLD_OUT_RANDOM, .count = 1}, false));
        CU_ASSERT_EQUAL(ratings->count, 1);
        ratings_free(&ratings);
    }
}

static CU_TestInfo tests[] = {{"a folder for files", files_open},
                              {"the time column", test_time_column},
                              {"times of other kinds", test_time_of_other_kinds},
                              {"bad times", test_bad_times},
                              {"no time column", test_no_time_column},
                              {"times ignored", test_times_ignored},
                              {"the folder goes", files_close},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "time_column", tests);
}
