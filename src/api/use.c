#include "api/handles.h"
#include "input/other_ratings.h"
#include "serve/evaluate_served.h"
#include "serve/list_writer.h"
#include "serve/target_users.h"
#include "use/recommend.h"

static status evaluate_trained(struct evaluation *evaluation, struct mfals_model *model, bool popular)
{
    if (model->training.test.by_user == NULL)
        return fail(MFALS_USAGE, "a model that was trained here is evaluated on its own test or hold-out");
    TRY(training_evaluate(evaluation, &model->training, popular));
    evaluation_list(&model->metrics, evaluation, &model->config.evaluation,
                    run_config_is_explicit(&model->config) && !popular);
    return MFALS_OK;
}

static status evaluate_opened(struct evaluation *evaluation, struct mfals_model *model,
                              struct mfals_options *options)
{
    const struct comm *comm = &model->context->comm;
    struct phases phases = {0};
    struct run_config defaults;
    const struct run_config *config = NULL;
    TRY(agree(comm, lib_config(&config, &defaults, options, FOR_EVALUATE)));
    TRY(evaluate_served(evaluation, comm, config, &model->served, &phases));
    evaluation_list(&model->metrics, evaluation, &config->evaluation,
                    run_config_is_explicit(&model->served.config) && !config->evaluation.popular);
    return MFALS_OK;
}

static void keep_evaluation(struct mfals_model *model, const struct evaluation *evaluation)
{
    model->tested_users = evaluation->users;
    model->tested_ratings = evaluation->ratings;
    model->unknown_ratings = evaluation->unknown;
    for (int i = 0; i < model->metrics.count; i++)
        model->metric_names[i] = model->metrics.name[i];
}

static status evaluate_model(struct mfals_model *model, struct mfals_options *options)
{
    struct evaluation evaluation = {0};
    if (model->ratings != NULL && options != NULL)
        return fail(MFALS_USAGE, "a model that was trained here is evaluated on its own test or hold-out");
    TRY(model->ratings != NULL ? evaluate_trained(&evaluation, model, false)
                               : evaluate_opened(&evaluation, model, options));
    keep_evaluation(model, &evaluation);
    return MFALS_OK;
}

enum mfals_status mfals_evaluate(struct mfals_model *model, struct mfals_options *options)
{
    struct lib_call call = lib_enter(model->context);
    return lib_leave(&call, evaluate_model(model, options));
}

static status evaluate_popularity(struct mfals_model *model)
{
    struct evaluation evaluation = {0};
    if (model->ratings == NULL)
        return fail(MFALS_USAGE,
                    "a model that was opened is compared with popularity by the option baseline");
    TRY(evaluate_trained(&evaluation, model, true));
    keep_evaluation(model, &evaluation);
    return MFALS_OK;
}

enum mfals_status mfals_evaluate_popularity(struct mfals_model *model)
{
    struct lib_call call = lib_enter(model->context);
    return lib_leave(&call, evaluate_popularity(model));
}

int mfals_has_test(const struct mfals_model *model)
{
    return model->training.test.by_user != NULL;
}

int mfals_metric(double *value, const struct mfals_model *model, const char *name)
{
    return named_values_find(value, &model->metrics, name);
}

