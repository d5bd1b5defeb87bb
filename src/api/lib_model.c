#include "api/lib.h"

struct watching {
    mfals_observer *observer;
    void *data;
};

static status observe(struct training_run *run, const struct figures *figures,
                      const struct measures *measures, bool *stop)
{
    const struct watching *watching = run->context;
    const char *names[MEASURES_MAX];
    for (int i = 0; i < measures->count; i++)
        names[i] = measures->name[i];
    const struct mfals_iteration iteration = {.number = figures->iteration,
                                              .seconds = figures->wall_s,
                                              .figures = measures->count,
                                              .names = names,
                                              .values = measures->value};
    *stop |= watching->observer(&iteration, watching->data) != 0;
    return MFALS_OK;
}

static status fit(struct mfals_model *model, struct watching *watching)
{
    struct mfals_ratings *ratings = model->ratings;
    const struct comm *comm = &model->context->comm;
    struct training_run *run = &model->run;
    *run = (struct training_run){.comm = comm,
                                 .settings = &ratings->settings,
                                 .ratings = ratings->ratings,
                                 .observer = watching->observer != NULL ? observe : NULL,
                                 .context = watching};
    TRY(checkpoints_open(&run->checkpoints, comm, &ratings->settings, &run->phases));
    TRY(test_set_open(&run->test, comm, &ratings->settings, ratings->ratings, &run->phases));
    TRY(training_fit(run));
    checkpoints_close(&run->checkpoints);
    model->view = view_of_trained(run->model);
    return MFALS_OK;
}

static void know_ids(struct mfals_model *model)
{
    for (int side = USERS; side <= ITEMS; side++)
        model->known[side] = (struct known_ids){model->view.side[side].ids, model->view.side[side].offsets};
}

enum mfals_status mfals_train(struct mfals_model **model, struct mfals_ratings *ratings,
                              mfals_observer *observer, void *data)
{
    struct lib_call call = lib_enter(ratings->context);
    struct watching watching = {observer, data};
    status done = allocate_on_all(&ratings->context->comm, model, 1);
    if (done == MFALS_OK) {
        (*model)->context = ratings->context;
        (*model)->ratings = ratings;
        done = fit(*model, &watching);
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
    model->ratings->settings.output = path;
    TRY(train_output_check(&model->context->comm, &model->ratings->settings));
    return training_write(&model->run);
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
    status done = allocate_on_all(&context->comm, model, 1);
    if (done == MFALS_OK) {
        (*model)->context = context;
        done = trained_open(&(*model)->trained, &context->comm, path);
    }
    if (done == MFALS_OK) {
        (*model)->view = view_of_stored((*model)->trained.model);
        know_ids(*model);
    } else {
        mfals_model_free(model);
    }
    return lib_leave(&call, done);
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

int64_t mfals_model_own(const struct mfals_model *model, enum mfals_side side, int64_t *first)
{
    const int64_t *offsets = model->view.side[side].offsets + model->context->comm.rank;
    *first = offsets[0];
    return offsets[1] - offsets[0];
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
    if (old->ratings != NULL)
        training_free(&old->run);
    else
        trained_free(&old->trained);
    item_names_free(&old->names);
    memory_free(old->similar_ids);
    memory_free(old);
    *model = NULL;
}
