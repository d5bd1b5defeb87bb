/* libmfals inside: whichever allocation fails, on one rank alone, the same status on all ranks, handles NULL, nothing
 * kept. */
#include "base/memory.h"
#include "ranks.h"

#include <mfals/mfals.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { COUNT = 400, TOP = 4 };

static char folder[64], model_path[96], other_path[96], config_path[96];
static int64_t users[COUNT], items[COUNT];
static float values[COUNT];

/* Each rank's own third of users, all of them together the same on any number of ranks. */
static int64_t make_ratings(void)
{
    int64_t count = 0;
    for (int64_t user = world.rank; user < 40; user += world.size)
        for (int64_t item = user % 3; item < 20 && count < COUNT; item += 1 + user % 4) {
            users[count] = user;
            items[count] = item;
            values[count++] = (float)(1 + (user + item) % 5);
        }
    return count;
}

static int look(const struct mfals_iteration *iteration, void *data)
{
    *(double *)data = iteration->values[0];
    return 0;
}

static int add(const char *user, const struct mfals_item *entries, int count, void *data)
{
    (void)user;
    for (int i = 1; i < count; i++)
        CU_ASSERT(entries[i].score <= entries[i - 1].score);
    *(int64_t *)data += count;
    return 0;
}

/* [collective] All of a file or nothing, and what is in force can be told. */
static status read_options(struct mfals_options *options)
{
    struct mfals_value value;
    char number[MFALS_NUMBER_SIZE];
    status done = mfals_options_read(options, config_path);
    for (int i = 0; mfals_options_value(&value, options, i); i++) {
        CU_ASSERT(strlen(mfals_value_text(&value, number)) > 0);
        if (strcmp(value.name, "factors") == 0)
            CU_ASSERT_EQUAL(value.integer, done == MFALS_OK ? 5 : 20);
    }
    return done;
}

/* [local] All that a run sets. */
static status set_options(struct mfals_options **options, struct mfals_context *context)
{
    TRY(mfals_options_new(options, context, "train"));
    TRY(mfals_options_set(*options, "iterations", "2"));
    TRY(mfals_options_set(*options, "lambda", "2"));
    return mfals_options_set(*options, "holdout", "1");
}

static status use_trained(struct mfals_model *model)
{
    const struct mfals_costs *costs;
    int64_t listed = 0;
    double metric;
    TRY(mfals_evaluate(model, NULL));
    CU_ASSERT(mfals_metric(&metric, model, "hr@10") && metric >= 0 && metric <= 1);
    TRY(mfals_recommend(model, NULL, add, &listed));
    TRY(mfals_costs(&costs, model));
    CU_ASSERT(costs->iterations == 2 && costs->phase_count > 5);
    return mfals_model_save(model, model_path);
}

/* [collective] What a command's options are for; nothing of them is kept. */
static status by_options(struct mfals_context *context, const char *command, const char *option,
                         const char *value, status (*use)(struct mfals_options *, struct mfals_model *),
                         struct mfals_model *model)
{
    struct mfals_options *options = NULL;
    status done = mfals_options_new(&options, context, command);
    if (done == MFALS_OK)
        done = mfals_options_set(options, option, value);
    done = mfals_agree(context, done);
    if (done == MFALS_OK)
        done = use(options, model);
    mfals_options_free(&options);
    return done;
}

static status save_lists(struct mfals_options *options, struct mfals_model *model)
{
    return mfals_recommend_save(model, options, other_path);
}

static status print_similar(struct mfals_options *options, struct mfals_model *model)
{
    FILE *nowhere = fopen("/dev/null", "w");
    status done = mfals_similar_print(model, options, nowhere);
    fclose(nowhere);
    return done;
}

static status make_up(struct mfals_options *options, struct mfals_model *model)
{
    int64_t count, bytes;
    (void)model;
    return mfals_generate(options, other_path, &count, &bytes);
}

static status predict(struct mfals_options *options, struct mfals_model *model)
{
    struct mfals_plan plan;
    const char *const names[] = {"users", "items", "ratings"};
    (void)model;
    status set = MFALS_OK;
    for (int i = 0; i < 3 && set == MFALS_OK; i++)
        set = mfals_options_set(options, names[i], "1000");
    TRY(agree(&world, set));
    return mfals_plan(&plan, options);
}

static status look_at_file(struct mfals_context *context)
{
    struct mfals_file *file;
    struct mfals_soundness sound;
    enum mfals_file_kind kind;
    TRY(mfals_file_kind(&kind, context, model_path));
    CU_ASSERT_EQUAL(kind, MFALS_FILE_MODEL);
    TRY(mfals_file_check(&sound, context, model_path));
    TRY(mfals_file_read(&file, context, model_path));
    CU_ASSERT(mfals_file_facts(file)->items == 20 && mfals_file_facts(file)->complete);
    mfals_file_free(&file);
    return MFALS_OK;
}

