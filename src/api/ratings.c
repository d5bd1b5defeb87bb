#include "api/handles.h"
#include "input/ratings_input.h"
#include "options/files_apart.h"
#include "ratings/assemble.h"
#include "ratings/digest.h"
#include "ratings/from_arrays.h"
#include "solve/row_cost.h"
#include "store/ratings_file.h"
#include "store/synthetic_file.h"

/* [local] */
static status give_sample(struct mfals_options *options, const char *sample)
{
    struct option_inputs *inputs = &options->inputs;
    TRY(lib_set_operands(options, &sample, 1));
    if (!option_is_given(inputs, "output"))
        TRY(option_give(inputs, option_find("output", FOR_TRAIN), "sample-model.h5"));
    return MFALS_OK;
}

status lib_choose_sample(struct mfals_options *options)
{
    const struct option_inputs *inputs = &options->inputs;
    char sample[4096];
    if (inputs->operand_count > 0)
        return MFALS_OK;
    if (inputs->command->bit != FOR_TRAIN)
        return fail(MFALS_USAGE, "%s: no ratings are named", inputs->command->name);
    ratings_input_sample(sample, sizeof sample);
    TRY(agree(&options->context->comm, give_sample(options, sample)));
    log_line("no ratings named: taking the sample %s", sample);
    return MFALS_OK;
}

/* [local] */
static status settle(struct mfals_ratings *ratings, struct mfals_options *options, const char *const *paths,
                     int count)
{
    const struct run_config *as_given;
    struct option_inputs inputs = options->inputs;
    ratings->context = options->context;
    ratings->options = options;
    TRY(lib_need_texts(paths, count, "paths"));
    TRY(lib_config(&as_given, NULL, options, FOR_TRAIN | FOR_CONVERT));
    TRY(allocate(&ratings->paths, count));
    for (; ratings->path_count < count; ratings->path_count++)
        TRY(lib_copy(&ratings->paths[ratings->path_count], paths[ratings->path_count]));
    inputs.operands = ratings->paths;
    inputs.operand_count = count;
    return run_config_resolve(&ratings->config, &inputs);
}

static status load(struct mfals_ratings *ratings, const struct rating_arrays *arrays)
{
    const struct run_config *config = &ratings->config;
    const struct comm *comm = &ratings->context->comm;
    if (arrays == NULL)
        return ratings_input_load(&ratings->ratings, comm, config, &ratings->phases);
    __attribute__((cleanup(raw_ratings_free))) struct raw_ratings raw;
    TRY(raw_ratings_from_arrays(&raw, comm, arrays, config->ratings.read.times));
    return ratings_assemble(&ratings->ratings, comm, &raw, &config->ratings, solve_row_cost, &config->solve,
                            &ratings->phases);
}

/* [collective] From files, or from arrays. */
static status make(struct mfals_ratings **ratings, struct mfals_options *options, const char *const *paths,
                   int count, const struct rating_arrays *arrays)
{
    const struct comm *comm = &options->context->comm;
    struct lib_call call = lib_enter(options->context);
    status done = allocate_on_all(comm, ratings, 1);
    if (done == MFALS_OK)
        done = agree(comm, settle(*ratings, options, paths, count));
    if (done == MFALS_OK)
        done = lib_stopped_while("reading ratings", load(*ratings, arrays));
    if (done != MFALS_OK)
        mfals_ratings_free(ratings);
    return lib_leave(&call, done);
}

enum mfals_status mfals_ratings_read(struct mfals_ratings **ratings, struct mfals_options *options,
                                     const char *const *paths, int count)
{
    const struct option_inputs *inputs = &options->inputs;
    if (paths != NULL)
        return make(ratings, options, paths, count, NULL);
    struct lib_call call = lib_enter(options->context);
    *ratings = NULL;
    status chosen = lib_leave(&call, lib_choose_sample(options));
    if (chosen != MFALS_OK)
        return chosen;
    return make(ratings, options, (const char *const *)inputs->operands, inputs->operand_count, NULL);
}

