/* Whom lists are made for: the users of a model, those named by --users, or new ones by --fold-in; and what each has
 * rated, to leave it out.
 *
 *     struct audience audience;
 *     TRY(audience_open(&audience, &comm, &settings, &trained, &phases));
 *     ... recommend(&comm, &audience.view, audience.wanted, audience.leave_out, ...) ...
 *     audience_free(&audience);                  in any case
 */
#ifndef API_AUDIENCE_H
#define API_AUDIENCE_H

#include "api/trained.h"
#include "use/fold_in.h"

struct audience {
    struct model_view view;
    struct known_ids users;      /* the model's, or those folded in */
    const struct csr *leave_out; /* by user; may be NULL */
    char *wanted;                /* owned; NULL: all users */
    struct seen seen;            /* owned, as what follows */
    struct matched *new_users;   /* of --fold-in */
    struct folded folded;
};

/* [collective] As the settings of recommend say. *audience is set in any case. MFALS_BAD_DATA where no user of
 * --users is known; MFALS_NO_INPUT where nothing tells what users have rated. */
status audience_open(struct audience *audience, const struct comm *comm, const struct settings *settings,
                     struct trained *trained, struct phases *phases);

/* [collective] New users in place of the model's: those of ratings that were matched to its items, which are then
 * theirs to leave out. Takes over matched, also on failure. */
status audience_fold_in(struct audience *audience, const struct comm *comm, const struct model_view *view,
                        struct matched *matched, const struct solve_options *solve);

/* [local] */
void audience_free(struct audience *audience);

#endif
