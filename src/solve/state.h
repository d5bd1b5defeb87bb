/* Where a model stands, and how another run takes it up: with its rows this is all it takes to go on to the same bits.
 *
 *     struct model_state state;
 *     model_state(&state, model);                        to be written, with the rows (solve/train.h)
 *
 *     TRY(model_open(&model, ...));                      in the next run
 *     model_set_rows(model, USERS, &part);               ... all rows of this rank, both sides
 *     TRY(model_resume(model, &state));
 */
#ifndef SOLVE_STATE_H
#define SOLVE_STATE_H

#include "solve/train.h"

struct model_state {
    int iteration; /* complete ones */
    enum side
        half; /* that is solved for next; in the middle of it the other side stands still, and this one is refuse */
    bool interrupted;            /* the next iteration has begun: the model is that of no number of them */
    bool in_eigenbasis;          /* the other side has been rotated to the eigenbasis of its Gram matrix: */
    const double *axes;          /* [k + 1 x k] Q' and g of them, where in_eigenbasis; not owned */
    bool precise;                /* Gram matrices in double */
    double rate, last_objective; /* sgd: of the next epoch; of the last */
};

/* [local] state->axes points into the model. */
void model_state(struct model_state *state, const struct model *model);

/* Some of a rank's rows as a file has them. */
struct row_part {
    int64_t first, count; /* own rows: first .. first + count - 1 */
    const float *factors; /* [count x k] */
    const float *bias;    /* [count]; NULL for 0 */
};

/* [local] */
void model_set_rows(struct model *model, enum side side, const struct row_part *part);

/* [collective] Puts the model, whose rows have been set, where it stood. MFALS_BAD_DATA for factors beyond all
 * range. */
status model_resume(struct model *model, const struct model_state *state);

/* [local] As model_rows and model_bias, of what model_keep remembered last; NULL if nothing. */
const float *model_kept_rows(const struct model *model, enum side side, int64_t *row_floats);
const float *model_kept_bias(const struct model *model, enum side side, int64_t *step);

#endif
