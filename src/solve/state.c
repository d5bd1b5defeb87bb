#include "solve/state.h"

#include "solve/eigenbasis.h"
#include "solve/gram.h"
#include "solve/model.h"
#include "solve/sgd.h"

#include <string.h>

void model_state(struct model_state *state, const struct model *model)
{
    *state = (struct model_state){.iteration = model->iteration,
                                  .half = model->half,
                                  .interrupted = model->interrupted,
                                  .in_eigenbasis = model->in_eigenbasis,
                                  .axes = model->eigenbasis.vectors,
                                  .precise = model->precise};
    if (model->sgd != NULL)
        sgd_state(&state->rate, &state->last_objective, model->sgd);
}

void model_set_rows(struct model *model, enum side side, const struct row_part *part)
{
    float *row = model_own_rows(model, side) + part->first * model->row_floats;
    int place = model_bias_place(model, side);
    for (int64_t i = 0; i < part->count; i++, row += model->row_floats) {
        memcpy(row + model->first, part->factors + i * model->k, (size_t)model->k * sizeof *row);
        if (place >= 0)
            row[place] = part->bias == NULL ? 0 : part->bias[i];
    }
}

status model_resume(struct model *model, const struct model_state *state)
{
    enum side fixed = state->half == USERS ? ITEMS : USERS;
    model->iteration = state->iteration;
    model->half = state->half;
    model->interrupted = state->interrupted;
    model->in_eigenbasis = state->in_eigenbasis;
    model->precise = state->precise;
    if (model->sgd != NULL)
        sgd_resume(model->sgd, state->rate, state->last_objective);
    for (int side = USERS; side <= ITEMS; side++)
        exchange_rows(model->side[side].exchange);
    if (model->options->algorithm != ALGORITHM_IALS)
        return MFALS_OK;
    return state->in_eigenbasis ? eigenbasis_resume(model, fixed, state->axes) : gram(model, fixed);
}

const float *model_kept_rows(const struct model *model, enum side side, int64_t *row_floats)
{
    const float *kept = model->side[side].kept;
    *row_floats = model->row_floats;
    return kept == NULL ? NULL : kept + model->first;
}

const float *model_kept_bias(const struct model *model, enum side side, int64_t *step)
{
    const float *kept = model->side[side].kept;
    int place = model_bias_place(model, side);
    *step = model->row_floats;
    return kept == NULL || place < 0 ? NULL : kept + place;
}
