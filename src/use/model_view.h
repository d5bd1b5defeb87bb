/* What using a model needs of it, whether it was just trained or read from a file. Nothing in it is owned.
 *
 * Predicted score of user u and item i: global_mean + bias_u + bias_i + x_u . y_i, a part that is missing being 0. */
#ifndef USE_MODEL_VIEW_H
#define USE_MODEL_VIEW_H

#include "ratings/ids.h"
#include "read/raw.h"
#include "solve/train.h"
#include "store/model_reader.h"

struct view_side {
    int64_t rows;
    const int64_t *offsets; /* the partition */
    const float *factors; /* this rank's rows: the k numbers of own row i begin at factors + i * row_floats */
    int64_t row_floats;   /* from one row to the next */
    const float *bias;    /* of own rows, the own row i at bias[i * bias_step]; NULL for none */
    int64_t bias_step;
    const int64_t *counts; /* ratings in training of own rows; NULL where the model does not go by them */
    const struct ids *ids; /* of own rows */
};

struct model_view {
    int factors; /* k */
    double global_mean;
    double unobserved_weight; /* a0 of implicit models */
    bool explicit_scores;     /* scores are predicted ratings */
    struct value_range range; /* of the values it was trained on, where that is known */
    struct view_side side[2];
};

/* [local] Whether own row i has no factors, as of a user or an item no rating of whom was trained on: all its numbers
 * are 0. */
bool view_row_is_empty(const struct model_view *view, enum side side, int64_t i);

/* [local] The bias of own row i; 0 where there is none. */
float view_bias(const struct view_side *side, int64_t i);

/* [local] Whether scores can be clipped to the range of the training: MFALS_USAGE if they are no ratings, MFALS_BAD_DATA
 * if the range is not known. */
status view_check_range(const struct model_view *view);

/* [local] Views of a stored and of a trained model; valid as long as they live and are not trained further. */
struct model_view view_of_stored(const struct stored_model *model);
struct model_view view_of_trained(const struct model *model);

#endif
