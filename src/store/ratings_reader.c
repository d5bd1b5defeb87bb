#include "store/ratings_file.h"

#include "base/advance.h"
#include "base/memory.h"
#include "base/number.h"
#include "comm/partition.h"
#include "store/content_digest.h"
#include "store/names.h"
#include "store/shape.h"
#include "store/stored_ids.h"
#include "store/stored_rows.h"

#include <inttypes.h>
#include <math.h>
#include <unistd.h>

#define scoped_ids __attribute__((cleanup(ids_free))) struct ids

/* What all reading steps need. */
struct reader {
    const struct comm *comm;
    const char *path;
    const struct header *header;
    struct shape shape;
    enum rating_times times;
    struct content_digest digest; /* of what this rank has read */
    int fd;
};

/* Rows first .. first + count - 1. */
struct share {
    int64_t first, count;
};

/* Takes note of rows that no other rank does. */
static void add_to_digest(struct reader *reader, const struct data_set *set, const void *rows,
                          struct share mine)
{
    content_digest_rows(&reader->digest, set->name, mine.first, mine.count, rows, set->row_bytes,
                        set->row_bytes);
}

/* This rank's rows under an even deal. */
static status even_share(struct share *share, const struct comm *comm, int64_t rows)
{
    scoped int64_t *offsets = NULL;
    TRY(allocate(&offsets, comm->size + 1));
    partition_even(offsets, comm->size, rows);
    *share = (struct share){offsets[comm->rank], offsets[comm->rank + 1] - offsets[comm->rank]};
    return MFALS_OK;
}

/* The rows that are named: from the lowest to the highest. */
static status find_range(struct share *range, const struct reader *reader, enum side side,
                         const uint32_t *rows, struct share mine)
{
    uint32_t low = UINT32_MAX, high = 0;
    for (int64_t i = 0; i < mine.count; i++) {
        low = rows[i] < low ? rows[i] : low;
        high = rows[i] > high ? rows[i] : high;
    }
    *range = (struct share){mine.count > 0 ? low : 0, mine.count > 0 ? (int64_t)high - low + 1 : 0};
    if (range->first + range->count <= reader->shape.ids[side]->rows)
        return MFALS_OK;
    return fail(MFALS_BAD_DATA, "'%s' is damaged: %s names row %" PRIu32 " of %" PRId64, reader->path,
                reader->shape.row[side]->name, high, reader->shape.ids[side]->rows);
}

static status add_id(uint32_t *number, struct dictionary *dictionary, const struct ids *ids, int64_t i,
                     int64_t position)
{
    char text[ID_MAX_BYTES + 1];
    ids_text(ids, i, text);
    return dictionary_add(dictionary, number, text, (int64_t)strlen(text), position);
}

/* Puts the numbers of the dictionary in place of rows; each row is looked up once. */
static status number_rows(struct raw_ratings *raw, const struct reader *reader, enum side side,
                          const uint32_t *rows, struct share mine)
{
    static const uint32_t none = UINT32_MAX; /* a dictionary has fewer ids */
    struct share range;
    scoped_ids ids = {0};
    scoped uint32_t *number = NULL;
    TRY(find_range(&range, reader, side, rows, mine));
    TRY(allocate_raw(&number, range.count));
    for (int64_t i = 0; i < range.count; i++)
        number[i] = none;
    TRY(stored_ids_read(&ids, reader->fd, reader->path, reader->shape.ids[side], range.first, range.count));
    for (int64_t i = 0; i < mine.count; i++) {
        int64_t row = rows[i] - range.first;
        if (number[row] == none)
            TRY(add_id(&number[row], &raw->ids[side], &ids, row, mine.first + i));
        raw->ratings[i].id[side] = number[row];
    }
    return MFALS_OK;
}

/* A share of all ids, whether rated or not. */
static status add_share_of_ids(struct raw_ratings *raw, struct reader *reader, enum side side)
{
    struct share share;
    scoped_ids ids = {0};
    uint32_t number;
    TRY(even_share(&share, reader->comm, reader->shape.ids[side]->rows));
    TRY(stored_ids_read(&ids, reader->fd, reader->path, reader->shape.ids[side], share.first, share.count));
    add_to_digest(reader, reader->shape.ids[side], ids.keys, share);
    for (int64_t i = 0; i < share.count; i++)
        TRY(add_id(&number, &raw->ids[side], &ids, i, INT64_MAX));
    return MFALS_OK;
}

