#include "api/handles.h"
#include "base/path.h"
#include "base/watchdog.h"
#include "options/files_apart.h"
#include "serve/list_writer.h"
#include "store/export.h"
#include "store/output.h"

static void begin(struct training *training)
{
    const struct mfals_observer *observer = training->context;
    observer->begin(training->config->solve.iterations, observer->data);
}

static void note_resumption(struct training *training, const char *path, int iterations)
{
    const struct mfals_observer *observer = training->context;
    observer->resume(path, iterations, observer->data);
}

static status observe(struct training *training, const struct training_stats *stats,
                      const struct named_values *values, bool *stop)
{
    const struct mfals_observer *observer = training->context;
    const char *names[NAMED_VALUES_MAX];
    for (int i = 0; i < values->count; i++)
        names[i] = values->name[i];
    const struct mfals_iteration iteration = {.number = stats->iteration,
                                              .seconds = stats->wall_s,
                                              .stats = values->count,
                                              .names = names,
                                              .values = values->value,
                                              .solve_seconds = stats->solve_s,
                                              .exchange_seconds = stats->exchange_s,
                                              .wait_seconds = stats->wait_s,
                                              .resolved_rows = stats->resolved_rows};
    *stop |= observer->iteration(&iteration, observer->data) != 0;
    return MFALS_OK;
}

static void note_checkpoint(int64_t iteration, double seconds, void *of)
{
    const struct mfals_observer *observer = of;
    observer->checkpoint(iteration, seconds, observer->data);
}

enum { HDF5_ENDS = 2 };
static const char *const hdf5_ends[HDF5_ENDS] = {".h5", ".hdf5"};

/* A name that says another format is a mistake, found before the training. */
static status check_model_name(const char *output)
{
    if (!path_names_other_format(output, hdf5_ends, HDF5_ENDS))
        return MFALS_OK;
    return fail(MFALS_USAGE,
                "--output: a model is HDF5, not as the name '%s' says; mfals convert makes other formats",
                output);
}

static status prepare_training(struct mfals_options *options, const struct run_config *config, int *resumes)
{
    const struct comm *comm = &options->context->comm;
    TRY(files_check_apart(comm, config, NULL, NULL));
    TRY(check_model_name(config->output));
    TRY(output_hold(&options->output, comm, config->output, output_check_hdf5));
    status opened = checkpoints_open(&options->waiting, comm, config, &options->phases);
    options->prepared = opened == MFALS_OK;
    if (!options->prepared)
        lib_drop_checkpoints(options);
    *resumes = options->waiting.found != NULL;
    return opened;
}

static status prepare(struct mfals_options *options, int *resumes)
{
    const struct comm *comm = &options->context->comm;
    const enum command_bit command = options->inputs.command->bit;
    const struct run_config *config = NULL;
    enum list_format format;
    *resumes = 0;
    if (options->prepared)
        return fail(MFALS_USAGE, "a training with these options is prepared already");
    hold_release(&options->output);
    if (command == FOR_TRAIN)
        TRY(lib_choose_sample(options));
    TRY(agree(comm, lib_config(&config, NULL, options, FOR_TRAIN | FOR_CONVERT | FOR_RECOMMEND)));
    if (command == FOR_TRAIN)
        return prepare_training(options, config, resumes);
    const char *output = config->output;
    if (command == FOR_RECOMMEND) {
        TRY(list_format_of(&format, config, output));
        return output == NULL ? MFALS_OK : output_hold(&options->output, comm, output, NULL);
    }
    if (output == NULL || !path_ends_with_one(output, hdf5_ends, HDF5_ENDS))
        return fail(MFALS_USAGE, "--output: '%s' says no format for ratings: .h5",
                    output != NULL ? output : "");
    return output_hold(&options->output, comm, output, output_check_hdf5);
}

enum mfals_status mfals_prepare(struct mfals_options *options, int *resumes)
{
    struct lib_call call = lib_enter(options->context);
    return lib_leave(&call, prepare(options, resumes));
}

/* [collective] The checkpoints of what was prepared, or of a training that was not. */
static status take_checkpoints(struct training *training, struct mfals_options *options)
{
    if (!options->prepared)
        return checkpoints_open(&training->checkpoints, training->comm, training->config, &training->phases);
    training->checkpoints = options->waiting;
    training->checkpoints.config = training->config;
    training->checkpoints.phases = &training->phases;
    training->phases = options->phases;
    training->output = options->output;
    options->waiting = (struct checkpoints){0};
    options->output = NULL;
    options->prepared = false;
    checkpoints_observe_deadline(&training->checkpoints);
    return MFALS_OK;
}

