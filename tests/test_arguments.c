/* What is handed to libmfals: options by type, arrays that are not there, counts below 0. */
#include "ranks.h"

#include <math.h>
#include <mfals/mfals.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static struct mfals_context *context;
static struct mfals_options *options;

static void open_train(void)
{
    REQUIRE_OK(mfals_open(&context, world.mpi));
    REQUIRE_OK(mfals_options_new(&options, context, "train"));
}

static void close_all(void)
{
    mfals_options_free(&options);
    mfals_close(&context);
}

/* Options by name: what the table says of each, a value set and told. */
static void test_options(void)
{
    struct mfals_option option;
    char text[64];
    int count = 0;
    open_train();
    for (; mfals_option(&option, "train", count); count++)
        CU_ASSERT(option.name != NULL && option.help != NULL);
    CU_ASSERT(count > 30);
    CU_ASSERT(!mfals_option(&option, "fly", 0));
    CU_ASSERT_EQUAL(mfals_options_get(options, "lambda", text, sizeof text), MFALS_OK);
    CU_ASSERT_STRING_EQUAL(text, "0.015");
    CU_ASSERT_EQUAL(mfals_options_set(options, "lambda", "0.25"), MFALS_OK);
    CU_ASSERT_EQUAL(mfals_options_get(options, "lambda", text, sizeof text), MFALS_OK);
    CU_ASSERT_STRING_EQUAL(text, "0.25");
    CU_ASSERT_EQUAL(mfals_options_get(options, "test", text, sizeof text), MFALS_OK);
    CU_ASSERT_STRING_EQUAL(text, "");
    CU_ASSERT_EQUAL(mfals_options_get(options, "help", text, sizeof text), MFALS_USAGE);
    close_all();
}

/* The same status and line on all ranks, whichever of them is wrong. */
static void require_usage(enum mfals_status got, const char *line)
{
    REQUIRE_ALL(got == MFALS_USAGE);
    if (strstr(mfals_message(context), line) == NULL)
        printf("'%s' ... ", mfals_message(context));
    CU_ASSERT_PTR_NOT_NULL(strstr(mfals_message(context), line));
    CU_ASSERT_PTR_NULL(strchr(mfals_message(context), '\n'));
}

/* Numbers come back as they were set, to the last bit, and stand as text. */
static void test_numbers(void)
{
    static const double numbers[] = {0, 1, 0.1, 0.1 + 0.2, 1.0 / 3, 1e22, 5e-324, 1.7976931348623157e308};
    int64_t integer;
    double real;
    char text[64];
    open_train();
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
        REQUIRE_OK(mfals_options_set_real(options, "lambda", numbers[i]));
        REQUIRE_OK(mfals_options_get_real(options, "lambda", &real));
        CU_ASSERT(memcmp(&real, &numbers[i], sizeof real) == 0);
    }
    REQUIRE_OK(mfals_options_set_int(options, "lambda", 7));
    REQUIRE_OK(mfals_options_get(options, "lambda", text, sizeof text));
    CU_ASSERT_STRING_EQUAL(text, "7");
    REQUIRE_OK(mfals_options_set_int(options, "seed", INT64_MAX));
    REQUIRE_OK(mfals_options_get_int(options, "seed", &integer));
    CU_ASSERT_EQUAL(integer, INT64_MAX);
    REQUIRE_OK(mfals_options_get_int(options, "factors", &integer));
    CU_ASSERT_EQUAL(integer, 64);
    REQUIRE_OK(mfals_options_get_real(options, "factors", &real));
    CU_ASSERT_EQUAL(real, 64);
    REQUIRE_OK(mfals_options_set_int(options, "replica", 2));
    REQUIRE_OK(mfals_options_get_int(options, "replica", &integer));
    CU_ASSERT_EQUAL(integer, 2);
    REQUIRE_OK(mfals_options_set_int(options, "checkpoint-every", 5));
    REQUIRE_OK(mfals_options_set_int(options, "top", 50));
    close_all();
}

