#include "use/fold_in.h"

#include "base/memory.h"
#include "solve/fold.h"

/* [collective] As they were in training. */
static status find_weights(struct given_items *given, const struct comm *comm, const struct model_view *view,
                           const struct solve_options *options)
{
    if (!solve_options_weighs_rows(options))
        return MFALS_OK;
    for (int side = USERS; side <= ITEMS; side++) {
        const struct view_side *rows = &view->side[side];
        int64_t own = rows->offsets[comm->rank + 1] - rows->offsets[comm->rank];
        if (rows->counts == NULL)
            return fail(MFALS_BAD_DATA,
                        "the model is damaged: it does not hold the numbers of ratings that it "
                        "weighs unobserved cells by");
        TRY(row_weights_find(&given->weights[side], comm, rows->counts, own, rows->rows,
                             options->row_exponent[side]));
    }
    given->counts = view->side[ITEMS].counts;
    return MFALS_OK;
}

status fold_in(struct folded *folded, const struct comm *comm, const struct model_view *view,
               const struct known_ids *users, const struct csr *by_user, const struct solve_options *options)
{
    const struct view_side *items = &view->side[ITEMS];
    *folded = (struct folded){0};
    /* The solver only reads these. */
    struct ratings ratings = {.rows = {users->offsets[comm->size], items->rows},
                              .offsets = {(int64_t *)users->offsets, (int64_t *)items->offsets},
                              .by = {*by_user},
                              .weighed = by_user->weight != NULL, /* or on no rank */
                              .ids = {*users->ids, {0}}};
    struct solve_options as_the_model = *options;
    as_the_model.factors = view->factors;
    as_the_model.unobserved_ratio = 0;
    as_the_model.unobserved_weight = view->unobserved_weight;
    struct given_items given = {.factors = items->factors,
                                .row_floats = items->row_floats,
                                .bias = items->bias,
                                .bias_step = items->bias_step,
                                .mean = view->global_mean};
    TRY(find_weights(&given, comm, view, options));
    TRY(allocate_on_all(comm, &folded->factors, by_user->rows * view->factors));
    if (items->bias != NULL)
        TRY(allocate_on_all(comm, &folded->bias, by_user->rows));
    return solve_new_users(folded->factors, folded->bias, comm, &ratings, &given, &as_the_model);
}

struct model_view folded_view(const struct folded *folded, const struct model_view *view,
                              const struct known_ids *users)
{
    struct model_view with = *view;
    with.side[USERS] = (struct view_side){.rows = users->ids->rows,
                                          .offsets = users->offsets,
                                          .factors = folded->factors,
                                          .row_floats = view->factors,
                                          .bias = folded->bias,
                                          .bias_step = 1,
                                          .ids = users->ids};
    return with;
}

void folded_free(struct folded *folded)
{
    memory_free(folded->factors);
    memory_free(folded->bias);
    *folded = (struct folded){0};
}
