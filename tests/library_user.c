/* A program of somebody else's that uses libmfals, for tests/library.py: on a communicator of its own, ranks the
 * other way round, it does what its arguments say and writes what it got to files named by its rank. It prints
 * nothing.
 *     library_user train RATINGS FOLDER      reads, trains in steps, saves, evaluates, recommends
 *     library_user take RATINGS FOLDER       the same ratings, handed over by all ranks
 *     library_user use MODEL FOLDER NEW      opens a model: similar items, lists for the new users of NEW
 *     library_user timed RATINGS FOLDER      ratings with times, as text, each user's last one held out
 *     library_user names - FOLDER            the tables of names
 *     library_user errors RATINGS FOLDER     what must not work */
#include <inttypes.h>
#include <mfals/mfals.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RATINGS_MAX = 100000, TOP = 5 };

#define TRY(call)                                                                                            \
    do {                                                                                                     \
        enum mfals_status status_ = (call);                                                                  \
        if (status_ != MFALS_OK)                                                                             \
            return status_;                                                                                  \
    } while (0)

static int rank, size;
static FILE *out; /* this rank's */
static struct mfals_context *context;

static void note(enum mfals_message_kind kind, const char *line, void *data)
{
    fprintf(out, "%s %s\n", kind == MFALS_WARNING ? "warning" : "note", line);
    ++*(int *)data;
}

struct limits {
    int end, stop; /* iterations after which the observer ends the training, or asks to stop; 0: never */
};

static int watch(const struct mfals_iteration *iteration, void *data)
{
    const struct limits *limits = data;
    fprintf(out, "iteration %d %s %.17g\n", iteration->number, iteration->names[0], iteration->values[0]);
    if (iteration->number == limits->stop && rank == 0)
        mfals_stop(context, NULL);
    return iteration->number == limits->end;
}

static int list(const char *user, const struct mfals_item *items, int count, void *data)
{
    for (int i = 0; i < count; i++)
        fprintf(out, "%s %s\t%s\t%.9g\t%d\n", (const char *)data, user, items[i].id, (double)items[i].score,
                i + 1);
    return 0;
}

/* This rank's third line and so on, of "user item value" lines. */
static int64_t read_part(const char *path, int64_t *users, int64_t *items, float *values)
{
    FILE *file = fopen(path, "r");
    int64_t count = 0;
    long long user, item;
    float value;
    for (int64_t line = 0; file != NULL && fscanf(file, "%lld %lld %f", &user, &item, &value) == 3; line++)
        if (line % size == rank && count < RATINGS_MAX) {
            users[count] = user;
            items[count] = item;
            values[count++] = value;
        }
    if (file != NULL)
        fclose(file);
    return count;
}

/* Ids as the command line has them. */
static void write_ids(const char **texts, char (*ids)[24], const int64_t *numbers, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        snprintf(ids[i], sizeof ids[i], "%" PRId64, numbers[i]);
        texts[i] = ids[i];
    }
}

static enum mfals_status set_options(struct mfals_options **options, const char *folder)
{
    char checkpoints[512];
    snprintf(checkpoints, sizeof checkpoints, "%s/run", folder);
    TRY(mfals_options_new(options, context, "train"));
    TRY(mfals_options_set(*options, "factors", "6"));
    TRY(mfals_options_set(*options, "iterations", "6"));
    TRY(mfals_options_set(*options, "lambda", "5"));
    TRY(mfals_options_set(*options, "holdout", "1"));
    return mfals_options_set(*options, "checkpoint-dir", checkpoints);
}

/* One user's list, whether the model was trained here or opened. */
static enum mfals_status recommend_user(struct mfals_model *model, const char *user)
{
    struct mfals_options *options;
    int64_t row;
    TRY(mfals_options_new(&options, context, "recommend"));
    TRY(mfals_options_set_int(options, "top", TOP));
    TRY(mfals_options_set(options, "user", user));
    TRY(mfals_recommend(model, options, list, "user"));
    TRY(mfals_options_set(options, "user", "nobody"));
    fprintf(out, "nobody %d %s\n", mfals_recommend(model, options, list, "user"), mfals_message(context));
    mfals_options_free(&options);
    TRY(mfals_model_find(&row, model, MFALS_USERS, user));
    fprintf(out, "row %" PRId64 "\n", row);
    TRY(mfals_model_find(&row, model, MFALS_ITEMS, "nothing"));
    fprintf(out, "row %" PRId64 "\n", row);
    return MFALS_OK;
}

