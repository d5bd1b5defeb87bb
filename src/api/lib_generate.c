/* Made-up ratings as text, the same bytes on any number of ranks. */
#include "api/files_apart.h"
#include "api/lib.h"
#include "api/made_up.h"
#include "base/watchdog.h"
#include "store/output.h"
#include "store/plain_file.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { PIECE_BYTES = 1 << 20, LINE_BYTES = 128 };

/* The text of this rank's users: counted if file is NULL, else written from offset on. */
struct writer {
    const struct settings *settings;
    const struct plain_file *file;
    char *piece; /* not owned: PIECE_BYTES */
    int64_t held, offset, bytes, ratings;
};

static status flush(struct writer *writer)
{
    if (writer->file != NULL)
        TRY(plain_file_write(writer->file, writer->offset + writer->bytes, writer->piece, writer->held));
    writer->bytes += writer->held;
    writer->held = 0;
    return MFALS_OK;
}

/* Ids begin at 1. */
static status put(struct writer *writer, int64_t user, int64_t item, double value)
{
    if (writer->held + LINE_BYTES > PIECE_BYTES)
        TRY(flush(writer));
    char *to = writer->piece + writer->held;
    int length =
        writer->settings->made_up.explicit_values
            ? snprintf(to, LINE_BYTES, "%" PRId64 "\t%" PRId64 "\t%.4f\n", user + 1, item + 1, 3 + value)
            : snprintf(to, LINE_BYTES, "%" PRId64 "\t%" PRId64 "\t%.0f\n", user + 1, item + 1,
                       1 + floor(exp(fmin(value, 10))));
    writer->held += length;
    writer->ratings++;
    return MFALS_OK;
}

/* [local] One pass over this rank's users. */
static status pass(struct writer *writer, struct made_up_row *row, int64_t first, int64_t end)
{
    writer->held = writer->bytes = writer->ratings = 0;
    for (int64_t user = first; user < end; user++) {
        int64_t count;
        watchdog_note();
        TRY(made_up_draw(row, &count, writer->settings->solve.seed, user));
        for (int64_t i = 0; i < count; i++)
            TRY(put(writer, user, row->item[i], row->value[i]));
    }
    return flush(writer);
}

/* [collective] Once for the lengths, once more to write: memory is that of a piece, whatever the size. */
static status generate(struct writer *writer, const struct comm *comm, struct made_up_row *row,
                       const char *path, int64_t *bytes)
{
    const struct settings *settings = writer->settings;
    int64_t users = (int64_t)settings->made_up.users;
    int64_t first = users * comm->rank / comm->size, end = users * (comm->rank + 1) / comm->size;
    struct plain_file file;
    watchdog_say("make up ratings");
    TRY(agree(comm, pass(writer, row, first, end)));
    *bytes = writer->bytes;
    writer->offset = comm_sum_before(comm, writer->bytes);
    comm_sum_int(comm, bytes, 1);
    status done = plain_file_open(&file, comm, path, *bytes);
    if (done == MFALS_OK) {
        writer->file = &file;
        done = agree(comm, pass(writer, row, first, end));
        writer->file = NULL;
    }
    TRY(plain_file_close(&file, done));
    comm_sum_int(comm, &writer->ratings, 1);
    return MFALS_OK;
}

static status make(const struct comm *comm, const struct settings *settings, const char *path, int64_t *count,
                   int64_t *bytes)
{
    scoped char *piece = NULL;
    struct made_up_row row = {0};
    struct writer writer = {.settings = settings};
    struct hold *hold = NULL;
    /* Names that the reader takes for another format. */
    static const char *const others[] = {".gz", ".xz", ".zst", ".h5", ".mtx"};
    if (lib_ends_with_one(path, others, sizeof others / sizeof *others))
        return fail(MFALS_USAGE, "--output: what is made up is plain text, not as the name '%s' says", path);
    status done = allocate_raw(&piece, PIECE_BYTES);
    if (done == MFALS_OK)
        done = made_up_row_open(&row, &settings->made_up);
    done = agree(comm, done);
    writer.piece = piece;
    if (done == MFALS_OK)
        done = output_hold(&hold, comm, path, NULL);
    if (done == MFALS_OK)
        done = generate(&writer, comm, &row, path, bytes);
    hold_release(&hold);
    made_up_row_free(&row);
    *count = writer.ratings;
    return done;
}

enum mfals_status mfals_generate(struct mfals_options *options, const char *path, int64_t *count,
                                 int64_t *bytes)
{
    const struct comm *comm = &options->context->comm;
    struct lib_call call = lib_enter(options->context);
    struct settings settings;
    status done = agree(comm, lib_settings(&settings, options, FOR_GENERATE));
    settings.output = path;
    if (done == MFALS_OK)
        done = files_check_apart(comm, &settings, NULL);
    if (done == MFALS_OK)
        done = make(comm, &settings, path, count, bytes);
    return lib_leave(&call, done);
}
