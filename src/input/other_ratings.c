#include "input/other_ratings.h"

#include "base/log.h"

#include <inttypes.h>

struct ratings_options other_ratings_options(enum ratings_role role, const struct run_config *model,
                                             const struct run_config *command)
{
    const struct run_config *reader = command != NULL ? command : model;
    struct ratings_options options = reader->ratings;
    options.read.paths = NULL;
    options.read.path_count = 0;
    options.read.timed = false;
    options.hold_out = (struct hold_out){.kind = HOLD_OUT_NONE};
    options.blocks = 0;
    options.positive_only = role == RATINGS_TEST && !run_config_is_explicit(model);
    options.keep_unknown = role == RATINGS_TEST && run_config_is_explicit(model);
    if (!run_config_given(reader, "duplicates"))
        options.duplicates = model->ratings.duplicates;
    return options;
}

/* [collective] */
static void tell(const struct matched *matched, enum ratings_role role)
{
    static const char *const names[] = {
        [RATINGS_TEST] = "test", [RATINGS_SEEN] = "seen", [RATINGS_FOLD_IN] = "fold-in"};
    if (role != RATINGS_FOLD_IN)
        log_line("--%s: %" PRId64 " ratings of %" PRId64 " users", names[role], matched->count,
                 matched->users);
    if (role == RATINGS_FOLD_IN && matched->unknown_items > 0)
        log_warning("--fold-in: %" PRId64 " items are not known to the model; their ratings are left out",
                    matched->unknown_items);
    if (matched->unknown_count > 0)
        log_warning(
            "--%s: %" PRId64 " ratings besides are of %" PRId64 " users and %" PRId64
            " items that are not known to the model: they count in rmse and mae, where the mean and the "
            "known bias predict them, and in no list",
            names[role], matched->unknown_count, matched->unknown_users, matched->unknown_items);
    else if (role != RATINGS_FOLD_IN && (matched->unknown_users > 0 || matched->unknown_items > 0))
        log_warning("--%s: %" PRId64 " users and %" PRId64
                    " items are not known to the model; their ratings are left out",
                    names[role], matched->unknown_users, matched->unknown_items);
}

status other_ratings_load(struct matched **matched, const struct comm *comm, enum ratings_role role,
                          const char *path, const struct run_config *model, const struct run_config *command,
                          const struct known_ids known[2], struct phases *phases)
{
    char *paths[] = {(char *)path}; /* not written to */
    struct ratings_options options = other_ratings_options(role, model, command);
    options.read.paths = paths;
    options.read.path_count = 1;
    TRY(matched_load(matched, comm, &options, &known[ITEMS], role == RATINGS_FOLD_IN ? NULL : &known[USERS],
                     phases));
    tell(*matched, role);
    if (role == RATINGS_TEST && (*matched)->count == 0) {
        matched_free(matched);
        return fail(MFALS_BAD_DATA, "--test: no rating in '%s' is of a known user and a known item", path);
    }
    return MFALS_OK;
}