static void test_flags(void)
{
    int on;
    open_train();
    REQUIRE_OK(mfals_options_get_flag(options, "quiet", &on));
    CU_ASSERT_EQUAL(on, 0);
    REQUIRE_OK(mfals_options_set_flag(options, "quiet", 1));
    REQUIRE_OK(mfals_options_get_flag(options, "quiet", &on));
    CU_ASSERT_EQUAL(on, 1);
    REQUIRE_OK(mfals_options_set_flag(options, "nonnegative", -1));
    REQUIRE_OK(mfals_options_get_flag(options, "nonnegative", &on));
    CU_ASSERT_EQUAL(on, 1);
    REQUIRE_OK(mfals_options_set_flag(options, "nonnegative", 0));
    REQUIRE_OK(mfals_options_get_flag(options, "nonnegative", &on));
    CU_ASSERT_EQUAL(on, 0);
    close_all();
}

static void test_other_types(void)
{
    int64_t integer = 1;
    double real = 1;
    int on = 1;
    open_train();
    require_usage(mfals_options_set_int(options, "output", 5), "--output: its value is not an integer");
    require_usage(mfals_options_set_real(options, "factors", 5), "--factors: its value is not a number");
    require_usage(mfals_options_set_real(options, "lambda", NAN), "--lambda: 'nan' is not");
    require_usage(mfals_options_set_real(options, "lambda", HUGE_VAL), "--lambda: 'inf' is not");
    require_usage(mfals_options_set_int(options, "factors", -3), "--factors: '-3' is not");
    require_usage(mfals_options_set_flag(options, "lambda", 1), "--lambda: its value is not a flag");
    require_usage(mfals_options_set_flag(options, "help", 1), "unknown option 'help'");
    require_usage(mfals_options_get_int(options, "lambda", &integer), "--lambda: its value is no integer");
    require_usage(mfals_options_get_int(options, "holdout", &integer), "--holdout: it has no value");
    require_usage(mfals_options_get_real(options, "output", &real), "--output: its value is no number");
    require_usage(mfals_options_get_flag(options, "output", &on), "--output: its value is no flag");
    CU_ASSERT(integer == 0 && real == 0 && on == 0);
    require_usage(mfals_options_set(options, NULL, "1"), "NULL");
    require_usage(mfals_options_get(options, "lambda", NULL, 10), "NULL");
    close_all();
}

/* Each rank may hand over something else: what is wrong on the last alone is everyone's. */
static void test_arrays(void)
{
    static const int64_t one[] = {1};
    static const char *const texts[] = {"u"}, *const missing[] = {NULL};
    const bool last = world.rank == world.size - 1;
    struct mfals_ratings *ratings;
    const struct mfals_rating_arrays right = {.count = 1, .users = one, .items = one};
    struct mfals_rating_arrays wrong = right;
    open_train();
    wrong.count = -1;
    require_usage(mfals_ratings_from_arrays(&ratings, options, last ? &wrong : &right),
                  "ratings: a count of -1");
    wrong = (struct mfals_rating_arrays){.count = 1, .users = one};
    require_usage(mfals_ratings_from_arrays(&ratings, options, last ? &wrong : &right),
                  "the array of items is NULL");
    wrong = (struct mfals_rating_arrays){.count = 1, .items = one};
    require_usage(mfals_ratings_from_arrays(&ratings, options, last ? &wrong : &right),
                  "the array of users is NULL");
    wrong.users = one;
    wrong.user_texts = texts;
    require_usage(mfals_ratings_from_arrays(&ratings, options, last ? &wrong : &right),
                  "users are given as integers and as text");
    require_usage(mfals_ratings_from_ids(&ratings, options, one, one, NULL, last ? -5 : 1), "a count of -5");
    require_usage(mfals_ratings_from_ids(&ratings, options, last ? NULL : one, one, NULL, 1),
                  "users is NULL");
    require_usage(mfals_ratings_from_texts(&ratings, options, texts, last ? NULL : texts, NULL, 1),
                  "items is NULL");
    REQUIRE_ALL(mfals_ratings_from_texts(&ratings, options, texts, last ? missing : texts, NULL, 1) ==
                MFALS_BAD_DATA);
    REQUIRE_OK(mfals_options_set(options, "holdout-last", "1"));
    require_usage(mfals_ratings_from_arrays(&ratings, options, &right), "need their times");
    close_all();
}