static enum mfals_status use_trained(struct mfals_model *model, const char *folder)
{
    char path[512];
    double metric;
    snprintf(path, sizeof path, "%s/model.h5", folder);
    TRY(mfals_model_save(model, path));
    TRY(mfals_evaluate(model, NULL));
    if (mfals_metric(&metric, model, "ndcg@10"))
        fprintf(out, "ndcg %.17g\n", metric);
    int64_t first, rows = mfals_model_local_rows(model, MFALS_ITEMS, &first);
    for (int64_t i = first; i < first + rows; i++) {
        char id[MFALS_ID_SIZE];
        mfals_model_id(model, MFALS_ITEMS, i, id);
        fprintf(out, "item %s %.9g\n", id, (double)mfals_model_row(model, MFALS_ITEMS, i)[0]);
    }
    TRY(mfals_recommend(model, NULL, list, "list"));
    return recommend_user(model, "7");
}

static enum mfals_status train(struct mfals_ratings *ratings, const char *folder)
{
    struct mfals_model *model;
    struct limits limits = {.stop = 2};
    const struct mfals_observer observer = {.iteration = watch, .data = &limits};
    fprintf(out, "ratings %" PRId64 " %" PRId64 " %" PRId64 "\n", mfals_ratings_count(ratings),
            mfals_ratings_rows(ratings, MFALS_USERS), mfals_ratings_rows(ratings, MFALS_ITEMS));
    fprintf(out, "stopped %d\n", mfals_train(&model, ratings, &observer));
    limits = (struct limits){.end = 4};
    TRY(mfals_train(&model, ratings, &observer));
    mfals_model_free(&model);
    limits = (struct limits){0};
    TRY(mfals_train(&model, ratings, &observer));
    enum mfals_status used = use_trained(model, folder);
    mfals_model_free(&model);
    return used;
}

static enum mfals_status train_on(int taken, const char *path, const char *folder)
{
    static int64_t users[RATINGS_MAX], items[RATINGS_MAX];
    static float values[RATINGS_MAX];
    struct mfals_options *options;
    struct mfals_ratings *ratings;
    const char *const paths[] = {path};
    TRY(set_options(&options, folder));
    if (taken)
        TRY(mfals_ratings_from_ids(&ratings, options, users, items, values,
                                   read_part(path, users, items, values)));
    else
        TRY(mfals_ratings_read(&ratings, options, paths, 1));
    enum mfals_status trained = train(ratings, folder);
    mfals_ratings_free(&ratings);
    mfals_options_free(&options);
    return trained;
}

/* The times of ratings tell how old an item of a user is: the same as tests/library.py writes. */
static enum mfals_status train_timed(const char *path, const char *folder)
{
    static int64_t users[RATINGS_MAX], items[RATINGS_MAX], times[RATINGS_MAX];
    static char ids[RATINGS_MAX][24];
    static const char *texts[RATINGS_MAX];
    static float values[RATINGS_MAX];
    const int64_t count = read_part(path, users, items, values);
    struct mfals_options *options;
    struct mfals_ratings *ratings;
    struct mfals_model *model;
    char model_path[512];
    write_ids(texts, ids, items, count);
    for (int64_t i = 0; i < count; i++)
        times[i] = (users[i] * 7919 + items[i] * 104729) % 1009;
    TRY(mfals_options_new(&options, context, "train"));
    TRY(mfals_options_set_int(options, "factors", 6));
    TRY(mfals_options_set_int(options, "iterations", 3));
    TRY(mfals_options_set_real(options, "lambda", 0.1 + 0.2));
    TRY(mfals_options_set_int(options, "holdout-last", 1));
    struct mfals_rating_arrays arrays = {
        .count = count, .users = users, .item_texts = texts, .values = values};
    fprintf(out, "untimed %d %s\n", mfals_ratings_from_arrays(&ratings, options, &arrays),
            mfals_message(context));
    arrays.times = times;
    TRY(mfals_ratings_from_arrays(&ratings, options, &arrays));
    TRY(mfals_train(&model, ratings, NULL));
    snprintf(model_path, sizeof model_path, "%s/model.h5", folder);
    TRY(mfals_model_save(model, model_path));
    mfals_model_free(&model);
    mfals_ratings_free(&ratings);
    mfals_options_free(&options);
    return MFALS_OK;
}