void mfals_evaluation(struct mfals_evaluation *evaluation, const struct mfals_model *model)
{
    *evaluation = (struct mfals_evaluation){.users = model->tested_users,
                                            .ratings = model->tested_ratings,
                                            .unknown_ratings = model->unknown_ratings,
                                            .metrics = model->metrics.count,
                                            .names = model->metric_names,
                                            .values = model->metrics.value};
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

static status list(struct mfals_model *model, const struct target_users *target,
                   const struct run_config *config, int top, mfals_list_function *function, void *data)
{
    const struct comm *comm = &model->context->comm;
    const struct recommend_options how = list_options(config, top, model->view.side[ITEMS].rows);
    scoped struct mfals_item *items = NULL;
    scoped char *ids = NULL;
    TRY(name_items(model));
    TRY(allocate_on_all(comm, &items, how.top));
    TRY(allocate_on_all(comm, &ids, (int64_t)how.top * MFALS_ID_SIZE));
    struct listing listing = {model, target->users.ids, items, ids, function, data};
    return recommend(comm, &target->view, target->wanted, target->leave_out, &how, hand_out, &listing);
}

/* [collective] The users of a model that was trained here, whose own ratings tell what they have seen. */
static status aim_trained(struct target_users *target, const struct mfals_model *model,
                          const struct run_config *config)
{
    *target = (struct target_users){.view = model->view, .users = model->known[USERS]};
    if (config->seen != NULL || config->fold_in != NULL)
        return fail(MFALS_USAGE, "--%s: a model that was trained here goes by its own ratings",
                    config->seen != NULL ? "seen" : "fold-in");
    if (!config->include_seen)
        target->leave_out = ratings_seen(model->ratings->ratings);
    return target_users_choose(target, &model->context->comm, config);
}

/* [local] */
static status check_listing(const struct run_config **config, struct run_config *defaults,
                            struct mfals_options *options, int top, mfals_list_function *function)
{
    if (function == NULL)
        return fail(MFALS_USAGE, "no function is there to take lists");
    if (top < 1)
        return fail(MFALS_USAGE, "a list has at least 1 item");
    return lib_config(config, defaults, options, FOR_RECOMMEND);
}

static status recommend_model(struct mfals_model *model, struct mfals_options *options,
                              mfals_list_function *function, void *data)
{
    const struct comm *comm = &model->context->comm;
    struct run_config defaults;
    const struct run_config *config = NULL;
    struct phases phases = {0};
    struct target_users target = {0};
    TRY(agree(comm, check_listing(&config, &defaults, options, 1, function)));
    status done = model->ratings != NULL ? aim_trained(&target, model, config)
                                         : target_users_open(&target, comm, config, &model->served, &phases);
    if (done == MFALS_OK)
        done = list(model, &target, config, config->top, function, data);
    target_users_free(&target);
    return done;
}

enum mfals_status mfals_recommend(struct mfals_model *model, struct mfals_options *options,
                                  mfals_list_function *function, void *data)
{
    struct lib_call call = lib_enter(model->context);
    return lib_leave(&call, recommend_model(model, options, function, data));
}

/* [collective] Ratings of new users, matched to the model's items. */
static status match(struct matched **matched, struct mfals_model *model, const struct run_config *trained,
                    const struct rating_arrays *arrays)
{
    const struct comm *comm = &model->context->comm;
    struct ratings_options options = other_ratings_options(RATINGS_FOLD_IN, trained, NULL);
    if (model->ratings != NULL) { /* of a model from a file it is recorded */
        options.aging.has_now = true;
        options.aging.now = model->ratings->ratings->now;
    }
    struct phases phases = {0};
    __attribute__((cleanup(raw_ratings_free))) struct raw_ratings raw;
    TRY(raw_ratings_from_arrays(&raw, comm, arrays, options.read.times));
    return matched_assemble(matched, comm, &raw, &options, &model->known[ITEMS], NULL, &phases);
}

static status recommend_new(struct mfals_model *model, const struct mfals_rating_arrays *arrays, int top,
                            mfals_list_function *function, void *data)
{
    const struct comm *comm = &model->context->comm;
    const struct run_config *trained = model->ratings != NULL ? &model->config : &model->served.config,
                            *config = NULL;
    const struct rating_arrays own = lib_arrays(arrays);
    struct run_config defaults;
    struct target_users target = {0};
    struct matched *matched = NULL;
    TRY(agree(comm, check_listing(&config, &defaults, NULL, top, function)));
    TRY(match(&matched, model, trained, &own));
    status done = target_users_fold_in(&target, comm, &model->view, matched, trained);
    if (done == MFALS_OK)
        done = list(model, &target, config, top, function, data);
    target_users_free(&target);
    return done;
}

enum mfals_status mfals_recommend_fold_in(struct mfals_model *model, const struct mfals_rating_arrays *arrays,
                                          int top, mfals_list_function *function, void *data)
{
    struct lib_call call = lib_enter(model->context);
    return lib_leave(&call, recommend_new(model, arrays, top, function, data));
}

enum mfals_status mfals_recommend_new(struct mfals_model *model, const int64_t *users, const int64_t *items,
                                      const float *values, int64_t count, int top,
                                      mfals_list_function *function, void *data)
{
    const struct mfals_rating_arrays arrays = {
        .users = users, .items = items, .values = values, .count = count};
    return mfals_recommend_fold_in(model, &arrays, top, function, data);
}

/* [local] */
static status check_similar(const struct run_config **config, struct run_config *defaults, const char *id,
                            int top, const struct mfals_item *items)
{
    if (top < 1)
        return fail(MFALS_USAGE, "a list has at least 1 item");
    TRY(lib_need(id, 1, "id"));
    TRY(lib_need(items, top, "items"));
    return lib_config(config, defaults, NULL, FOR_SIMILAR);
}

static status find_similar(struct mfals_model *model, const char *id, int top, struct mfals_item *items,
                           int *count)
{
    const struct comm *comm = &model->context->comm;
    struct run_config defaults;
    const struct run_config *config = NULL;
    scoped struct top_entry *entries = NULL;
    int64_t row;
    TRY(agree(comm, check_similar(&config, &defaults, id, top, items)));
    const struct recommend_options how = list_options(config, top, model->view.side[ITEMS].rows);
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

static status write_lists(struct mfals_model *model, struct mfals_options *options, const char *path,
                          FILE *file)
{
    const struct comm *comm = &model->context->comm;
    struct run_config defaults;
    const struct run_config *config = NULL;
    TRY(agree(comm, lib_config(&config, &defaults, options, FOR_RECOMMEND)));
    if (model->ratings != NULL)
        return fail(MFALS_USAGE, "lists are written for a model from a file: it is to be saved, and opened");
    TRY(agree(comm, path != NULL || file != NULL ? MFALS_OK : lib_need(NULL, 1, "path")));
    return recommendations_write(comm, &model->served, config, path, file);
}

enum mfals_status mfals_recommend_save(struct mfals_model *model, struct mfals_options *options,
                                       const char *path)
{
    struct lib_call call = lib_enter(model->context);
    return lib_leave(&call, write_lists(model, options, path, NULL));
}

enum mfals_status mfals_recommend_print(struct mfals_model *model, struct mfals_options *options, FILE *file)
{
    struct lib_call call = lib_enter(model->context);
    return lib_leave(&call, write_lists(model, options, NULL, file));
}

static status print_similar(struct mfals_model *model, struct mfals_options *options, FILE *file)
{
    const struct comm *comm = &model->context->comm;
    struct run_config defaults;
    const struct run_config *config = NULL;
    TRY(agree(comm, lib_config(&config, &defaults, options, FOR_SIMILAR)));
    return similar_print(comm, &model->view, &model->known[ITEMS], config, file);
}

enum mfals_status mfals_similar_print(struct mfals_model *model, struct mfals_options *options, FILE *file)
{
    struct lib_call call = lib_enter(model->context);
    return lib_leave(&call, print_similar(model, options, file));
}