static status use_by_options(struct mfals_context *context, struct mfals_model *model)
{
    TRY(by_options(context, "recommend", "include-seen", NULL, save_lists, model));
    TRY(by_options(context, "similar", "item", "3", print_similar, model));
    TRY(by_options(context, "generate", "users", "10", make_up, model));
    TRY(by_options(context, "plan", "gflops", "10", predict, model));
    return look_at_file(context);
}

static status use_opened(struct mfals_context *context)
{
    struct mfals_model *model;
    struct mfals_item similar[TOP];
    int64_t listed = 0, count = make_ratings();
    int found;
    TRY(mfals_model_open(&model, context, model_path));
    status done = mfals_similar(model, "3", TOP, similar, &found);
    if (done == MFALS_OK)
        done = mfals_recommend_new(model, users, items, values, count, TOP, add, &listed);
    if (done == MFALS_OK)
        done = use_by_options(context, model);
    mfals_model_free(&model);
    return done;
}

static status run(struct mfals_context *context, struct mfals_options **options,
                  struct mfals_ratings **ratings)
{
    struct mfals_model *model = NULL;
    double objective = 0;
    TRY(agree(&world, set_options(options, context)));
    TRY(read_options(*options));
    TRY(mfals_ratings_take(ratings, *options, users, items, values, make_ratings()));
    TRY(mfals_train(&model, *ratings, &(struct mfals_observer){.iteration = look, .data = &objective}));
    CU_ASSERT(objective > 0);
    status done = use_trained(model);
    mfals_model_free(&model);
    return done == MFALS_OK ? use_opened(context) : done;
}

/* [collective] From nothing to nothing. */
static status run_all(void)
{
    struct mfals_context *context;
    struct mfals_options *options = NULL;
    struct mfals_ratings *ratings = NULL;
    TRY(mfals_open(&context, world.mpi));
    status done = run(context, &options, &ratings);
    CU_ASSERT(done != MFALS_OK || mfals_message(context)[0] == '\0');
    mfals_ratings_free(&ratings);
    mfals_options_free(&options);
    mfals_close(&context);
    return done;
}

static void fail_each_allocation(int unlucky)
{
    status got = MFALS_NO_MEMORY;
    int64_t before = memory_live_blocks(), n = 0;
    while (got != MFALS_OK && n < 3000) {
        n += ranks_stride();
        memory_fail_at(world.rank == unlucky ? n : 0);
        got = run_all();
        memory_fail_at(0);
        REQUIRE_ALL(got == MFALS_OK || got == MFALS_NO_MEMORY);
        int64_t codes[2] = {got, -(int64_t)got};
        comm_max_int(&world, codes, 2);
        CU_ASSERT_EQUAL(codes[0], -codes[1]);
        CU_ASSERT_EQUAL(memory_live_blocks(), before);
    }
    CU_ASSERT_EQUAL(got, MFALS_OK);
    CU_ASSERT(n > 50);
    if (world.rank == 0)
        printf("%d allocations ... ", (int)(n - ranks_stride()));
}

static void test_allocations(void)
{
    ranks_new_folder(folder, sizeof folder);
    snprintf(model_path, sizeof model_path, "%s/model.h5", folder);
    snprintf(other_path, sizeof other_path, "%s/other.tsv", folder);
    snprintf(config_path, sizeof config_path, "%s/options", folder);
    if (world.rank == 0) {
        FILE *file = fopen(config_path, "w");
        CU_ASSERT(file != NULL && fputs("factors = 5\noutput = elsewhere.h5\n", file) >= 0 &&
                  fclose(file) == 0);
    }
    fail_each_allocation(0);
    if (world.size > 1)
        fail_each_allocation(world.size - 1);
    MPI_Barrier(world.mpi);
    CU_ASSERT(world.rank > 0 || (unlink(model_path) == 0 && unlink(other_path) == 0 &&
                                 unlink(config_path) == 0 && rmdir(folder) == 0));
}

/* A wish to stop on one rank stops all; the wish is gone with the training that it stopped. */
static int stop_on_last(const struct mfals_iteration *iteration, void *context)
{
    if (iteration->number == 1 && world.rank == world.size - 1)
        mfals_stop(context, NULL);
    return 0;
}

