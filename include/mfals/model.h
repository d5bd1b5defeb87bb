/* Models: trained here, or read from a file.
 *
 *     struct mfals_model *model;
 *     TRY(mfals_train(&model, ratings, &(struct mfals_observer){.iteration = report}));
 *     TRY(mfals_model_save(model, "model.h5"));
 *     int64_t first, rows = mfals_model_local_rows(model, MFALS_ITEMS, &first);
 *     for (int64_t i = first; i < first + rows; i++) {
 *         char id[MFALS_ID_SIZE];
 *         mfals_model_id(model, MFALS_ITEMS, i, id);
 *         printf("%s: %g\n", id, mfals_model_row(model, MFALS_ITEMS, i)[0]);
 *     }
 *     mfals_model_free(&model);
 */
#ifndef MFALS_MODEL_H
#define MFALS_MODEL_H

#include <mfals/ratings.h>

MFALS_BEGIN

struct mfals_model;

/* What is known after an iteration; valid during the call. */
struct mfals_iteration {
    int number;               /* from 1 on */
    double seconds;           /* on this rank */
    int stats;                /* how many there are: objective, rmse, ... as the program's lines have them */
    const char *const *names; /* [stats] */
    const double *values;     /* [stats] the same on every rank */
    double solve_seconds, exchange_seconds, wait_seconds; /* on this rank */
    int64_t resolved_rows;                                /* solved again in double precision, on all ranks */
};

/* What is called on every rank while a training runs. Each may be NULL. */
struct mfals_observer {
    /* Where the training goes on from a checkpoint, before `begin`: its file, and how many whole iterations it has. */
    void (*resume)(const char *path, int iterations, void *data);
    /* Before the first iteration, with the number of iterations of the whole training. */
    void (*begin)(int iterations, void *data);
    /* After each iteration. Anything but 0, the same on all ranks, ends the training with the model as it is. */
    int (*iteration)(const struct mfals_iteration *iteration, void *data);
    /* Once the checkpoint after that iteration stands, so many seconds after it was begun. */
    void (*checkpoint)(int64_t iteration, double seconds, void *data);
    void *data;
};

/* [collective] What would make a training, a conversion of ratings or lists with these options fail, before ratings
 * or models are read: an `output` that cannot be written or says no format, or a checkpoint-dir of another training,
 * or either in use by another run. Both are held against other runs from here on: a training's until its model is
 * saved or freed, else until the options are freed. *resumes <- whether it goes on from a checkpoint. Need not be
 * called; the options cannot be set any more until the training has begun. The failures of mfals_train. */
MFALS_API enum mfals_status mfals_prepare(struct mfals_options *options, int *resumes);

/* [collective] Trains as the ratings' options say, those that belong to reading being as when the ratings were read
 * (mfals/ratings.h). With checkpoint-dir it writes checkpoints, and goes on from the newest as `resume` says.
 * observer may be NULL. ratings must outlive the model. MFALS_USAGE; MFALS_REQUEUE where it stopped by mfals_stop or
 * max-time; MFALS_BAD_DATA, MFALS_NO_OUTPUT, MFALS_BAD_CHECKPOINT, MFALS_IO as the program. *model is NULL then. */
MFALS_API enum mfals_status mfals_train(struct mfals_model **model, struct mfals_ratings *ratings,
                                        const struct mfals_observer *observer);

/* [collective] A trained model to a file, as the program writes it, byte by byte. MFALS_NO_OUTPUT, MFALS_IO;
 * MFALS_USAGE for a model that was opened. */
MFALS_API enum mfals_status mfals_model_save(struct mfals_model *model, const char *path);

/* [collective] A model file, or a checkpoint, for other programs: to a PREFIX.npy, in NumPy's format, one file for
 * each of users, items and their ids; to .txt and .tsv as text. MFALS_USAGE for another name; MFALS_NO_OUTPUT,
 * MFALS_IO. */
MFALS_API enum mfals_status mfals_model_convert(struct mfals_context *context, const char *model,
                                                const char *path);

/* [collective] A model file, or a checkpoint of a whole iteration. MFALS_NO_INPUT, MFALS_BAD_DATA. */
MFALS_API enum mfals_status mfals_model_open(struct mfals_model **model, struct mfals_context *context,
                                             const char *path);

/* [local] k, the number of factors; the mean that scores of explicit models start from, else 0. The score of user u
 * and item i is mean + bias of u + bias of i + x_u . y_i. */
MFALS_API int mfals_model_factors(const struct mfals_model *model);
MFALS_API double mfals_model_mean(const struct mfals_model *model);

/* [local] All rows of a side; those that this rank holds: *first and on, as many as are returned. */
MFALS_API int64_t mfals_model_rows(const struct mfals_model *model, enum mfals_side side);
MFALS_API int64_t mfals_model_local_rows(const struct mfals_model *model, enum mfals_side side,
                                         int64_t *first);

/* [collective] *row <- of the id, as text, on every rank: from 0 on, and -1 where the model has no such user or item.
 * An integer is written as it comes back: "17", not "017". MFALS_USAGE for NULL. */
MFALS_API enum mfals_status mfals_model_find(int64_t *row, struct mfals_model *model, enum mfals_side side,
                                             const char *id);

/* [local] Of a row that this rank holds: its k factors, valid as long as the model; its bias, 0 where there are none;
 * its id as text. */
enum { MFALS_ID_SIZE = 256 };
MFALS_API const float *mfals_model_row(const struct mfals_model *model, enum mfals_side side, int64_t row);
MFALS_API float mfals_model_bias(const struct mfals_model *model, enum mfals_side side, int64_t row);
MFALS_API void mfals_model_id(const struct mfals_model *model, enum mfals_side side, int64_t row,
                              char id[MFALS_ID_SIZE]);

/* [collective] */
MFALS_API void mfals_model_free(struct mfals_model **model);

MFALS_END
#endif