static void test_words(void)
{
    static const char *const words[] = {"a", NULL};
    const bool last = world.rank == world.size - 1;
    struct mfals_ratings *ratings;
    enum mfals_file_kind kind;
    open_train();
    require_usage(mfals_options_operands(options, words, 2), "words: number 1 is NULL");
    require_usage(mfals_options_operands(options, words, -1), "words: a count of -1");
    require_usage(mfals_options_operands(options, NULL, 1), "words: NULL");
    require_usage(mfals_ratings_read(&ratings, options, words, last ? -2 : 1), "paths: a count of -2");
    require_usage(mfals_ratings_read(&ratings, options, words, 2), "paths: number 1 is NULL");
    require_usage(mfals_same_words(context, words, last ? -1 : 1, "words"), "words: a count of -1");
    require_usage(mfals_same_words(context, last ? NULL : words, 1, "words"), "words: NULL");
    require_usage(mfals_file_kind(&kind, context, last ? NULL : "a"), "path: NULL");
    require_usage(mfals_options_read(options, last ? NULL : "a"), "path: NULL");
    close_all();
}

static int ignore(const char *user, const struct mfals_item *items, int count, void *data)
{
    (void)user, (void)items, (void)count, (void)data;
    return 0;
}

static void test_use(void)
{
    static const int64_t users[] = {1, 1, 2}, items[] = {1, 2, 2};
    const bool last = world.rank == world.size - 1;
    struct mfals_options *lists;
    struct mfals_ratings *ratings;
    struct mfals_model *model;
    struct mfals_item similar[2];
    int64_t row;
    int count;
    open_train();
    REQUIRE_OK(mfals_options_set_int(options, "factors", 2));
    REQUIRE_OK(mfals_ratings_from_ids(&ratings, options, users, items, NULL, 3));
    REQUIRE_OK(mfals_train(&model, ratings, NULL));
    require_usage(mfals_recommend_new(model, users, items, NULL, last ? -1 : 3, 2, ignore, NULL),
                  "a count of -1");
    require_usage(mfals_recommend_new(model, last ? NULL : users, items, NULL, 3, 2, ignore, NULL),
                  "users is NULL");
    require_usage(mfals_recommend_new(model, users, items, NULL, 3, 0, ignore, NULL), "at least 1 item");
    require_usage(mfals_recommend(model, NULL, last ? NULL : ignore, NULL), "no function");
    require_usage(mfals_similar(model, "1", last ? -1 : 2, similar, &count), "at least 1 item");
    require_usage(mfals_similar(model, "1", 2, last ? NULL : similar, &count), "items: NULL");
    require_usage(mfals_similar(model, last ? NULL : "1", 2, similar, &count), "id: NULL");
    require_usage(mfals_model_find(&row, model, MFALS_ITEMS, last ? NULL : "1"), "id: NULL");
    require_usage(mfals_model_save(model, last ? NULL : "a"), "path: NULL");
    REQUIRE_OK(mfals_options_new(&lists, context, "recommend"));
    REQUIRE_OK(mfals_options_set(lists, "seen", "a"));
    require_usage(mfals_recommend(model, lists, ignore, NULL), "--seen: a model that was trained here");
    mfals_options_free(&lists);
    mfals_model_free(&model);
    mfals_ratings_free(&ratings);
    close_all();
}

static CU_TestInfo tests[] = {
    {"options by name", test_options}, {"numbers", test_numbers}, {"flags", test_flags},
    {"other types", test_other_types}, {"arrays", test_arrays},   {"words", test_words},
    {"use of a model", test_use},      CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "arguments", tests);
}
