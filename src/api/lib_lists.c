/* Lists to files, as the commands recommend and similar write them. */
#include "api/files_apart.h"
#include "api/lib.h"
#include "api/list_file.h"
#include "api/lists.h"
#include "use/recommend.h"

struct writer {
    const struct settings *settings;
    struct item_names names;
    struct audience audience;
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
    ids_text(writer->audience.users.ids, own_user, user);
    return lists_add(&writer->lists, user, entries, count);
}

status lib_list_format(enum list_format *format, const struct settings *settings, const char *path)
{
    static const char *const others[] = {".csv", ".json", ".npy", ".npz", ".gz", ".xz", ".zst"};
    *format = (enum list_format)settings->list_format;
    if (path != NULL && !settings->has_output_format) {
        if (lib_ends_with_one(path, others, sizeof others / sizeof *others))
            return fail(MFALS_USAGE,
                        "--output: lists are .tsv, .jsonl or .h5, not as the name '%s' says; or give "
                        "--output-format",
                        path);
        *format = lib_ends_with(path, ".jsonl") ? LIST_JSONL
                  : lib_ends_with(path, ".h5")  ? LIST_HDF5
                                                : LIST_TSV;
    }
    if (*format == LIST_HDF5 && path == NULL)
        return fail(MFALS_USAGE, "--output-format: hdf5 needs --output FILE");
    if (*format == LIST_HDF5 && settings->titles != NULL)
        return fail(MFALS_USAGE, "--titles: lists in HDF5 have none");
    return MFALS_OK;
}

static struct recommend_options options_of(const struct mfals_model *model, const struct settings *settings)
{
    return (struct recommend_options){.top = lib_top(model, settings->top),
                                      .replica = settings->solve.replica,
                                      .kernel = settings->solve.kernel};
}

/* path, or file on rank 0, whichever is not NULL. */
static status make_lists(struct writer *writer, struct mfals_model *model, const char *path, FILE *file)
{
    const struct comm *comm = &model->context->comm;
    const struct settings *settings = writer->settings;
    const struct recommend_options options = options_of(model, settings);
    struct phases phases = {0};
    TRY(lib_list_format(&writer->format, settings, path));
    bool reads_training = settings->seen == NULL && settings->fold_in == NULL && !settings->include_seen;
    TRY(files_check_apart(comm, settings, reads_training ? model->trained.model->ratings_path : NULL));
    TRY(audience_open(&writer->audience, comm, settings, &model->trained, &phases));
    TRY(item_names_open(&writer->names, comm, &model->known[ITEMS], settings->titles));
    writer->lists = (struct lists){.format = writer->format, .names = &writer->names};
    writer->list_file.top = options.top;
    if (settings->fold_in == NULL)
        trained_warn(&model->trained, comm);
    TRY(recommend(comm, &writer->audience.view, writer->audience.wanted, writer->audience.leave_out, &options,
                  add_list, writer));
    if (writer->format == LIST_HDF5)
        return list_file_write(&writer->list_file, comm, path, writer->audience.users.ids,
                               &writer->names.ids);
    return path != NULL ? lists_write(&writer->lists, comm, path) : lists_print(&writer->lists, comm, file);
}

static status write_lists(struct mfals_model *model, const struct mfals_options *options, const char *path,
                          FILE *file)
{
    struct settings settings;
    struct writer writer = {.settings = &settings};
    TRY(agree(&model->context->comm, lib_settings(&settings, options, FOR_RECOMMEND)));
    settings.output = path;
    if (model->ratings != NULL)
        return fail(MFALS_USAGE, "lists are written for a model from a file: it is to be saved, and opened");
    status done = make_lists(&writer, model, path, file);
    lists_free(&writer.lists);
    list_file_free(&writer.list_file);
    audience_free(&writer.audience);
    item_names_free(&writer.names);
    return done;
}

enum mfals_status mfals_recommend_save(struct mfals_model *model, struct mfals_options *options,
                                       const char *path)
{
    struct lib_call call = lib_enter(model->context);
    return lib_leave(&call, write_lists(model, options, path, NULL));
}

enum mfals_status mfals_recommend_print(struct mfals_model *model, struct mfals_options *options, FILE *file)
{
    struct lib_call call = lib_enter(model->context);
    return lib_leave(&call, write_lists(model, options, NULL, file));
}

static status list_similar(struct lists *lists, const struct mfals_model *model,
                           const struct settings *settings)
{
    const struct comm *comm = &model->context->comm;
    const struct recommend_options options = options_of(model, settings);
    scoped struct top_entry *entries = NULL;
    int64_t row;
    int filled;
    TRY(ids_find_text(&row, comm, settings->item, &model->known[ITEMS]));
    if (row < 0)
        return fail(MFALS_BAD_DATA, "--item: the model has no item '%s'", settings->item);
    TRY(allocate_on_all(comm, &entries, options.top));
    TRY(similar(comm, &model->view, &row, 1, &options, entries, &filled));
    return agree(comm, comm->rank == 0 ? lists_add(lists, settings->item, entries, filled) : MFALS_OK);
}

static status print_similar(struct mfals_model *model, const struct mfals_options *options, FILE *file)
{
    const struct comm *comm = &model->context->comm;
    struct settings settings;
    struct item_names names = {0};
    struct lists lists = {.format = LIST_TSV, .names = &names};
    TRY(agree(comm, lib_settings(&settings, options, FOR_SIMILAR)));
    if (settings.item == NULL)
        return fail(MFALS_USAGE, "similar: needs --item ID");
    status done = item_names_open(&names, comm, &model->known[ITEMS], settings.titles);
    if (done == MFALS_OK)
        done = list_similar(&lists, model, &settings);
    if (done == MFALS_OK)
        done = lists_print(&lists, comm, file);
    lists_free(&lists);
    item_names_free(&names);
    return done;
}

enum mfals_status mfals_similar_print(struct mfals_model *model, struct mfals_options *options, FILE *file)
{
    struct lib_call call = lib_enter(model->context);
    return lib_leave(&call, print_similar(model, options, file));
}
