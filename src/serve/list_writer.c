#include "serve/list_writer.h"

#include "base/number.h"
#include "base/path.h"
#include "options/files_apart.h"
#include "serve/list_file.h"
#include "serve/lists.h"
#include "serve/target_users.h"

struct writer {
    const struct run_config *config;
    struct item_names names;
    struct target_users target;
    enum list_format format;
    struct lists lists;         /* for text */
    struct list_file list_file; /* for HDF5 */
};

static status add_list(int64_t own_user, const struct top_entry *entries, int count, void *context)
{
    struct writer *writer = context;
    char user[ID_MAX_BYTES + 1];
    if (writer->format == LIST_HDF5)
        return list_file_add(&writer->list_file, own_user, entries, count);
    ids_text(writer->target.users.ids, own_user, user);
    return lists_add(&writer->lists, user, entries, count);
}

status list_format_of(enum list_format *format, const struct run_config *config, const char *path)
{
    static const char *const ours[] = {".tsv", ".txt", ".jsonl", ".ndjson", ".h5", ".hdf5"};
    *format = (enum list_format)config->list_format;
    if (path != NULL && !run_config_given(config, "output-format")) {
        if (path_names_other_format(path, ours, sizeof ours / sizeof *ours))
            return fail(MFALS_USAGE,
                        "--output: lists are .tsv, .jsonl or .h5, not as the name '%s' says; or give "
                        "--output-format",
                        path);
        *format = path_ends_with_one(path, &ours[2], 2)   ? LIST_JSONL
                  : path_ends_with_one(path, &ours[4], 2) ? LIST_HDF5
                                                          : LIST_TSV;
    }
    if (*format == LIST_HDF5 && path == NULL)
        return fail(MFALS_USAGE, "--output-format: hdf5 needs --output FILE");
    if (*format == LIST_HDF5 && config->titles != NULL)
        return fail(MFALS_USAGE, "--titles: lists in HDF5 have none");
    return MFALS_OK;
}

struct recommend_options list_options(const struct run_config *config, int top, int64_t items)
{
    return (struct recommend_options){.top = (int)number_min(top, number_max(1, items)),
                                      .replica = config->solve.replica,
                                      .kernel = config->solve.kernel,
                                      .clip = config->evaluation.clip};
}

/* path, or file on rank 0, whichever is not NULL. */
static status make_lists(struct writer *writer, const struct comm *comm, const struct served_model *served,
                         const char *path, FILE *file)
{
    const struct run_config *config = writer->config;
    const struct recommend_options options =
        list_options(config, config->top, served->model->side[ITEMS].rows);
    struct phases phases = {0};
    TRY(list_format_of(&writer->format, config, path));
    bool reads_training = config->seen == NULL && config->fold_in == NULL && !config->include_seen;
    TRY(files_check_apart(comm, config, path,
                          reads_training ? header_text(served->model->header, "ratings_path", NULL) : NULL));
    TRY(target_users_open(&writer->target, comm, config, served, &phases));
    TRY(item_names_open(&writer->names, comm, &served->known[ITEMS], config->titles));
    writer->lists = (struct lists){.format = writer->format, .names = &writer->names};
    writer->list_file.top = options.top;
    TRY(recommend(comm, &writer->target.view, writer->target.wanted, writer->target.leave_out, &options,
                  add_list, writer));
    if (writer->format == LIST_HDF5)
        return list_file_write(&writer->list_file, comm, path, writer->target.users.ids, &writer->names.ids);
    return path != NULL ? lists_write(&writer->lists, comm, path) : lists_print(&writer->lists, comm, file);
}

status recommendations_write(const struct comm *comm, const struct served_model *served,
                             const struct run_config *config, const char *path, FILE *file)
{
    struct writer writer = {.config = config};
    status done = make_lists(&writer, comm, served, path, file);
    lists_free(&writer.lists);
    list_file_free(&writer.list_file);
    target_users_free(&writer.target);
    item_names_free(&writer.names);
    return done;
}

static status list_similar(struct lists *lists, const struct comm *comm, const struct model_view *view,
                           const struct known_ids *items, const struct run_config *config)
{
    const struct recommend_options options = list_options(config, config->top, view->side[ITEMS].rows);
    scoped struct top_entry *entries = NULL;
    int64_t row;
    int filled;
    TRY(ids_find_text(&row, comm, config->item, items));
    if (row < 0)
        return fail(MFALS_BAD_DATA, "--item: the model has no item '%s'", config->item);
    TRY(allocate_on_all(comm, &entries, options.top));
    TRY(similar(comm, view, &row, 1, &options, entries, &filled));
    return agree(comm, comm->rank == 0 ? lists_add(lists, config->item, entries, filled) : MFALS_OK);
}

status similar_print(const struct comm *comm, const struct model_view *view, const struct known_ids *items,
                     const struct run_config *config, FILE *file)
{
    struct item_names names = {0};
    struct lists lists = {.format = LIST_TSV, .names = &names};
    if (config->item == NULL)
        return fail(MFALS_USAGE, "similar: needs --item ID");
    status done = item_names_open(&names, comm, items, config->titles);
    if (done == MFALS_OK)
        done = list_similar(&lists, comm, view, items, config);
    if (done == MFALS_OK)
        done = lists_print(&lists, comm, file);
    lists_free(&lists);
    item_names_free(&names);
    return done;
}
