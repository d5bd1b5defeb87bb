#include "store/synthetic_file.h"

#include "base/memory.h"
#include "base/path.h"
#include "base/watchdog.h"
#include "store/output.h"
#include "store/plain_file.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>

enum { PIECE_BYTES = 1 << 20, LINE_BYTES = 128 };

/* The text of this rank's users: counted if file is NULL, else written from offset on. */
struct writer {
    const struct synthetic_options *shape;
    uint64_t seed;
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
        writer->shape->explicit_values
            ? snprintf(to, LINE_BYTES, "%" PRId64 "\t%" PRId64 "\t%.4f\n", user + 1, item + 1, 3 + value)
            : snprintf(to, LINE_BYTES, "%" PRId64 "\t%" PRId64 "\t%.0f\n", user + 1, item + 1,
                       1 + floor(exp(fmin(value, 10))));
    writer->held += length;
    writer->ratings++;
    return MFALS_OK;
}

/* [local] One pass over this rank's users. */
static status pass(struct writer *writer, struct synthetic_row *row, int64_t first, int64_t end)
{
    writer->held = writer->bytes = writer->ratings = 0;
    for (int64_t user = first; user < end; user++) {
        int64_t count;
        watchdog_note();
        TRY(synthetic_draw(row, &count, writer->seed, user));
        for (int64_t i = 0; i < count; i++)
            TRY(put(writer, user, row->item[i], row->value[i]));
    }
    return flush(writer);
}

/* [collective] Once for the lengths, once more to write: memory is that of a piece, whatever the size. */
static status generate(struct writer *writer, const struct comm *comm, struct synthetic_row *row,
                       const char *path, int64_t *bytes)
{
    int64_t users = (int64_t)writer->shape->users;
    int64_t first = users * comm->rank / comm->size, end = users * (comm->rank + 1) / comm->size;
    struct plain_file file;
    watchdog_say("generate ratings");
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

status synthetic_file_write(const struct comm *comm, const struct synthetic_options *shape, uint64_t seed,
                            const char *path, int64_t *count, int64_t *bytes)
{
    scoped char *piece = NULL;
    struct synthetic_row row = {0};
    struct writer writer = {.shape = shape, .seed = seed};
    struct hold *hold = NULL;
    static const char *const ours[] = {".tsv", ".txt"};
    if (path_names_other_format(path, ours, sizeof ours / sizeof *ours))
        return fail(MFALS_USAGE,
                    "--output: synthetic ratings are text with tabs, .tsv or .txt, not as the name '%s' says",
                    path);
    status done = allocate_raw(&piece, PIECE_BYTES);
    if (done == MFALS_OK)
        done = synthetic_row_open(&row, shape);
    done = agree(comm, done);
    writer.piece = piece;
    if (done == MFALS_OK)
        done = output_hold(&hold, comm, path, NULL);
    if (done == MFALS_OK)
        done = generate(&writer, comm, &row, path, bytes);
    hold_release(&hold);
    synthetic_row_free(&row);
    *count = writer.ratings;
    return done;
}