static enum mfals_status tell_names(void)
{
    static const char *const types[] = {[MFALS_OPTION_NONE] = "none",
                                        [MFALS_OPTION_TEXT] = "text",
                                        [MFALS_OPTION_INT] = "integer",
                                        [MFALS_OPTION_REAL] = "number",
                                        [MFALS_OPTION_FLAG] = "flag"};
    struct mfals_command command;
    struct mfals_option option;
    struct mfals_metric_info metric;
    for (int c = 0; mfals_command(&command, c); c++)
        for (int i = 0; mfals_option(&option, command.name, i); i++)
            fprintf(out, "option %s %s %s %d\n", option.name,
                    types[mfals_option_type(command.name, option.name)], command.name,
                    c == 0 && mfals_option_is_of_reading(option.name));
    for (int i = 0; mfals_metric_info(&metric, i); i++)
        fprintf(out, "metric %s%s\n", metric.name, metric.has_cutoff ? "@K" : "");
    fprintf(out, "ends %d %d %d %d\n", mfals_command(&command, -1), mfals_option(&option, "train", -1),
            mfals_metric_info(&metric, -1), (int)mfals_option_type("train", "help"));
    fprintf(out, "version %d %d %d.%d.%d\n", mfals_version_number(), MFALS_VERSION_NUMBER,
            MFALS_VERSION_MAJOR, MFALS_VERSION_MINOR, MFALS_VERSION_PATCH);
    return MFALS_OK;
}

static enum mfals_status use(const char *path, const char *new)
{
    static int64_t users[RATINGS_MAX], items[RATINGS_MAX];
    static float values[RATINGS_MAX];
    static char ids[RATINGS_MAX][24];
    static const char *texts[RATINGS_MAX];
    struct mfals_model *model;
    struct mfals_item similar[TOP];
    int count;
    TRY(mfals_model_open(&model, context, path));
    fprintf(out, "model %d %" PRId64 " %" PRId64 " %g\n", mfals_model_factors(model),
            mfals_model_rows(model, MFALS_USERS), mfals_model_rows(model, MFALS_ITEMS),
            mfals_model_mean(model));
    TRY(mfals_similar(model, "3", TOP, similar, &count));
    list("3", similar, count, "similar");
    const int64_t ratings = read_part(new, users, items, values);
    TRY(mfals_recommend_new(model, users, items, values, ratings, TOP, list, "new"));
    write_ids(texts, ids, users, ratings);
    TRY(mfals_recommend_fold_in(model,
                                &(struct mfals_rating_arrays){
                                    .count = ratings, .user_texts = texts, .items = items, .values = values},
                                TOP, list, "text"));
    TRY(recommend_user(model, "7"));
    const struct mfals_profile *profile;
    fprintf(out, "profile %d %s\n", mfals_profile(&profile, model), mfals_message(context));
    fprintf(out, "unknown %d %s\n", mfals_similar(model, "nothing", TOP, similar, &count),
            mfals_message(context));
    mfals_model_free(&model);
    return MFALS_OK;
}

static void prepare_errors(struct mfals_options *options, const char *file)
{
    int resumes;
    mfals_options_set(options, "checkpoint-dir", file);
    fprintf(out, "folder %d %s\n", mfals_prepare(options, &resumes), mfals_message(context));
    mfals_options_set(options, "checkpoint-dir", "checkpoints");
    fprintf(out, "prepared %d %d\n", mfals_prepare(options, &resumes), resumes);
    fprintf(out, "twice %d %s\n", mfals_prepare(options, &resumes), mfals_message(context));
    fprintf(out, "fixed %d %s\n", mfals_options_set(options, "output", file), mfals_message(context));
}