static void test_stop(void)
{
    struct mfals_context *context;
    struct mfals_options *options = NULL;
    struct mfals_ratings *ratings = NULL;
    struct mfals_model *model = NULL;
    double objective = 0;
    REQUIRE_OK(mfals_open(&context, world.mpi));
    REQUIRE_OK(set_options(&options, context));
    REQUIRE_OK(mfals_options_set(options, "factors", "5"));
    REQUIRE_OK(mfals_ratings_take(&ratings, options, users, items, values, make_ratings()));
    REQUIRE_ALL(
        mfals_train(&model, ratings, &(struct mfals_observer){.iteration = stop_on_last, .data = context}) ==
        MFALS_REQUEUE);
    CU_ASSERT(model == NULL);
    CU_ASSERT(strstr(mfals_message(context), "stopped as asked") != NULL);
    REQUIRE_OK(mfals_train(&model, ratings, &(struct mfals_observer){.iteration = look, .data = &objective}));
    CU_ASSERT_EQUAL(mfals_model_factors(model), 5);
    mfals_model_free(&model);
    mfals_ratings_free(&ratings);
    mfals_options_free(&options);
    mfals_close(&context);
}

/* A folder with one folder of checkpoints. */
static bool remove_all(const char *path)
{
    char command[160];
    snprintf(command, sizeof command, "rm -r '%s'", path);
    return system(command) == 0;
}

/* The time of a training runs from its preparation, whatever becomes of other trainings of the context. */
static void test_deadline(void)
{
    struct mfals_context *context;
    struct mfals_options *first = NULL, *second = NULL;
    struct mfals_ratings *ratings = NULL, *others = NULL;
    struct mfals_model *model = NULL, *other = NULL;
    char checkpoints[96];
    int resumes;
    ranks_new_folder(folder, sizeof folder);
    snprintf(checkpoints, sizeof checkpoints, "%s/run", folder);
    REQUIRE_OK(mfals_open(&context, world.mpi));
    REQUIRE_OK(set_options(&first, context));
    REQUIRE_OK(set_options(&second, context));
    REQUIRE_OK(mfals_options_set(second, "iterations", "1000000"));
    REQUIRE_OK(mfals_options_set(second, "checkpoint-dir", checkpoints));
    REQUIRE_OK(mfals_options_set(second, "checkpoint-every", "1000000"));
    REQUIRE_OK(mfals_options_set(second, "max-time", "1s"));
    REQUIRE_OK(mfals_ratings_take(&ratings, first, users, items, values, make_ratings()));
    REQUIRE_OK(mfals_train(&model, ratings, NULL));
    REQUIRE_OK(mfals_prepare(second, &resumes));
    mfals_model_free(&model);
    REQUIRE_OK(mfals_ratings_take(&others, second, users, items, values, make_ratings()));
    REQUIRE_ALL(mfals_train(&other, others, NULL) == MFALS_REQUEUE);
    CU_ASSERT(strstr(mfals_message(context), "--max-time is over") != NULL);
    mfals_ratings_free(&ratings);
    mfals_ratings_free(&others);
    mfals_options_free(&first);
    mfals_options_free(&second);
    mfals_close(&context);
    CU_ASSERT(world.rank > 0 || remove_all(folder));
}

/* Options by name: what the table says of each, a value set and told. */
static void test_options(void)
{
    struct mfals_context *context;
    struct mfals_options *options;
    struct mfals_option option;
    char text[64];
    int count = 0;
    REQUIRE_OK(mfals_open(&context, world.mpi));
    REQUIRE_OK(mfals_options_new(&options, context, "train"));
    for (; mfals_option(&option, "train", count); count++)
        CU_ASSERT(option.name != NULL && option.help != NULL);
    CU_ASSERT(count > 30);
    CU_ASSERT(!mfals_option(&option, "fly", 0));
    CU_ASSERT_EQUAL(mfals_options_get(options, "lambda", text, sizeof text), MFALS_OK);
    CU_ASSERT_STRING_EQUAL(text, "150");
    CU_ASSERT_EQUAL(mfals_options_set(options, "lambda", "0.25"), MFALS_OK);
    CU_ASSERT_EQUAL(mfals_options_get(options, "lambda", text, sizeof text), MFALS_OK);
    CU_ASSERT_STRING_EQUAL(text, "0.25");
    CU_ASSERT_EQUAL(mfals_options_get(options, "test", text, sizeof text), MFALS_OK);
    CU_ASSERT_STRING_EQUAL(text, "");
    CU_ASSERT_EQUAL(mfals_options_get(options, "help", text, sizeof text), MFALS_USAGE);
    mfals_options_free(&options);
    mfals_close(&context);
}

static CU_TestInfo tests[] = {{"options by name", test_options},
                              {"a request to stop", test_stop},
                              {"a deadline", test_deadline},
                              {"each allocation fails", test_allocations},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "handles", tests);
}