struct rating_arrays lib_arrays(const struct mfals_rating_arrays *arrays)
{
    return (struct rating_arrays){.ids = {arrays->users, arrays->items},
                                  .texts = {arrays->user_texts, arrays->item_texts},
                                  .values = arrays->values,
                                  .times = arrays->times,
                                  .count = arrays->count};
}

enum mfals_status mfals_ratings_from_arrays(struct mfals_ratings **ratings, struct mfals_options *options,
                                            const struct mfals_rating_arrays *arrays)
{
    const struct rating_arrays own = lib_arrays(arrays);
    return make(ratings, options, NULL, 0, &own);
}

enum mfals_status mfals_ratings_from_ids(struct mfals_ratings **ratings, struct mfals_options *options,
                                         const int64_t *users, const int64_t *items, const float *values,
                                         int64_t count)
{
    const struct rating_arrays arrays = {.ids = {users, items}, .values = values, .count = count};
    return make(ratings, options, NULL, 0, &arrays);
}

enum mfals_status mfals_ratings_from_texts(struct mfals_ratings **ratings, struct mfals_options *options,
                                           const char *const *users, const char *const *items,
                                           const float *values, int64_t count)
{
    const struct rating_arrays arrays = {.texts = {users, items}, .values = values, .count = count};
    return make(ratings, options, NULL, 0, &arrays);
}

int64_t mfals_ratings_count(const struct mfals_ratings *ratings)
{
    return ratings->ratings->count;
}

int64_t mfals_ratings_rows(const struct mfals_ratings *ratings, enum mfals_side side)
{
    return ratings->ratings->rows[side];
}

void mfals_ratings_describe(struct mfals_ratings_info *info, const struct mfals_ratings *ratings)
{
    const struct ratings *of = ratings->ratings;
    *info = (struct mfals_ratings_info){.paths = (const char *const *)ratings->paths,
                                        .path_count = ratings->path_count,
                                        .files = of->files,
                                        .bytes = of->file_bytes,
                                        .lines = of->lines,
                                        .bad_lines = of->bad_lines,
                                        .duplicates = of->duplicates,
                                        .left_out = of->left_out};
    digest_text(info->digest, of->digest);
}

enum mfals_status mfals_ratings_save(struct mfals_ratings *ratings, const char *path)
{
    const struct comm *comm = &ratings->context->comm;
    struct lib_call call = lib_enter(ratings->context);
    status done = lib_need_path(ratings->context, path);
    if (done == MFALS_OK)
        done = files_check_apart(comm, &ratings->config, path, NULL);
    if (done == MFALS_OK && ratings->ratings->weighed)
        done = fail(
            MFALS_USAGE,
            "files of ratings keep no weights: read the ratings without --half-life and a column of weights");
    if (done == MFALS_OK)
        done = ratings_file_write(comm, path, ratings->ratings);
    return lib_leave(&call, done);
}

void mfals_ratings_free(struct mfals_ratings **ratings)
{
    struct mfals_ratings *old = *ratings;
    if (old == NULL)
        return;
    ratings_free(&old->ratings);
    for (int i = 0; i < old->path_count; i++)
        memory_free(old->paths[i]);
    memory_free(old->paths);
    memory_free(old);
    *ratings = NULL;
}

enum mfals_status mfals_generate(struct mfals_options *options, const char *path, int64_t *count,
                                 int64_t *bytes)
{
    const struct comm *comm = &options->context->comm;
    const struct run_config *config = NULL;
    struct lib_call call = lib_enter(options->context);
    status done = lib_need_path(options->context, path);
    if (done == MFALS_OK)
        done = agree(comm, lib_config(&config, NULL, options, FOR_GENERATE));
    if (done == MFALS_OK)
        done = files_check_apart(comm, config, path, NULL);
    if (done == MFALS_OK)
        done = synthetic_file_write(comm, &config->synthetic, config->solve.seed, path, count, bytes);
    return lib_leave(&call, done);
}
