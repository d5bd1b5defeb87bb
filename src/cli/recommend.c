/* mfals recommend: the best unseen items for users. */
#include "use/recommend.h"
#include "api/audience.h"
#include "api/ratings_input.h"
#include "base/log.h"
#include "cli/dispatch.h"
#include "cli/list_file.h"
#include "cli/lists.h"

#include <inttypes.h>
#include <string.h>

struct work {
    const struct comm *comm;
    const struct settings *settings;
    struct phases phases;
    struct trained trained;
    struct item_names names;
    struct audience audience;
    enum list_format format;
    struct lists lists;         /* for text */
    struct list_file list_file; /* for HDF5 */
};

static status add_list(int64_t own_user, const struct top_entry *entries, int count, void *context)
{
    struct work *work = context;
    char user[ID_MAX_BYTES + 1];
    if (work->format == LIST_HDF5)
        return list_file_add(&work->list_file, own_user, entries, count);
    ids_text(work->audience.users.ids, own_user, user);
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
    TRY(audience_open(&work->audience, comm, settings, &work->trained, &work->phases));
    TRY(item_names_open(&work->names, comm, &work->trained.known[ITEMS], settings->titles));
    work->lists = (struct lists){.format = work->format, .names = &work->names};
    work->list_file.top = settings->top;
    if (settings->fold_in == NULL)
        trained_warn(&work->trained, comm);
    TRY(recommend(comm, &work->audience.view, work->audience.wanted, work->audience.leave_out, &options,
                  add_list, work));
    if (work->format == LIST_HDF5)
        return list_file_write(&work->list_file, comm, settings->output, work->audience.users.ids,
                               &work->names.ids);
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
    audience_free(&work.audience);
    item_names_free(&work.names);
    trained_free(&work.trained);
    return ran;
}
