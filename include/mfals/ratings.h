/* Ratings, dealt to the ranks as the training needs them.
 *
 *     struct mfals_ratings *ratings;
 *     const int64_t users[] = {7, 7, 9}, items[] = {1, 2, 1};
 *     const float values[] = {1, 3, 2};
 *     TRY(mfals_ratings_from_arrays(&ratings, options, &(struct mfals_rating_arrays){
 *         .count = 3, .users = users, .items = items, .values = values}));
 *     if (mfals_ratings_rows(ratings, MFALS_USERS) == 0)
 *         return MFALS_BAD_DATA;
 *     mfals_ratings_free(&ratings);
 *
 * The options of the training say how ratings are read, combined, held out and dealt out; they must outlive the
 * ratings. Any number of trainings, one after the other, may follow, each by the options as they are then. Those that
 * belong to the reading are fixed with it:
 *   algorithm bad-line-limit columns duplicates encoding format half-life header holdout holdout-last holdout-users ids
 *   nonpositive now on-bad-line separator sgd-blocks
 * and, where a hold-out is drawn at random, seed. mfals_train refuses ratings that were read by others of these with
 * MFALS_USAGE, naming the option; all other options of "train" are of the training.
 */
#ifndef MFALS_RATINGS_H
#define MFALS_RATINGS_H

#include <mfals/options.h>

MFALS_BEGIN

struct mfals_ratings;

enum mfals_side { MFALS_USERS, MFALS_ITEMS };

/* [collective] From files as the command line takes them: text, also compressed, folders of such, or one HDF5 file, of
 * `mfals convert` or of others (data/README.md). paths NULL: the words of the options; where there are none, the sample that comes with mfals.
 * options: of "train", or, to save the ratings only, of "convert", which keeps several of a pair apart
 * unless told otherwise. MFALS_USAGE for a negative count of paths, and where
 * one of them is NULL; MFALS_NO_INPUT, MFALS_IO, MFALS_BAD_DATA with
 * "file:line:column: reason"; MFALS_REQUEUE where it was stopped. */
MFALS_API enum mfals_status mfals_ratings_read(struct mfals_ratings **ratings, struct mfals_options *options,
                                               const char *const *paths, int count);

/* Ratings in a rank's own memory. Users, and likewise items, are integers or text. Times are in any unit, later ones larger;
 * half-life takes them for seconds or, by their size, milli-, micro- or nanoseconds. Nothing of it is kept. */
struct mfals_rating_arrays {
    int64_t count; /* of this rank, 0 or more; each array that is not NULL has so many elements */
    const int64_t *users, *items;  /* ids, or NULL and */
    const char *const *user_texts; /* ids of 1 to 255 bytes of UTF-8 without control characters */
    const char *const *item_texts;
    const float *values;  /* finite; NULL: all 1 */
    const int64_t *times; /* for holdout-last, half-life and "last" duplicates; NULL: none */
};

/* [collective] From memory: each rank hands over any part of them, in the order of the ranks. MFALS_USAGE for a
 * negative count, NULL for users or items where count is not 0, and holdout-last or half-life without times;
 * MFALS_BAD_DATA for a value that is not finite, a text that is no id, and where no rank has a rating. */
MFALS_API enum mfals_status mfals_ratings_from_arrays(struct mfals_ratings **ratings,
                                                      struct mfals_options *options,
                                                      const struct mfals_rating_arrays *arrays);

/* [collective] The same with each array by itself, and without times. */
MFALS_API enum mfals_status mfals_ratings_from_ids(struct mfals_ratings **ratings,
                                                   struct mfals_options *options, const int64_t *users,
                                                   const int64_t *items, const float *values, int64_t count);
MFALS_API enum mfals_status mfals_ratings_from_texts(struct mfals_ratings **ratings,
                                                     struct mfals_options *options, const char *const *users,
                                                     const char *const *items, const float *values,
                                                     int64_t count);

/* [local] Pairs to train on, and users or items, of all ranks. */
MFALS_API int64_t mfals_ratings_count(const struct mfals_ratings *ratings);
MFALS_API int64_t mfals_ratings_rows(const struct mfals_ratings *ratings, enum mfals_side side);

/* How they came to be. */
struct mfals_ratings_info {
    int path_count;           /* 0: they were handed over */
    const char *const *paths; /* [path_count] valid as long as the ratings */
    int64_t files, bytes;     /* that were found there, as they lie there */
    int64_t lines, bad_lines; /* read; skipped */
    int64_t duplicates;       /* combined with others */
    int64_t left_out;         /* that are no feedback for an implicit model */
    char digest[33];          /* of all ids and values, as models record it */
};

/* [local] */
MFALS_API void mfals_ratings_describe(struct mfals_ratings_info *info, const struct mfals_ratings *ratings);

/* [collective] To an HDF5 file, which is read faster than text. MFALS_NO_OUTPUT, MFALS_IO. */
MFALS_API enum mfals_status mfals_ratings_save(struct mfals_ratings *ratings, const char *path);

/* [collective] Made-up ratings to a text file, as the options, of "generate", say; the same bytes on any number of
 * ranks. *count, *bytes <- how many. MFALS_USAGE for a name of another format; MFALS_NO_OUTPUT, MFALS_IO. */
MFALS_API enum mfals_status mfals_generate(struct mfals_options *options, const char *path, int64_t *count,
                                           int64_t *bytes);

/* [local] */
MFALS_API void mfals_ratings_free(struct mfals_ratings **ratings);

MFALS_END
#endif