/* [local] As the options are now, if ratings that were read by others can be trained on by them. */
static status configure(struct run_config *config, const struct mfals_ratings *ratings)
{
    struct option_inputs inputs = ratings->options->inputs;
    if (inputs.command->bit != FOR_TRAIN)
        return fail(MFALS_USAGE, "the ratings' options are of '%s', not of 'train'", inputs.command->name);
    inputs.operands = ratings->paths;
    inputs.operand_count = ratings->path_count;
    TRY(run_config_resolve(config, &inputs));
    return run_config_same_reading(config, &ratings->config);
}

static status fit(struct mfals_model *model, const struct mfals_observer *observer)
{
    struct mfals_ratings *ratings = model->ratings;
    struct training *training = &model->training;
    *training = (struct training){.comm = &model->context->comm,
                                  .config = &model->config,
                                  .ratings = ratings->ratings,
                                  .profile = {.opened = model->context->opened,
                                              .phases = &training->phases,
                                              .reading = &ratings->phases},
                                  .resumed = observer->resume != NULL ? note_resumption : NULL,
                                  .begun = observer->begin != NULL ? begin : NULL,
                                  .observer = observer->iteration != NULL ? observe : NULL,
                                  .context = (void *)observer};
    TRY(agree(training->comm, configure(&model->config, ratings)));
    TRY(take_checkpoints(training, ratings->options));
    training->checkpoints.written = observer->checkpoint != NULL ? note_checkpoint : NULL;
    training->checkpoints.context = (void *)observer;
    TRY(lib_stopped_while("reading the test", test_set_open(&training->test, training->comm, training->config,
                                                            training->ratings, &training->phases)));
    TRY(training_fit(training));
    checkpoints_close(&training->checkpoints);
    model->view = view_of_trained(training->model);
    return MFALS_OK;
}

static void know_ids(struct mfals_model *model)
{
    for (int side = USERS; side <= ITEMS; side++)
        model->known[side] = (struct known_ids){model->view.side[side].ids, model->view.side[side].offsets};
}

enum mfals_status mfals_train(struct mfals_model **model, struct mfals_ratings *ratings,
                              const struct mfals_observer *observer)
{
    static const struct mfals_observer nobody = {0};
    struct lib_call call = lib_enter(ratings->context);
    status done = allocate_on_all(&ratings->context->comm, model, 1);
    if (done == MFALS_OK) {
        (*model)->context = ratings->context;
        (*model)->ratings = ratings;
        done = fit(*model, observer != NULL ? observer : &nobody);
        know_ids(*model);
    }
    if (done != MFALS_OK)
        mfals_model_free(model);
    return lib_leave(&call, done);
}

static status save(struct mfals_model *model, const char *path)
{
    if (model->ratings == NULL)
        return fail(MFALS_USAGE, "the model is from a file: copy that");
    TRY(lib_need_path(model->context, path));
    TRY(files_check_apart(&model->context->comm, &model->config, path, NULL));
    return training_write(&model->training, path);
}

enum mfals_status mfals_model_save(struct mfals_model *model, const char *path)
{
    struct lib_call call = lib_enter(model->context);
    return lib_leave(&call, save(model, path));
}

enum mfals_status mfals_model_open(struct mfals_model **model, struct mfals_context *context,
                                   const char *path)
{
    struct lib_call call = lib_enter(context);
    *model = NULL;
    status done = lib_need_ranks(context);
    if (done == MFALS_OK)
        done = lib_need_path(context, path);
    if (done == MFALS_OK)
        done = allocate_on_all(&context->comm, model, 1);
    if (done == MFALS_OK) {
        (*model)->context = context;
        watchdog_say("read the model");
        done = served_model_open(&(*model)->served, &context->comm, path);
    }
    if (done == MFALS_OK) {
        (*model)->view = view_of_stored((*model)->served.model);
        know_ids(*model);
    } else {
        mfals_model_free(model);
    }
    return lib_leave(&call, done);
}

static status check_apart(const struct comm *comm, const char *model, const char *path)
{
    char *operands[] = {(char *)model}; /* not written to */
    const struct run_config config = {
        .command = command_find("convert"), .operands = operands, .operand_count = 1, .output = path};
    return files_check_apart(comm, &config, NULL, NULL);
}

