#include "api/audience.h"

#include "api/test_set.h"
#include "base/log.h"

#include <inttypes.h>

status audience_fold_in(struct audience *audience, const struct comm *comm, const struct model_view *view,
                        struct matched *matched, const struct solve_options *solve)
{
    struct model_view known = *view;
    audience->new_users = matched;
    audience->users = (struct known_ids){&matched->new_users, matched->new_offsets};
    TRY(fold_in(&audience->folded, comm, &known, &audience->users, &matched->by_user, solve));
    audience->view = folded_view(&audience->folded, &known, &audience->users);
    audience->leave_out = &matched->by_user;
    return MFALS_OK;
}

/* [collective] Users of whose items the model knows none are not wanted. */
static status pass_over_empty(struct audience *audience, const struct comm *comm, const struct csr *by_user)
{
    int64_t empty = 0;
    TRY(allocate_on_all(comm, &audience->wanted, by_user->rows));
    for (int64_t i = 0; i < by_user->rows; i++) {
        audience->wanted[i] = (char)(by_user->start[i + 1] > by_user->start[i]);
        empty += !audience->wanted[i];
    }
    comm_sum_int(comm, &empty, 1);
    if (empty > 0)
        log_warning("--fold-in: %" PRId64 " users have no item that the model knows, and get no list", empty);
    return MFALS_OK;
}

/* The users of --fold-in in place of the model's. */
static status fold_users_in(struct audience *audience, const struct comm *comm,
                            const struct settings *settings, struct trained *trained, struct phases *phases)
{
    struct ratings_options options = settings->ratings;
    char *paths[] = {(char *)settings->fold_in}; /* not written to */
    options.paths = paths;
    options.path_count = 1;
    options.positive_only = trained->settings.solve.algorithm == ALGORITHM_IALS;
    options.log_epsilon = trained->settings.ratings.log_epsilon;
    if (!settings->has_duplicates)
        options.duplicates = trained->settings.ratings.duplicates;
    struct matched *matched;
    TRY(matched_load(&matched, comm, &options, &trained->known[ITEMS], NULL, phases));
    if (matched->unknown_items > 0)
        log_warning("--fold-in: %" PRId64 " items are not known to the model; their ratings are left out",
                    matched->unknown_items);
    TRY(audience_fold_in(audience, comm, &audience->view, matched, &trained->settings.solve));
    TRY(pass_over_empty(audience, comm, &matched->by_user));
    if (settings->include_seen)
        audience->leave_out = NULL;
    return MFALS_OK;
}

/* [local] Of the users wanted so far (NULL: all) those remain that `wanted`, taken over, has too. */
static void want_only(struct audience *audience, char *wanted, int64_t rows)
{
    for (int64_t i = 0; audience->wanted != NULL && i < rows; i++)
        wanted[i] = (char)(wanted[i] && audience->wanted[i]);
    memory_free(audience->wanted);
    audience->wanted = wanted;
}

/* --user, --users */
static status choose_named(char **wanted, const struct audience *audience, const struct comm *comm,
                           const struct settings *settings)
{
    const int64_t *offsets = audience->users.offsets + comm->rank;
    int64_t row, found, unknown;
    if (settings->users != NULL) {
        TRY(ids_list_load(wanted, &found, &unknown, comm, settings->users, &audience->users));
        return found > 0
                   ? MFALS_OK
                   : fail(MFALS_BAD_DATA, "--users: none of the users in '%s' is known", settings->users);
    }
    TRY(ids_find_text(&row, comm, settings->user, &audience->users));
    if (row < 0)
        return fail(MFALS_BAD_DATA, "--user: there is no user '%s'", settings->user);
    TRY(allocate_on_all(comm, wanted, offsets[1] - offsets[0]));
    if (offsets[0] <= row && row < offsets[1])
        (*wanted)[row - offsets[0]] = 1;
    return MFALS_OK;
}

static status choose(struct audience *audience, const struct comm *comm, const struct settings *settings,
                     struct trained *trained, struct phases *phases)
{
    audience->view = view_of_stored(trained->model);
    audience->users = trained->known[USERS];
    if (settings->fold_in != NULL)
        TRY(fold_users_in(audience, comm, settings, trained, phases));
    else if (!settings->include_seen) {
        TRY(seen_load(&audience->seen, comm, settings, trained, phases));
        audience->leave_out = audience->seen.csr;
    }
    if (settings->user == NULL && settings->users == NULL)
        return MFALS_OK;
    char *wanted = NULL;
    status chosen = choose_named(&wanted, audience, comm, settings);
    if (chosen != MFALS_OK) {
        memory_free(wanted);
        return chosen;
    }
    const int64_t *offsets = audience->users.offsets + comm->rank;
    want_only(audience, wanted, offsets[1] - offsets[0]);
    return MFALS_OK;
}

status audience_open(struct audience *audience, const struct comm *comm, const struct settings *settings,
                     struct trained *trained, struct phases *phases)
{
    *audience = (struct audience){0};
    return choose(audience, comm, settings, trained, phases);
}

void audience_free(struct audience *audience)
{
    memory_free(audience->wanted);
    folded_free(&audience->folded);
    matched_free(&audience->new_users);
    seen_free(&audience->seen);
}
