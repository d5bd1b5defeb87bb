/* Rows of new users against items that are given: one half-iteration. */
#ifndef SOLVE_FOLD_H
#define SOLVE_FOLD_H

#include "ratings/ratings.h"
#include "solve/options.h"
#include "solve/row_weights.h"

/* This rank's items of a model. Not owned. */
struct given_items {
    const float *factors; /* k numbers each, row_floats from one to the next */
    int64_t row_floats;
    const float *bias; /* bias_step from one to the next; NULL where the model has none */
    int64_t bias_step;
    double mean;                   /* that scores start from */
    const int64_t *counts;         /* ratings in training; NULL where cells without rating all weigh alike */
    struct row_weights weights[2]; /* of the training's users and items there */
};

/* [collective] x <- the exact rows of the users of `ratings` against the items, as a half-iteration of training with
 * these options gives them, in the coordinates of the items. For sgd: the minimum of its objective, that of als with
 * lambda n_u.
 *   x        out: [own users x k];  bias  out: [own users], where the items have biases
 *   ratings  by[USERS], ids[USERS] and both offsets and rows are used; by[ITEMS] is empty
 *   items    under ratings->offsets[ITEMS]
 * MFALS_BAD_DATA names a user without a solution. */
status solve_new_users(float *x, float *bias, const struct comm *comm, const struct ratings *ratings,
                       const struct given_items *items, const struct solve_options *options);

#endif
