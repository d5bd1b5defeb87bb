#include "use/model_view.h"

#include "solve/model.h"
#include "store/header.h"

#include <string.h>

static struct view_side stored_view(const struct stored_model *model, enum side side)
{
    const struct stored_side *stored = &model->side[side];
    return (struct view_side){.rows = stored->rows,
                              .offsets = stored->offsets,
                              .factors = stored->factors + model->padding,
                              .row_floats = model->row_floats,
                              .bias = stored->bias,
                              .bias_step = 1,
                              .counts = stored->counts,
                              .ids = &stored->ids};
}

struct model_view view_of_stored(const struct stored_model *model)
{
    return (struct model_view){.factors = model->factors,
                               .global_mean = model->global_mean,
                               .unobserved_weight = header_real(model->header, "unobserved_weight", 1),
                               .explicit_scores =
                                   strcmp(header_text(model->header, "algorithm", "ials"), "ials") != 0,
                               .range = model->range,
                               .side = {stored_view(model, USERS), stored_view(model, ITEMS)}};
}

static struct view_side trained_view(const struct model *model, enum side side)
{
    struct view_side view = {.rows = model->ratings->rows[side],
                             .offsets = model->ratings->offsets[side],
                             .counts = model_counts(model, side),
                             .ids = &model->ratings->ids[side]};
    view.factors = model_rows(model, side, &view.row_floats);
    view.bias = model_bias(model, side, &view.bias_step);
    return view;
}

struct model_view view_of_trained(const struct model *model)
{
    return (struct model_view){.factors = model->k,
                               .global_mean = model_global_mean(model),
                               .unobserved_weight = model->unobserved_weight,
                               .explicit_scores = model->options->algorithm != ALGORITHM_IALS,
                               .range = model->ratings->range,
                               .side = {trained_view(model, USERS), trained_view(model, ITEMS)}};
}

float view_bias(const struct view_side *side, int64_t i)
{
    return side->bias == NULL ? 0 : side->bias[i * side->bias_step];
}

status view_check_range(const struct model_view *view)
{
    if (!view->explicit_scores)
        return fail(MFALS_USAGE, "--clip: has a meaning for als and sgd only");
    if (view->range.lowest <= view->range.highest)
        return MFALS_OK;
    return fail(MFALS_BAD_DATA,
                "--clip: the model does not say from where to where the ratings went that it was "
                "trained on, as those of mfals before 0.3 do not: train it anew");
}

bool view_row_is_empty(const struct model_view *view, enum side side, int64_t i)
{
    const struct view_side *of = &view->side[side];
    bool empty = view_bias(of, i) == 0;
    for (int c = 0; c < view->factors && empty; c++)
        empty = of->factors[i * of->row_floats + c] == 0;
    return empty;
}