static status convert(const struct comm *comm, const char *path, const struct stored_model *model)
{
    scoped char *prefix = NULL;
    size_t length = strlen(path) - strlen(".npy");
    if (!path_ends_with(path, ".npy"))
        return export_text(comm, path, model);
    TRY(allocate_on_all(comm, &prefix, (int64_t)length + 1));
    memcpy(prefix, path, length);
    return export_npy(comm, prefix, model);
}

/* [collective] */
static status convert_file(const struct mfals_context *context, const char *model, const char *path)
{
    const struct comm *comm = &context->comm;
    struct stored_model *stored = NULL;
    struct hold *hold = NULL;
    TRY(lib_need_path(context, model));
    TRY(lib_need_path(context, path));
    if (!path_ends_with(path, ".npy") && !path_ends_with(path, ".txt") && !path_ends_with(path, ".tsv"))
        return fail(MFALS_USAGE, "--output: '%s' says no format for a model: .npy or .txt", path);
    TRY(lib_need_ranks(context));
    watchdog_say("read the model");
    TRY(check_apart(comm, model, path));
    TRY(output_hold(&hold, comm, path, NULL));
    status done = model_file_read(&stored, comm, model);
    if (done == MFALS_OK) {
        watchdog_say("convert the model");
        done = convert(comm, path, stored);
    }
    stored_model_free(&stored);
    hold_release(&hold);
    return done;
}

enum mfals_status mfals_model_convert(struct mfals_context *context, const char *model, const char *path)
{
    struct lib_call call = lib_enter(context);
    return lib_leave(&call, convert_file(context, model, path));
}

int mfals_model_factors(const struct mfals_model *model)
{
    return model->view.factors;
}

double mfals_model_mean(const struct mfals_model *model)
{
    return model->view.global_mean;
}

int64_t mfals_model_rows(const struct mfals_model *model, enum mfals_side side)
{
    return model->view.side[side].rows;
}

int64_t mfals_model_local_rows(const struct mfals_model *model, enum mfals_side side, int64_t *first)
{
    const int64_t *offsets = model->view.side[side].offsets + model->context->comm.rank;
    *first = offsets[0];
    return offsets[1] - offsets[0];
}

static status find(int64_t *row, const struct mfals_model *model, enum mfals_side side, const char *id)
{
    const struct comm *comm = &model->context->comm;
    TRY(agree(comm, lib_need(id, 1, "id")));
    return ids_find_text(row, comm, id, &model->known[side]);
}

enum mfals_status mfals_model_find(int64_t *row, struct mfals_model *model, enum mfals_side side,
                                   const char *id)
{
    struct lib_call call = lib_enter(model->context);
    *row = -1;
    return lib_leave(&call, find(row, model, side, id));
}

/* The place of a row among those that this rank holds. */
static int64_t own_place(const struct mfals_model *model, enum mfals_side side, int64_t row)
{
    return row - model->view.side[side].offsets[model->context->comm.rank];
}

const float *mfals_model_row(const struct mfals_model *model, enum mfals_side side, int64_t row)
{
    const struct view_side *view = &model->view.side[side];
    return view->factors + own_place(model, side, row) * view->row_floats;
}

float mfals_model_bias(const struct mfals_model *model, enum mfals_side side, int64_t row)
{
    const struct view_side *view = &model->view.side[side];
    return view->bias == NULL ? 0 : view->bias[own_place(model, side, row) * view->bias_step];
}

void mfals_model_id(const struct mfals_model *model, enum mfals_side side, int64_t row,
                    char id[MFALS_ID_SIZE])
{
    ids_text(model->view.side[side].ids, own_place(model, side, row), id);
}

void mfals_model_free(struct mfals_model **model)
{
    struct mfals_model *old = *model;
    if (old == NULL)
        return;
    struct lib_call call = lib_enter(old->context);
    if (old->ratings != NULL) {
        training_free(&old->training);
        stop_at(INFINITY, "");
    } else {
        served_model_free(&old->served);
    }
    item_names_free(&old->names);
    memory_free(old->similar_ids);
    memory_free(old->memory);
    memory_free(old->nodes);
    memory_free(old);
    *model = NULL;
    lib_leave(&call, MFALS_OK);
}
