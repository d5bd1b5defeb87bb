#include "api/lib.h"
#include "api/trained_test.h"
#include "base/number.h"
#include "use/recommend.h"

static status evaluate_trained(struct evaluation *evaluation, struct mfals_model *model,
                               const struct mfals_options *options)
{
    if (options != NULL || model->run.test.by_user == NULL)
        return fail(MFALS_USAGE, "a model that was trained here is evaluated on its own test or hold-out");
    TRY(training_evaluate(evaluation, &model->run));
    evaluation_measures(&model->measures, evaluation, &model->run.settings->evaluation,
                        training_is_explicit(&model->run));
    return MFALS_OK;
}

static status evaluate_opened(struct evaluation *evaluation, struct mfals_model *model,
                              const struct mfals_options *options)
{
    const struct comm *comm = &model->context->comm;
    struct phases phases = {0};
    struct settings settings;
    TRY(agree(comm, lib_settings(&settings, options, FOR_EVALUATE)));
    TRY(trained_evaluate(evaluation, comm, &settings, &model->trained, &phases));
    bool scores_are_ratings =
        model->trained.settings.solve.algorithm != ALGORITHM_IALS && !settings.evaluation.popular;
    evaluation_measures(&model->measures, evaluation, &settings.evaluation, scores_are_ratings);
    return MFALS_OK;
}

static status evaluate_model(struct mfals_model *model, const struct mfals_options *options)
{
    struct evaluation evaluation = {0};
    TRY(model->ratings != NULL ? evaluate_trained(&evaluation, model, options)
                               : evaluate_opened(&evaluation, model, options));
    model->tested_users = evaluation.users;
    model->tested_ratings = evaluation.ratings;
    for (int i = 0; i < model->measures.count; i++)
        model->metric_names[i] = model->measures.name[i];
    return MFALS_OK;
}

enum mfals_status mfals_evaluate(struct mfals_model *model, struct mfals_options *options)
{
    struct lib_call call = lib_enter(model->context);
    return lib_leave(&call, evaluate_model(model, options));
}

int mfals_has_test(const struct mfals_model *model)
{
    return model->run.test.by_user != NULL;
}

int mfals_metric(double *value, const struct mfals_model *model, const char *name)
{
    return measures_find(value, &model->measures, name);
}

void mfals_evaluation(struct mfals_evaluation *evaluation, const struct mfals_model *model)
{
    *evaluation = (struct mfals_evaluation){.users = model->tested_users,
                                            .ratings = model->tested_ratings,
                                            .metrics = model->measures.count,
                                            .names = model->metric_names,
                                            .values = model->measures.value};
}

/* [collective] Every item's id on every rank, once. */
static status name_items(struct mfals_model *model)
{
    if (model->has_names)
        return MFALS_OK;
    status named = item_names_open(&model->names, &model->context->comm, &model->known[ITEMS], NULL);
    model->has_names = named == MFALS_OK;
    if (named != MFALS_OK)
        item_names_free(&model->names);
    return named;
}

/* ids: room for count of MFALS_ID_SIZE bytes */
static void name_entries(struct mfals_item *items, char *ids, const struct mfals_model *model,
                         const struct top_entry *entries, int count)
{
    for (int i = 0; i < count; i++) {
        char *id = ids + (ptrdiff_t)i * MFALS_ID_SIZE;
        ids_text(&model->names.ids, entries[i].item, id);
        items[i] = (struct mfals_item){.id = id, .row = entries[i].item, .score = entries[i].score};
    }
}

int lib_top(const struct mfals_model *model, int top)
{
    return (int)number_min(top, number_max(1, model->view.side[ITEMS].rows));
}

struct listing {
    struct mfals_model *model;
    const struct ids *users;
    struct mfals_item *items;
    char *ids;
    mfals_list_function *function;
    void *data;
};

static status hand_out(int64_t own_user, const struct top_entry *entries, int count, void *context)
{
    struct listing *listing = context;
    char user[MFALS_ID_SIZE];
    ids_text(listing->users, own_user, user);
    name_entries(listing->items, listing->ids, listing->model, entries, count);
    if (listing->function(user, listing->items, count, listing->data) != 0)
        return fail(MFALS_USAGE, "the listing was ended");
    return MFALS_OK;
}

static status list(struct mfals_model *model, const struct audience *audience,
                   const struct settings *settings, mfals_list_function *function, void *data)
{
    const struct comm *comm = &model->context->comm;
    const struct recommend_options how = {.top = lib_top(model, settings->top),
                                          .replica = settings->solve.replica,
                                          .kernel = settings->solve.kernel};
    scoped struct mfals_item *items = NULL;
    scoped char *ids = NULL;
    TRY(name_items(model));
    TRY(allocate_on_all(comm, &items, how.top));
    TRY(allocate_on_all(comm, &ids, (int64_t)how.top * MFALS_ID_SIZE));
    struct listing listing = {model, audience->users.ids, items, ids, function, data};
    return recommend(comm, &audience->view, audience->wanted, audience->leave_out, &how, hand_out, &listing);
}

