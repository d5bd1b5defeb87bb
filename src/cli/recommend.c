/* mfals recommend: the best unseen items for users. */
#include "use/recommend.h"
#include "api/ratings_input.h"
#include "api/test_set.h"
#include "api/trained.h"
#include "base/log.h"
#include "cli/dispatch.h"
#include "cli/list_file.h"
#include "cli/lists.h"
#include "use/fold_in.h"

#include <inttypes.h>
#include <string.h>

struct work {
    const struct comm *comm;
    const struct settings *settings;
    struct phases phases;
    struct trained trained;
    struct item_names names;
    struct seen seen;
    struct matched *new_users; /* of --fold-in */
    struct folded folded;
    struct known_ids users; /* to recommend to: the model's, or those folded in */
    struct model_view view;
    const struct csr *leave_out; /* may be NULL */
    char *wanted;                /* owned; NULL: all users */
    enum list_format format;
    struct lists lists;         /* for text */
    struct list_file list_file; /* for HDF5 */
};

/* The users of --fold-in in place of the model's. */
static status fold_users_in(struct work *work)
{
    const struct settings *settings = work->settings;
    struct trained *trained = &work->trained;
    struct ratings_options options = settings->ratings;
    char *paths[] = {(char *)settings->fold_in}; /* not written to */
    options.paths = paths;
    options.path_count = 1;
    options.positive_only = trained->settings.solve.algorithm == ALGORITHM_IALS;
    if (!settings->has_duplicates)
        options.duplicates = trained->settings.ratings.duplicates;
    TRY(matched_load(&work->new_users, work->comm, &options, &trained->known[ITEMS], NULL, &work->phases));
    struct matched *users = work->new_users;
    if (users->unknown_items > 0)
        log_warning("--fold-in: %" PRId64 " items are not known to the model; their ratings are left out",
                    users->unknown_items);
    work->users = (struct known_ids){&users->new_users, users->new_offsets};
    TRY(fold_in(&work->folded, work->comm, &work->view, &work->users, &users->by_user,
                &trained->settings.solve));
    work->view = folded_view(&work->folded, &work->view, &work->users);
    work->leave_out = settings->include_seen ? NULL : &users->by_user;
    return MFALS_OK;
}

static status choose_users(struct work *work)
{
    const struct settings *settings = work->settings;
    int64_t found, unknown;
    work->view = view_of_stored(work->trained.model);
    work->users = work->trained.known[USERS];
    if (settings->fold_in != NULL)
        TRY(fold_users_in(work));
    else if (!settings->include_seen) {
        TRY(seen_load(&work->seen, work->comm, settings, &work->trained, &work->phases));
        work->leave_out = work->seen.csr;
    }
    if (settings->users == NULL)
        return MFALS_OK;
    TRY(ids_list_load(&work->wanted, &found, &unknown, work->comm, settings->users, &work->users));
    if (found == 0)
        return fail(MFALS_BAD_DATA, "--users: none of the users in '%s' is known", settings->users);
    return MFALS_OK;
}

static status add_list(int64_t own_user, const struct top_entry *entries, int count, void *context)
{
    struct work *work = context;
    char user[ID_MAX_BYTES + 1];
    if (work->format == LIST_HDF5)
        return list_file_add(&work->list_file, own_user, entries, count);
    ids_text(work->users.ids, own_user, user);
    return lists_add(&work->lists, user, entries, count);
}

static enum list_format choose_format(const struct settings *settings)
{
    const char *dot = settings->output != NULL ? strrchr(settings->output, '.') : NULL;
    if (settings->has_output_format || dot == NULL)
        return (enum list_format)settings->list_format;
    return strcmp(dot, ".jsonl") == 0 ? LIST_JSONL : strcmp(dot, ".h5") == 0 ? LIST_HDF5 : LIST_TSV;
}

static status run_recommend(struct work *work)
{
    const struct comm *comm = work->comm;
    const struct settings *settings = work->settings;
    const struct recommend_options options = {
        .top = settings->top, .replica = settings->solve.replica, .kernel = settings->solve.kernel};
    work->format = choose_format(settings);
    if (work->format == LIST_HDF5 && settings->output == NULL)
        return fail(MFALS_USAGE, "--output-format: hdf5 needs --output FILE");
    if (work->format == LIST_HDF5 && settings->titles != NULL)
        return fail(MFALS_USAGE, "--titles: lists in HDF5 have none");
    TRY(agree(comm, comm->rank == 0 ? output_check_apart(settings, "output", settings->output) : MFALS_OK));
    TRY(trained_open(&work->trained, comm, settings->words[0]));
    TRY(choose_users(work));
    TRY(item_names_open(&work->names, comm, &work->trained.known[ITEMS], settings->titles));
    work->lists = (struct lists){.format = work->format, .names = &work->names};
    work->list_file.top = settings->top;
    if (settings->fold_in == NULL)
        trained_warn(&work->trained, comm);
    TRY(recommend(comm, &work->view, work->wanted, work->leave_out, &options, add_list, work));
    if (work->format == LIST_HDF5)
        return list_file_write(&work->list_file, comm, settings->output, work->users.ids, &work->names.ids);
    return lists_write(&work->lists, comm, settings->output);
}

status cmd_recommend(const struct comm *comm, struct settings *settings)
{
    struct work work = {.comm = comm, .settings = settings};
    if (settings->output == NULL)
        log_open(comm->rank == 0, LOG_QUIET); /* stdout is for the lists */
    if (settings->include_seen && settings->seen != NULL)
        return fail(MFALS_USAGE, "only one of --seen and --include-seen can be given");
    status ran = run_recommend(&work);
    lists_free(&work.lists);
    list_file_free(&work.list_file);
    memory_free(work.wanted);
    folded_free(&work.folded);
    matched_free(&work.new_users);
    seen_free(&work.seen);
    item_names_free(&work.names);
    trained_free(&work.trained);
    return ran;
}
