/* Rows of new users against items that are given: one half-iteration. */
#ifndef SOLVE_FOLD_H
#define SOLVE_FOLD_H

#include "ratings/ratings.h"
#include "solve/options.h"

/* [collective] x <- the exact rows of the users of `ratings` against items y, as a half-iteration of training with
 * these options gives them, in the coordinates of y.
 *   x        out: [own users x k]
 *   ratings  by[USERS], ids[USERS] and both offsets and rows are used; by[ITEMS] is empty
 *   y        this rank's items under ratings->offsets[ITEMS]: k numbers each, row_floats from one to the next
 * MFALS_BAD_DATA names a user without a solution. */
status solve_new_users(float *x, const struct comm *comm, const struct ratings *ratings, const float *y,
                       int64_t row_floats, const struct solve_options *options);

#endif
