#include "input/other_ratings.h"

#include "base/log.h"
#include "input/hdf5_ratings.h"
#include "read/columns.h"

#include <inttypes.h>

struct ratings_options other_ratings_options(enum ratings_role role, const struct run_config *model,
                                             const struct run_config *command)
{
    const struct run_config *reader = command != NULL ? command : model;
    struct ratings_options options = reader->ratings;
    options.read.paths = NULL;
    options.read.path_count = 0;
    options.hold_out = (struct hold_out){.kind = HOLD_OUT_NONE};
    options.blocks = 0;
    options.positive_only = role == RATINGS_TEST && !run_config_is_explicit(model);
    options.keep_unknown = role == RATINGS_TEST && run_config_is_explicit(model);
    if (options.duplicates == DUPLICATES_AUTO)
        options.duplicates = model->ratings.duplicates;
    options.read.times = duplicates_times(options.duplicates);
    options.read.weights = false;
    options.aging = (struct aging){0};
    if (role == RATINGS_FOLD_IN) {
        options.aging = model->ratings.aging;
        options.read.weights = columns_name_weight(options.read.columns);
        if (options.aging.half_life > 0)
            options.read.times = TIMES_NEEDED_FOR_AGES;
    }
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

/* [collective] As matched_load, also from HDF5, to which columns and format of the text beside it do not apply. */
static status load(struct matched **matched, const struct comm *comm, const struct ratings_options *options,
                   const struct known_ids *items, const struct known_ids *users, struct phases *phases)
{
    __attribute__((cleanup(raw_ratings_free))) struct raw_ratings raw = {0};
    struct read_options read = options->read;
    *matched = NULL;
    if (!hdf5_ratings_are(comm, &read))
        return matched_load(matched, comm, options, items, users, phases);
    read.columns = NULL;
    read.format = FORMAT_AUTO;
    TRY(hdf5_ratings_read(&raw, comm, &read, phases));
    return matched_assemble(matched, comm, &raw, options, items, users, phases);
}

status other_ratings_load(struct matched **matched, const struct comm *comm, enum ratings_role role,
                          const char *path, const struct run_config *model, const struct run_config *command,
                          const struct known_ids known[2], struct phases *phases)
{
    char *paths[] = {(char *)path}; /* not written to */
    struct ratings_options options = other_ratings_options(role, model, command);
    options.read.paths = paths;
    options.read.path_count = 1;
    if (options.read.weights && model->solve.algorithm == ALGORITHM_SGD)
        return fail(MFALS_USAGE, "--columns: weight has a meaning for models of ials and als only");
    TRY(load(matched, comm, &options, &known[ITEMS], role == RATINGS_FOLD_IN ? NULL : &known[USERS], phases));
    tell(*matched, role);
    if (role == RATINGS_TEST && (*matched)->count == 0) {
        matched_free(matched);
        return fail(MFALS_BAD_DATA, "--test: no rating in '%s' is of a known user and a known item", path);
    }
    return MFALS_OK;
}
