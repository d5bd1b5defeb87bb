/* What one does with a model: evaluate it, list the best items for users old and new, find similar items.
 *
 *     double ndcg;
 *     TRY(mfals_evaluate(model, NULL));
 *     if (mfals_metric(&ndcg, model, "ndcg@10"))
 *         printf("%g\n", ndcg);
 *     TRY(mfals_recommend(model, NULL, print_list, stdout));
 *     struct mfals_options *one_user;
 *     TRY(mfals_options_new(&one_user, context, "recommend"));
 *     TRY(mfals_options_set(one_user, "user", "7"));
 *     TRY(mfals_recommend(model, one_user, print_list, stdout));
 *     mfals_options_free(&one_user);
 */
#ifndef MFALS_USE_H
#define MFALS_USE_H

#include <mfals/model.h>
#include <stdio.h>

MFALS_BEGIN

/* [collective] Measures the model on test ratings. options: of "evaluate", with `test`, for a model that was opened;
 * NULL for one that was trained here, whose own test or hold-out it is then. MFALS_USAGE where there is no test;
 * MFALS_BAD_DATA. */
MFALS_API enum mfals_status mfals_evaluate(struct mfals_model *model, struct mfals_options *options);

/* [collective] The same on the test of a model that was trained here, for items ranked by their numbers of ratings in
 * place of the model's scores. MFALS_USAGE for a model that was opened, or without a test. */
MFALS_API enum mfals_status mfals_evaluate_popularity(struct mfals_model *model);

/* [local] Whether a model that was trained here has a test. */
MFALS_API int mfals_has_test(const struct mfals_model *model);

/* [local] A metric of the latest evaluation by name: "hr@10", "ndcg@10", "mrr", "auc", "rmse", ... (mfals/names.h lists
 * them). Returns 0 where there is none of that name. */
MFALS_API int mfals_metric(double *value, const struct mfals_model *model, const char *name);

/* The latest evaluation; valid until the next one. */
struct mfals_evaluation {
    int64_t users, ratings; /* tested */
    int64_t
        unknown_ratings; /* besides, of users or items that the model does not know: they count in rmse and mae */
    int metrics;         /* how many there are */
    const char *const *names; /* [metrics] */
    const double *values;     /* [metrics] */
};

/* [local] */
MFALS_API void mfals_evaluation(struct mfals_evaluation *evaluation, const struct mfals_model *model);

struct mfals_item {
    const char *id;
    int64_t row;
    float score;
};

/* Takes the list of a user, best first, on the rank that holds the user; valid during the call. Anything but 0 ends the
 * listing, with MFALS_USAGE. */
typedef int mfals_list_function(const char *user, const struct mfals_item *items, int count, void *data);

/* [collective] The best items for users, without what they have rated: for all, or for those that option user or users
 * names. options: of "recommend"; NULL: lists of 10 for all. A model that was opened goes by all of them (top, seen,
 * include-seen, fold-in, ...), and without seen, include-seen and fold-in needs the ratings it was trained on. One that
 * was trained here goes by its own ratings, and by user, users, top and include-seen; seen and fold-in are MFALS_USAGE,
 * as is no function. MFALS_NO_INPUT; MFALS_BAD_DATA, also for a user that is not known. */
MFALS_API enum mfals_status mfals_recommend(struct mfals_model *model, struct mfals_options *options,
                                            mfals_list_function *function, void *data);

/* [collective] The same lists in a file, as `mfals recommend` writes them: a line an item, a JSON object an item, or
 * HDF5, as output-format or the file's name say, with titles where the options name some. Only for a model that was
 * opened. MFALS_USAGE, MFALS_NO_OUTPUT, MFALS_IO and the above. */
MFALS_API enum mfals_status mfals_recommend_save(struct mfals_model *model, struct mfals_options *options,
                                                 const char *path);

/* [collective] The same as lines, by way of rank 0 to its file, which other ranks' files are not. */
MFALS_API enum mfals_status mfals_recommend_print(struct mfals_model *model, struct mfals_options *options,
                                                  FILE *file);

/* [collective] The same for users the model need not know: each rank hands over any part of their ratings, as to
 * mfals_ratings_from_arrays, and each new user's factors are solved for against the model's items. Lists of `top`
 * unrated items, top being 1 or more. Ratings of unknown items are left out; times matter to a model with half-life, which
 * needs them, and for "last" duplicates. MFALS_USAGE, MFALS_BAD_DATA. */
MFALS_API enum mfals_status mfals_recommend_fold_in(struct mfals_model *model,
                                                    const struct mfals_rating_arrays *arrays, int top,
                                                    mfals_list_function *function, void *data);

/* [collective] The same with ids that are integers, each array by itself. */
MFALS_API enum mfals_status mfals_recommend_new(struct mfals_model *model, const int64_t *users,
                                                const int64_t *items, const float *values, int64_t count,
                                                int top, mfals_list_function *function, void *data);

/* [collective] The `top` items nearest by cosine to the item of that id: items [top] on every rank, *count of them;
 * ids are valid until the next such call for the model. MFALS_USAGE for a top below 1 and for NULL; MFALS_BAD_DATA for
 * an unknown id. */
MFALS_API enum mfals_status mfals_similar(struct mfals_model *model, const char *id, int top,
                                          struct mfals_item *items, int *count);

/* [collective] As lines to rank 0's file, as `mfals similar` prints them: for `item` of the options, of "similar".
 * MFALS_USAGE without it, MFALS_BAD_DATA for an unknown one, MFALS_NO_INPUT for the file of titles, MFALS_IO. */
MFALS_API enum mfals_status mfals_similar_print(struct mfals_model *model, struct mfals_options *options,
                                                FILE *file);

MFALS_END
#endif
