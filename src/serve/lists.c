#include "serve/lists.h"

#include "base/number.h"
#include "base/watchdog.h"
#include "store/plain_file.h"

#include <errno.h>
#include <stdio.h>

/* Lines are written where there is room for this many bytes: two ids and a title, each byte escaped at most. Ids are
 * printable, as they were read. */
enum {
    TITLE_MAX = 1000,
    LINE_BYTES = 6 * (2 * ID_MAX_BYTES + TITLE_MAX) + 200,
    PIECE_BYTES = 1 << 20,
    TAG = 1
};

/* Appends text, which is printable, as a JSON string. */
static char *put_json(char *to, const char *text)
{
    *to++ = '"';
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            *to++ = '\\';
        *to++ = *text;
    }
    *to++ = '"';
    return to;
}

static char *put_json_line(char *to, const char *user, const char *item, const char *title, float score,
                           int rank)
{
    to += sprintf(to, "{\"user\":");
    to = put_json(to, user);
    to += sprintf(to, ",\"item\":");
    to = put_json(to, item);
    to += sprintf(to, ",\"score\":%.9g,\"rank\":%d", (double)score, rank);
    if (title != NULL) {
        to += sprintf(to, ",\"title\":");
        to = put_json(to, title);
    }
    return to + sprintf(to, "}\n");
}

static char *put_line(char *to, const char *user, const char *item, const char *title, float score, int rank)
{
    to += sprintf(to, "%s\t%s\t%.9g\t%d", user, item, (double)score, rank);
    if (title != NULL)
        to += sprintf(to, "\t%s", title);
    *to++ = '\n';
    return to;
}

status lists_add(struct lists *lists, const char *user, const struct top_entry *entries, int count)
{
    for (int i = 0; i < count; i++) {
        char item[ID_MAX_BYTES + 1], shown[TITLE_MAX + 1];
        const char *title = item_names_get(lists->names, item, entries[i].item);
        if (title != NULL)
            title = mfals_printable(shown, sizeof shown, title);
        TRY(memory_grow(&lists->text, &lists->capacity, lists->length + LINE_BYTES, 1));
        char *to = lists->text + lists->length;
        to = lists->format == LIST_JSONL ? put_json_line(to, user, item, title, entries[i].score, i + 1)
                                         : put_line(to, user, item, title, entries[i].score, i + 1);
        lists->length = to - lists->text;
    }
    return MFALS_OK;
}

status lists_write(const struct lists *lists, const struct comm *comm, const char *path)
{
    struct plain_file file;
    int64_t offset = comm_sum_before(comm, lists->length), bytes = lists->length;
    comm_sum_int(comm, &bytes, 1);
    status done = plain_file_open(&file, comm, path, bytes);
    if (done == MFALS_OK)
        done = agree(comm, plain_file_write(&file, offset, lists->text, lists->length));
    return plain_file_close(&file, done);
}

static status print(FILE *file, const char *text, int64_t length)
{
    errno = 0;
    if (length > 0 && fwrite(text, 1, (size_t)length, file) != (size_t)length)
        return fail(MFALS_IO, "cannot write to %s: %s", file == stdout ? "standard output" : "the file",
                    errno_text(errno));
    return MFALS_OK;
}

/* [collective] Rank 0 prints the text of each rank in turn, piece by piece: a failure is kept until all have come. */
static status print_all(const struct lists *lists, const struct comm *comm, FILE *file, char *piece)
{
    if (comm->rank > 0) {
        MPI_Send(&lists->length, 1, MPI_INT64_T, 0, TAG, comm->mpi);
        for (int64_t sent = 0; sent < lists->length; sent += PIECE_BYTES)
            MPI_Send(lists->text + sent, (int)number_min(PIECE_BYTES, lists->length - sent), MPI_CHAR, 0, TAG,
                     comm->mpi);
        return MFALS_OK;
    }
    status printed = print(file, lists->text, lists->length);
    for (int r = 1; r < comm->size; r++) {
        int64_t length;
        MPI_Recv(&length, 1, MPI_INT64_T, r, TAG, comm->mpi, MPI_STATUS_IGNORE);
        for (int64_t got = 0; got < length; got += PIECE_BYTES) {
            int part = (int)number_min(PIECE_BYTES, length - got);
            MPI_Recv(piece, part, MPI_CHAR, r, TAG, comm->mpi, MPI_STATUS_IGNORE);
            if (printed == MFALS_OK)
                printed = print(file, piece, part);
        }
    }
    return printed;
}

status lists_print(const struct lists *lists, const struct comm *comm, FILE *file)
{
    scoped char *piece = NULL;
    TRY(allocate_on_all(comm, &piece, comm->rank == 0 ? PIECE_BYTES : 1));
    watchdog_hold(); /* a pager may stand open over night */
    status printed = agree(comm, print_all(lists, comm, file, piece));
    watchdog_release();
    return printed;
}

void lists_free(struct lists *lists)
{
    memory_free(lists->text);
    lists->text = NULL;
}
