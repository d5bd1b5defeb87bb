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
            CU_ASSERT_EQUAL(value.integer, done == MFALS_OK ? 5 : 64);
    }
    return done;
}

/* [local] All that a run sets. */
static status set_options(struct mfals_options **options, struct mfals_context *context, const char *hold_out)
{
    TRY(mfals_options_new(options, context, "train"));
    TRY(mfals_options_set(*options, "iterations", "2"));
    TRY(mfals_options_set(*options, "lambda", "2"));
    return mfals_options_set(*options, hold_out, "1");
}

static status use_trained(struct mfals_model *model)
{
    const struct mfals_profile *profile;
    int64_t listed = 0, row;
    double metric;
    TRY(mfals_model_find(&row, model, MFALS_ITEMS, "3"));
    CU_ASSERT_EQUAL(row, 3);
    TRY(mfals_evaluate(model, NULL));
    CU_ASSERT(mfals_metric(&metric, model, "hr@10") && metric >= 0 && metric <= 1);
    TRY(mfals_recommend(model, NULL, add, &listed));
    TRY(mfals_profile(&profile, model));
    CU_ASSERT(profile->iterations == 2 && profile->phase_count > 5);
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

static status list_user(struct mfals_options *options, struct mfals_model *model)
{
    int64_t listed = 0;
    return mfals_recommend(model, options, add, &listed);
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
    struct mfals_verification sound;
    enum mfals_file_kind kind;
    TRY(mfals_file_kind(&kind, context, model_path));
    CU_ASSERT_EQUAL(kind, MFALS_FILE_MODEL);
    TRY(mfals_file_check(&sound, context, model_path));
    TRY(mfals_file_read(&file, context, model_path));
    CU_ASSERT(mfals_file_info(file)->items == 20 && mfals_file_info(file)->complete);
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
        done = mfals_recommend_fold_in(
            model,
            &(struct mfals_rating_arrays){
                .count = count, .users = users, .items = items, .values = values, .times = items},
            TOP, add, &listed);
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
    TRY(agree(&world, set_options(options, context, "holdout-last")));
    TRY(mfals_agree(context,
                    mfals_options_set(*options, "half-life", "10s"))); /* of times that count the items */
    TRY(read_options(*options));
    const struct mfals_rating_arrays arrays = {
        .count = make_ratings(), .users = users, .items = items, .values = values, .times = items};
    TRY(mfals_ratings_from_arrays(ratings, *options, &arrays));
    TRY(mfals_train(&model, *ratings, &(struct mfals_observer){.iteration = look, .data = &objective}));
    CU_ASSERT(objective > 0);
    status done = use_trained(model);
    if (done == MFALS_OK)
        done = by_options(context, "recommend", "user", "3", list_user, model);
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
    REQUIRE_OK(set_options(&options, context, "holdout"));
    REQUIRE_OK(mfals_options_set(options, "factors", "5"));
    REQUIRE_OK(mfals_ratings_from_ids(&ratings, options, users, items, values, make_ratings()));
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
    REQUIRE_OK(set_options(&first, context, "holdout"));
    REQUIRE_OK(set_options(&second, context, "holdout"));
    REQUIRE_OK(mfals_options_set(second, "iterations", "1000000"));
    REQUIRE_OK(mfals_options_set(second, "checkpoint-dir", checkpoints));
    REQUIRE_OK(mfals_options_set(second, "checkpoint-every", "1000000"));
    REQUIRE_OK(mfals_options_set(second, "max-time", "1s"));
    REQUIRE_OK(mfals_ratings_from_ids(&ratings, first, users, items, values, make_ratings()));
    REQUIRE_OK(mfals_train(&model, ratings, NULL));
    REQUIRE_OK(mfals_prepare(second, &resumes));
    mfals_model_free(&model);
    REQUIRE_OK(mfals_ratings_from_ids(&others, second, users, items, values, make_ratings()));
    REQUIRE_ALL(mfals_train(&other, others, NULL) == MFALS_REQUEUE);
    CU_ASSERT(strstr(mfals_message(context), "--max-time is over") != NULL);
    mfals_ratings_free(&ratings);
    mfals_ratings_free(&others);
    mfals_options_free(&first);
    mfals_options_free(&second);
    mfals_close(&context);
    CU_ASSERT(world.rank > 0 || remove_all(folder));
}

/* [collective] Bytes of a file on rank 0, to be freed. */
static char *read_all(const char *path, int64_t *size)
{
    char *bytes = NULL;
    FILE *file = world.rank == 0 ? fopen(path, "rb") : NULL;
    *size = 0;
    if (file == NULL)
        return NULL;
    fseek(file, 0, SEEK_END);
    *size = ftell(file);
    rewind(file);
    if (memory_grow(&bytes, &(int64_t){0}, *size, 1) != MFALS_OK ||
        fread(bytes, 1, (size_t)*size, file) != (size_t)*size)
        *size = 0;
    fclose(file);
    return bytes;
}

/* [collective] */
static void require_same_bytes(const char *one, const char *other)
{
    int64_t size, other_size;
    scoped char *bytes = read_all(one, &size), *other_bytes = read_all(other, &other_size);
    REQUIRE_ALL(world.rank > 0 ||
                (size > 0 && size == other_size && memcmp(bytes, other_bytes, (size_t)size) == 0));
}

/* [collective] */
static void train_to(const char *path, struct mfals_ratings *ratings)
{
    struct mfals_model *model;
    REQUIRE_OK(mfals_train(&model, ratings, NULL));
    REQUIRE_OK(mfals_model_save(model, path));
    mfals_model_free(&model);
}

enum { CHANGES_MAX = 3 };

/* What belongs to reading, and what is set for one training after the other. */
static const struct {
    const char *algorithm, *hold_out;
    const char *change[CHANGES_MAX][2];
} lives[] = {{"ials", "holdout", {{"lambda", "3"}, {"alpha", "7"}, {"weight", "log"}}},
             {"als", "holdout-last", {{"reg-exponent", "0.5"}, {"biases", "yes"}, {"seed", "7"}}},
             {"sgd", "holdout", {{"factors", "9"}, {"learning-rate", "0.02"}, {"biases", "yes"}}}};
enum { LIVES = sizeof lives / sizeof *lives };

/* [collective] Ratings, and the options they are read by, with the first changes already. */
static void read_with(struct mfals_options **options, struct mfals_ratings **ratings,
                      struct mfals_context *context, int life, int changes)
{
    const int64_t count = make_ratings();
    REQUIRE_OK(mfals_options_new(options, context, "train"));
    REQUIRE_OK(mfals_options_set(*options, "algorithm", lives[life].algorithm));
    REQUIRE_OK(mfals_options_set(*options, "iterations", "2"));
    REQUIRE_OK(mfals_options_set(*options, lives[life].hold_out, "1"));
    for (int i = 0; i < changes; i++)
        REQUIRE_OK(mfals_options_set(*options, lives[life].change[i][0], lives[life].change[i][1]));
    REQUIRE_OK(mfals_ratings_from_arrays(
        ratings, *options,
        &(struct mfals_rating_arrays){
            .count = count, .users = users, .items = items, .values = values, .times = items}));
}

/* Options of training may change between trainings on the same ratings: each gives the bytes of a run of its own. */
static void test_other_training(void)
{
    struct mfals_context *context;
    struct mfals_options *options, *own_options;
    struct mfals_ratings *ratings, *own_ratings;
    ranks_new_folder(folder, sizeof folder);
    snprintf(model_path, sizeof model_path, "%s/model.h5", folder);
    snprintf(other_path, sizeof other_path, "%s/other.h5", folder);
    REQUIRE_OK(mfals_open(&context, world.mpi));
    for (int life = 0; life < LIVES; life++) {
        read_with(&options, &ratings, context, life, 0);
        for (int changes = 0; changes <= CHANGES_MAX; changes++) {
            if (changes > 0)
                REQUIRE_OK(mfals_options_set(options, lives[life].change[changes - 1][0],
                                             lives[life].change[changes - 1][1]));
            train_to(model_path, ratings);
            read_with(&own_options, &own_ratings, context, life, changes);
            train_to(other_path, own_ratings);
            require_same_bytes(model_path, other_path);
            mfals_ratings_free(&own_ratings);
            mfals_options_free(&own_options);
        }
        mfals_ratings_free(&ratings);
        mfals_options_free(&options);
    }
    mfals_close(&context);
    CU_ASSERT(world.rank > 0 || remove_all(folder));
}

/* Options of reading may not, until they are what they were. */
static void test_other_reading(void)
{
    static const char *const changes[][3] = {{"duplicates", "last", "sum"},
                                             {"algorithm", "als", "ials"},
                                             {"holdout", "2", "1"},
                                             {"seed", "7", "42"},
                                             {"on-bad-line", "skip", "fail"}};
    struct mfals_context *context;
    struct mfals_options *options;
    struct mfals_ratings *ratings;
    struct mfals_model *model;
    char option[64];
    REQUIRE_OK(mfals_open(&context, world.mpi));
    read_with(&options, &ratings, context, 0, 0);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        snprintf(option, sizeof option, "--%s: belongs to the reading of ratings", changes[i][0]);
        REQUIRE_OK(mfals_options_set(options, changes[i][0], changes[i][1]));
        REQUIRE_ALL(mfals_train(&model, ratings, NULL) == MFALS_USAGE && model == NULL);
        CU_ASSERT(strstr(mfals_message(context), option) != NULL);
        REQUIRE_OK(mfals_options_set(options, changes[i][0], changes[i][2]));
        REQUIRE_OK(mfals_train(&model, ratings, NULL));
        mfals_model_free(&model);
    }
    mfals_ratings_free(&ratings);
    mfals_options_free(&options);
    mfals_close(&context);
}

