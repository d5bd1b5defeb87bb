#include "api/handles.h"
#include "read/spool.h"
#include "store/foreign_ratings.h"
#include "store/inspect.h"

#include <errno.h>
#include <sys/stat.h>

struct mfals_file {
    struct mfals_file_info info;
    struct summary *summary; /* owned */
    struct mfals_value attributes[HEADER_ATTRIBUTES], stats[SUMMARY_STATS];
};

static const enum mfals_file_kind kinds[] = {[FILE_MODEL] = MFALS_FILE_MODEL,
                                             [FILE_CHECKPOINT] = MFALS_FILE_CHECKPOINT,
                                             [FILE_RATINGS] = MFALS_FILE_RATINGS,
                                             [FILE_OTHER] = MFALS_FILE_OTHER};

static void set_info(struct mfals_file *file)
{
    const struct summary *summary = file->summary;
    const struct header *header = &summary->header;
    file->info = (struct mfals_file_info){.kind = kinds[summary->kind],
                                          .format = header->format,
                                          .version = header->format_version,
                                          .bytes = header->file_bytes,
                                          .complete = header->complete,
                                          .users = summary->users,
                                          .items = summary->items,
                                          .ratings = summary->ratings,
                                          .attributes = header->attribute_count,
                                          .attribute = file->attributes,
                                          .iterations = summary->iterations,
                                          .stats = summary->training_stat_count,
                                          .stat = file->stats};
    for (int i = 0; i < header->attribute_count; i++) {
        struct attribute attribute = header_nth_attribute(header, i);
        file->attributes[i] = lib_value(&attribute);
    }
    for (int i = 0; i < summary->training_stat_count; i++)
        file->stats[i] = (struct mfals_value){
            .name = summary->stats[i].name, .kind = MFALS_REAL, .real = summary->stats[i].last};
}

enum mfals_status mfals_file_read(struct mfals_file **file, struct mfals_context *context, const char *path)
{
    struct lib_call call = lib_enter(context);
    *file = NULL;
    status done = lib_need_path(context, path);
    if (done == MFALS_OK)
        done = allocate_on_all(&context->comm, file, 1);
    if (done == MFALS_OK)
        done = inspect_file(&(*file)->summary, &context->comm, path);
    if (done == MFALS_OK)
        set_info(*file);
    else
        mfals_file_free(file);
    return lib_leave(&call, done);
}

const struct mfals_file_info *mfals_file_info(const struct mfals_file *file)
{
    return &file->info;
}

void mfals_file_free(struct mfals_file **file)
{
    if (*file == NULL)
        return;
    memory_free((*file)->summary);
    memory_free(*file);
    *file = NULL;
}

/* [local] A folder, text, or what comes through a pipe may be ratings. */
static status check_readable(int *is_hdf5, const char *path)
{
    struct stat there;
    if (spool_is_needed(path))
        return MFALS_OK;
    if (stat(path, &there) != 0)
        return fail(MFALS_NO_INPUT, "cannot open '%s': %s", path, errno_text(errno));
    if (!S_ISREG(there.st_mode) && !S_ISDIR(there.st_mode))
        return fail(MFALS_NO_INPUT, "cannot open '%s': it is neither a regular file nor a folder", path);
    *is_hdf5 = hdf5_file_probe(path);
    return MFALS_OK;
}

static status probe(enum mfals_file_kind *kind, const struct mfals_context *context, const char *path)
{
    const struct comm *comm = &context->comm;
    scoped struct header *header = NULL;
    int is_hdf5 = 0;
    *kind = MFALS_FILE_OTHER;
    TRY(lib_need_path(context, path));
    TRY(agree(comm, comm->rank == 0 ? check_readable(&is_hdf5, path) : MFALS_OK));
    comm_broadcast(comm, &is_hdf5, sizeof is_hdf5, 0);
    if (!is_hdf5 || foreign_ratings_are(comm, path))
        return MFALS_OK;
    TRY(header_read(&header, comm, path));
    *kind = kinds[file_kind_of(header)];
    return MFALS_OK;
}

enum mfals_status mfals_file_kind(enum mfals_file_kind *kind, struct mfals_context *context, const char *path)
{
    struct lib_call call = lib_enter(context);
    return lib_leave(&call, probe(kind, context, path));
}

enum mfals_status mfals_file_check(struct mfals_verification *verification, struct mfals_context *context,
                                   const char *path)
{
    struct lib_call call = lib_enter(context);
    struct verification found = {0};
    status done = lib_need_path(context, path);
    if (done == MFALS_OK)
        done = check_file(&found, &context->comm, path);
    *verification = (struct mfals_verification){found.rows, found.bytes, found.has_digest};
    return lib_leave(&call, done);
}