/* One line each: a status and its message. */
static enum mfals_status errors(const char *path, const char *folder)
{
    struct mfals_options *options;
    struct mfals_ratings *ratings;
    struct mfals_model *model;
    char absent[512], small[2];
    const char *const paths[] = {absent}, *const users[] = {"u", "\xff"}, *const items[] = {"i", "i"};
    const float infinite[] = {1e38F * 1e38F};
    const int64_t one[] = {1};
    snprintf(absent, sizeof absent, "%s/absent.tsv", folder);
    fprintf(out, "command %d %s\n", mfals_options_new(&options, context, "fly"), mfals_message(context));
    TRY(mfals_options_new(&options, context, "train"));
    fprintf(out, "name %d %s\n", mfals_options_set(options, "colour", "red"), mfals_message(context));
    fprintf(out, "value %d %s\n", mfals_options_set(options, "factors", "many"), mfals_message(context));
    fprintf(out, "none %d %s\n", mfals_options_set(options, "factors", NULL), mfals_message(context));
    fprintf(out, "room %d %s\n", mfals_options_get(options, "lambda", small, sizeof small),
            mfals_message(context));
    fprintf(out, "file %d %s\n", mfals_ratings_read(&ratings, options, paths, 1), mfals_message(context));
    fprintf(out, "text %d %s\n", mfals_ratings_from_texts(&ratings, options, users, items, NULL, 2),
            mfals_message(context));
    fprintf(out, "number %d %s\n", mfals_ratings_from_ids(&ratings, options, one, one, infinite, 1),
            mfals_message(context));
    fprintf(out, "empty %d %s\n", mfals_ratings_from_ids(&ratings, options, one, one, NULL, 0),
            mfals_message(context));
    fprintf(out, "model %d %s\n", mfals_model_open(&model, context, path), mfals_message(context));
    fprintf(out, "format %d %s\n", mfals_model_convert(context, path, "model.xls"), mfals_message(context));
    mfals_options_set(options, "output", path);
    mfals_options_operands(options, &path, 1);
    fprintf(out, "apart %d %s\n", mfals_options_check(options), mfals_message(context));
    mfals_options_set(options, "output", "other.h5");
    mfals_options_set(options, "nonnegative", NULL);
    mfals_options_set(options, "solver", "cg");
    fprintf(out, "together %d %s\n", mfals_ratings_read(&ratings, options, NULL, 0), mfals_message(context));
    mfals_options_set(options, "solver", "exact");
    prepare_errors(options, path);
    enum mfals_status mine =
        rank < size - 1 ? MFALS_OK : mfals_fail(context, MFALS_IO, "rank %d of %d", rank, size);
    fprintf(out, "agree %d %s\n", mfals_agree(context, mine), mfals_message(context));
    mfals_options_free(&options);
    return MFALS_OK;
}

static enum mfals_status run(int argc, char **argv)
{
    if (argc > 4 && strcmp(argv[1], "use") == 0)
        return use(argv[2], argv[4]);
    if (argc > 3 && strcmp(argv[1], "errors") == 0)
        return errors(argv[2], argv[3]);
    if (argc > 3 && strcmp(argv[1], "timed") == 0)
        return train_timed(argv[2], argv[3]);
    if (argc > 3 && strcmp(argv[1], "names") == 0)
        return tell_names();
    if (argc > 3)
        return train_on(strcmp(argv[1], "take") == 0, argv[2], argv[3]);
    return MFALS_USAGE;
}

int main(int argc, char **argv)
{
    MPI_Comm mine;
    struct mfals_context *other;
    char path[512];
    int messages = 0, world;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &world);
    MPI_Comm_split(MPI_COMM_WORLD, 0, -world, &mine);
    MPI_Comm_rank(mine, &rank);
    MPI_Comm_size(mine, &size);
    snprintf(path, sizeof path, "%s/out.%d", argc > 3 ? argv[3] : ".", rank);
    out = fopen(path, "w");
    if (out == NULL)
        MPI_Abort(MPI_COMM_WORLD, 73);
    enum mfals_status done = mfals_open(&context, mine);
    if (done == MFALS_OK)
        done = mfals_open(&other, mine); /* knows nothing of the first */
    if (done == MFALS_OK) {
        mfals_on_message(context, note, &messages);
        done = run(argc, argv);
        fprintf(out, "done %d %s\nother %s\n", done, mfals_message(context), mfals_message(other));
        mfals_close(&other);
        mfals_close(&context);
    }
    fclose(out);
    MPI_Comm_free(&mine);
    MPI_Finalize();
    return done;
}
