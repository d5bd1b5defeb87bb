#include "serve/target_users.h"

#include "input/other_ratings.h"
#include "ratings/csr.h"

status target_users_fold_in(struct target_users *target, const struct comm *comm,
                            const struct model_view *view, struct matched *matched,
                            const struct run_config *model)
{
    struct model_view known = *view;
    __attribute__((cleanup(csr_free))) struct csr positive = {0};
    const struct csr *trained_on = &matched->by_user;
    target->new_users = matched;
    target->users = (struct known_ids){&matched->new_users, matched->new_offsets};
    if (!run_config_is_explicit(model) && model->solve.nonpositive == NONPOSITIVE_DROP) {
        TRY(agree(comm, csr_positive(&positive, &matched->by_user)));
        trained_on = &positive;
    }
    TRY(fold_in(&target->folded, comm, &known, &target->users, trained_on, &model->solve));
    target->view = folded_view(&target->folded, &known, &target->users);
    target->leave_out = &matched->by_user;
    return MFALS_OK;
}

/* The users of --fold-in in place of the model's. */
static status fold_users_in(struct target_users *target, const struct comm *comm,
                            const struct run_config *config, const struct served_model *served,
                            struct phases *phases)
{
    struct matched *matched;
    TRY(other_ratings_load(&matched, comm, RATINGS_FOLD_IN, config->fold_in, &served->config, config,
                           served->known, phases));
    TRY(target_users_fold_in(target, comm, &target->view, matched, &served->config));
    if (config->include_seen)
        target->leave_out = NULL;
    return MFALS_OK;
}

status target_users_choose(struct target_users *target, const struct comm *comm,
                           const struct run_config *config)
{
    const int64_t *offsets = target->users.offsets + comm->rank;
    int64_t row, found, unknown;
    if (config->user == NULL && config->users == NULL)
        return MFALS_OK;
    if (config->users != NULL) {
        TRY(ids_list_load(&target->wanted, &found, &unknown, comm, config->users,
                          config->ratings.read.encoding, &target->users));
        return found > 0 ? MFALS_OK
                         : fail(MFALS_BAD_DATA, "--users: none of the users in '%s' is known", config->users);
    }
    TRY(ids_find_text(&row, comm, config->user, &target->users));
    if (row < 0)
        return fail(MFALS_BAD_DATA, "--user: there is no user '%s'", config->user);
    TRY(allocate_on_all(comm, &target->wanted, offsets[1] - offsets[0]));
    if (offsets[0] <= row && row < offsets[1])
        target->wanted[row - offsets[0]] = 1;
    return MFALS_OK;
}

status target_users_open(struct target_users *target, const struct comm *comm,
                         const struct run_config *config, const struct served_model *served,
                         struct phases *phases)
{
    *target = (struct target_users){.view = view_of_stored(served->model), .users = served->known[USERS]};
    if (config->fold_in != NULL) {
        TRY(fold_users_in(target, comm, config, served, phases));
    } else if (!config->include_seen) {
        TRY(seen_load(&target->seen, comm, config, served, phases));
        target->leave_out = target->seen.csr;
    }
    return target_users_choose(target, comm, config);
}

void target_users_free(struct target_users *target)
{
    memory_free(target->wanted);
    folded_free(&target->folded);
    matched_free(&target->new_users);
    seen_free(&target->seen);
}