static status read_rows(struct raw_ratings *raw, struct reader *reader, enum side side, struct share mine)
{
    scoped uint32_t *rows = NULL;
    TRY(allocate_raw(&rows, mine.count));
    TRY(stored_rows_read(rows, sizeof *rows, reader->fd, reader->path, reader->shape.row[side], mine.first,
                         mine.count));
    add_to_digest(reader, reader->shape.row[side], rows, mine);
    TRY(number_rows(raw, reader, side, rows, mine));
    return add_share_of_ids(raw, reader, side);
}

static status read_values(struct raw_ratings *raw, struct reader *reader, struct share mine)
{
    scoped float *values = NULL;
    TRY(allocate_raw(&values, mine.count));
    TRY(stored_rows_read(values, sizeof *values, reader->fd, reader->path, reader->shape.value, mine.first,
                         mine.count));
    add_to_digest(reader, reader->shape.value, values, mine);
    for (int64_t i = 0; i < mine.count; i++) {
        if (!isfinite(values[i]))
            return fail(MFALS_BAD_DATA, "'%s' is damaged: row %" PRId64 " of %s is not finite", reader->path,
                        mine.first + i, rating_value_name);
        raw->ratings[i].position = mine.first + i;
        raw->ratings[i].value = values[i];
    }
    return MFALS_OK;
}

/* Also where they are not wanted, for the digest. */
static status read_times(struct raw_ratings *raw, struct reader *reader, struct share mine)
{
    const struct data_set *set = reader->shape.time;
    if (set == NULL)
        return MFALS_OK;
    TRY(allocate_raw(&raw->times, mine.count));
    TRY(stored_rows_read(raw->times, sizeof *raw->times, reader->fd, reader->path, set, mine.first,
                         mine.count));
    add_to_digest(reader, set, raw->times, mine);
    raw->timed = reader->times != TIMES_NONE;
    if (raw->timed) {
        raw->time_capacity = mine.count;
        return MFALS_OK;
    }
    memory_free(raw->times);
    raw->times = NULL;
    return MFALS_OK;
}

static status read_open_file(struct raw_ratings *raw, struct reader *reader)
{
    struct share mine;
    TRY(even_share(&mine, reader->comm, reader->shape.value->rows));
    TRY(read_times(raw, reader, mine));
    TRY(allocate_raw(&raw->ratings, mine.count));
    raw->count = raw->capacity = raw->lines = mine.count;
    raw->bytes = mine.count * (int64_t)(2 * sizeof(uint32_t) + sizeof(float));
    TRY(read_values(raw, reader, mine));
    TRY(read_rows(raw, reader, USERS, mine));
    return read_rows(raw, reader, ITEMS, mine);
}

/* [local] */
static status read_share(struct raw_ratings *raw, struct reader *reader)
{
    TRY(stored_rows_open(&reader->fd, reader->path, reader->header));
    status done = read_open_file(raw, reader);
    close(reader->fd);
    return done;
}

static status check(struct reader *reader)
{
    TRY(header_require(reader->header, reader->path, RATINGS_FORMAT, RATINGS_FORMAT_VERSION));
    TRY(shape_of_ratings(&reader->shape, reader->header, reader->path));
    if (times_needed_by(reader->times) != NULL && reader->shape.time == NULL)
        return fail(MFALS_USAGE,
                    "%s: '%s' has no times: convert the ratings anew, with --columns that name the time",
                    times_needed_by(reader->times), reader->path);
    return MFALS_OK;
}

status ratings_file_read(struct raw_ratings *raw, const struct comm *comm, const char *path,
                         enum rating_times times)
{
    scoped struct header *header = NULL;
    *raw = (struct raw_ratings){0};
    TRY(header_read(&header, comm, path));
    struct reader reader = {.comm = comm, .path = path, .header = header, .times = times};
    TRY(agree(comm, check(&reader)));
    raw->files = 1;
    raw->file_bytes = header->file_bytes;
    advance_begin("reading", "bytes", header->file_bytes / comm->size, header->file_bytes);
    TRY(agree(comm, read_share(raw, &reader)));
    advance_end();
    return content_digest_verify(&reader.digest, comm, header, path);
}
