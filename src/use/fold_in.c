#include "use/fold_in.h"

#include "base/memory.h"
#include "solve/fold.h"

status fold_in(struct folded *folded, const struct comm *comm, const struct model_view *view,
               const struct known_ids *users, const struct csr *by_user, const struct solve_options *options)
{
    const struct view_side *items = &view->side[ITEMS];
    *folded = (struct folded){0};
    /* The solver only reads these. */
    struct ratings ratings = {.rows = {users->offsets[comm->size], items->rows},
                              .offsets = {(int64_t *)users->offsets, (int64_t *)items->offsets},
                              .by = {*by_user},
                              .ids = {*users->ids, {0}}};
    struct solve_options as_the_model = *options;
    as_the_model.factors = view->factors;
    struct given_items given = {.factors = items->factors,
                                .row_floats = items->row_floats,
                                .bias = items->bias,
                                .bias_step = items->bias_step,
                                .mean = view->global_mean};
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
