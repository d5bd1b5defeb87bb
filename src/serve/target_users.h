/* The users that lists are made for: those of a model, those named by --users, or new ones by --fold-in; and what each
 * has rated, to leave it out.
 *
 *     struct target_users target;
 *     TRY(target_users_open(&target, &comm, &config, &served, &phases));
 *     ... recommend(&comm, &target.view, target.wanted, target.leave_out, ...) ...
 *     target_users_free(&target);                  in any case
 */
#ifndef SERVE_TARGET_USERS_H
#define SERVE_TARGET_USERS_H

#include "serve/seen.h"
#include "use/fold_in.h"

struct target_users {
    struct model_view view;
    struct known_ids users;      /* the model's, or those folded in */
    const struct csr *leave_out; /* by user; may be NULL */
    char *wanted;                /* owned; NULL: all users */
    struct seen seen;            /* owned, as what follows */
    struct matched *new_users;   /* of --fold-in */
    struct folded folded;
};

/* [collective] As the configuration of recommend says. *target is set in any case. MFALS_BAD_DATA where no user of
 * --users is known; MFALS_NO_INPUT where nothing tells what users have rated. */
status target_users_open(struct target_users *target, const struct comm *comm,
                         const struct run_config *config, const struct served_model *served,
                         struct phases *phases);

/* [collective] target->wanted <- those of target->users that --user or --users name; all where neither is given.
 * MFALS_BAD_DATA where none is known. */
status target_users_choose(struct target_users *target, const struct comm *comm,
                           const struct run_config *config);

/* [collective] New users in place of those of view, by a model of that configuration (of train): those of ratings that
 * were read in RATINGS_FOLD_IN and matched to its items, which are then theirs to leave out. Takes over matched, also
 * on failure. */
status target_users_fold_in(struct target_users *target, const struct comm *comm,
                            const struct model_view *view, struct matched *matched,
                            const struct run_config *model);

/* [local] */
void target_users_free(struct target_users *target);

#endif