/* A model by age needs the times of new users' ratings, opened or not; ratings with weights are not saved without. */
static void test_half_life(void)
{
    struct mfals_context *context;
    struct mfals_options *options;
    struct mfals_ratings *ratings;
    struct mfals_model *model;
    int64_t count = make_ratings(), listed = 0;
    struct mfals_rating_arrays arrays = {
        .count = count, .users = users, .items = items, .values = values, .times = items};
    ranks_new_folder(folder, sizeof folder);
    snprintf(other_path, sizeof other_path, "%s/other.h5", folder);
    REQUIRE_OK(mfals_open(&context, world.mpi));
    REQUIRE_OK(set_options(&options, context, "holdout"));
    REQUIRE_OK(mfals_options_set(options, "half-life", "10s"));
    REQUIRE_OK(mfals_ratings_from_arrays(&ratings, options, &arrays));
    REQUIRE_ALL(mfals_ratings_save(ratings, other_path) == MFALS_USAGE);
    CU_ASSERT(strstr(mfals_message(context), "keep no weights") != NULL);
    REQUIRE_OK(mfals_train(&model, ratings, NULL));
    REQUIRE_OK(mfals_recommend_fold_in(model, &arrays, TOP, add, &listed));
    arrays.times = NULL;
    REQUIRE_ALL(mfals_recommend_fold_in(model, &arrays, TOP, add, &listed) == MFALS_USAGE);
    CU_ASSERT(strstr(mfals_message(context), "--half-life: ratings that are handed over need") != NULL);
    mfals_model_free(&model);
    mfals_ratings_free(&ratings);
    REQUIRE_ALL(mfals_ratings_from_arrays(&ratings, options, &arrays) == MFALS_USAGE);
    mfals_options_free(&options);
    mfals_close(&context);
    CU_ASSERT(world.rank > 0 || rmdir(folder) == 0);
}

static CU_TestInfo tests[] = {{"other options of training", test_other_training},
                              {"other options of reading", test_other_reading},
                              {"a half-life", test_half_life},
                              {"a request to stop", test_stop},
                              {"a deadline", test_deadline},
                              {"each allocation fails", test_allocations},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "handles", tests);
}