static status recommend_model(struct mfals_model *model, const struct mfals_options *options,
                              mfals_list_function *function, void *data)
{
    const struct comm *comm = &model->context->comm;
    struct settings settings;
    struct phases phases = {0};
    struct audience audience = {.view = model->view, .users = model->known[USERS]};
    TRY(agree(comm, lib_settings(&settings, options, FOR_RECOMMEND)));
    status done = MFALS_OK;
    if (model->ratings != NULL)
        audience.leave_out = &model->ratings->ratings->by[USERS];
    else
        done = audience_open(&audience, comm, &settings, &model->trained, &phases);
    if (done == MFALS_OK)
        done = list(model, &audience, &settings, function, data);
    audience_free(&audience);
    return done;
}

enum mfals_status mfals_recommend(struct mfals_model *model, struct mfals_options *options,
                                  mfals_list_function *function, void *data)
{
    struct lib_call call = lib_enter(model->context);
    return lib_leave(&call, recommend_model(model, options, function, data));
}

/* [collective] Ratings of new users, matched to the model's items. */
static status match(struct matched **matched, struct mfals_model *model, const struct settings *trained,
                    const struct handed *handed)
{
    const struct comm *comm = &model->context->comm;
    struct phases phases = {0};
    struct ratings_options options = trained->ratings;
    __attribute__((cleanup(raw_ratings_free))) struct raw_ratings raw;
    options.positive_only = trained->solve.algorithm == ALGORITHM_IALS;
    TRY(lib_take(&raw, comm, handed));
    return matched_assemble(matched, comm, &raw, &options, &model->known[ITEMS], NULL, &phases);
}

static status recommend_new(struct mfals_model *model, const struct handed *handed, int top,
                            mfals_list_function *function, void *data)
{
    const struct settings *trained =
        model->ratings != NULL ? &model->ratings->settings : &model->trained.settings;
    struct settings settings;
    struct audience audience = {0};
    struct matched *matched = NULL;
    TRY(agree(&model->context->comm, lib_settings(&settings, NULL, FOR_RECOMMEND)));
    if (top < 1)
        return fail(MFALS_USAGE, "a list has at least 1 item");
    settings.top = top;
    TRY(match(&matched, model, trained, handed));
    status done = audience_fold_in(&audience, &model->context->comm, &model->view, matched, &trained->solve);
    if (done == MFALS_OK)
        done = list(model, &audience, &settings, function, data);
    audience_free(&audience);
    return done;
}

enum mfals_status mfals_recommend_new(struct mfals_model *model, const int64_t *users, const int64_t *items,
                                      const float *values, int64_t count, int top,
                                      mfals_list_function *function, void *data)
{
    struct lib_call call = lib_enter(model->context);
    const struct handed handed = {.ids = {users, items}, .values = values, .count = count};
    return lib_leave(&call, recommend_new(model, &handed, top, function, data));
}

static status find_similar(struct mfals_model *model, const char *id, int top, struct mfals_item *items,
                           int *count)
{
    const struct comm *comm = &model->context->comm;
    struct settings settings;
    scoped struct top_entry *entries = NULL;
    int64_t row;
    TRY(agree(comm, lib_settings(&settings, NULL, FOR_SIMILAR)));
    if (top < 1)
        return fail(MFALS_USAGE, "a list has at least 1 item");
    const struct recommend_options how = {
        .top = lib_top(model, top), .replica = settings.solve.replica, .kernel = settings.solve.kernel};
    TRY(ids_find_text(&row, comm, id, &model->known[ITEMS]));
    if (row < 0)
        return fail(MFALS_BAD_DATA, "the model has no item '%s'", id);
    TRY(name_items(model));
    TRY(allocate_on_all(comm, &entries, how.top));
    memory_free(model->similar_ids);
    TRY(allocate_on_all(comm, &model->similar_ids, (int64_t)how.top * MFALS_ID_SIZE));
    TRY(similar(comm, &model->view, &row, 1, &how, entries, count));
    name_entries(items, model->similar_ids, model, entries, *count);
    return MFALS_OK;
}

enum mfals_status mfals_similar(struct mfals_model *model, const char *id, int top, struct mfals_item *items,
                                int *count)
{
    struct lib_call call = lib_enter(model->context);
    *count = 0;
    return lib_leave(&call, find_similar(model, id, top, items, count));
}
