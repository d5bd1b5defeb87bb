#include "store/model_reader.h"

#include "base/advance.h"
#include "base/number.h"
#include "comm/partition.h"
#include "store/checkpoint_file.h"
#include "store/content_digest.h"
#include "store/names.h"
#include "store/shape.h"
#include "store/stored_ids.h"
#include "store/stored_rows.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What all reading steps need. */
struct reader {
    const struct comm *comm;
    const char *path;
    const struct header *header;
    struct shape shape;
    struct content_digest digest; /* of what this rank has read */
    int fd;
};

/* Rows that no other rank reads. */
static status read_rows(void *rows, int64_t stride, struct reader *reader, const struct data_set *set,
                        int64_t first, int64_t count)
{
    TRY(stored_rows_read(rows, stride, reader->fd, reader->path, set, first, count));
    content_digest_rows(&reader->digest, set->name, first, count, rows, set->row_bytes, stride);
    return MFALS_OK;
}

static status read_ids(struct ids *ids, struct reader *reader, const struct data_set *set, int64_t first,
                       int64_t count)
{
    TRY(stored_ids_read(ids, reader->fd, reader->path, set, first, count));
    content_digest_rows(&reader->digest, set->name, first, count, ids->keys, set->row_bytes, set->row_bytes);
    return MFALS_OK;
}

static status read_side(struct stored_model *model, struct reader *reader, enum side s)
{
    struct stored_side *side = &model->side[s];
    const struct shape *shape = &reader->shape;
    const int ranks = reader->comm->size, rank = reader->comm->rank;
    side->rows = shape->ids[s]->rows;
    TRY(allocate(&side->offsets, ranks + 1));
    partition_even(side->offsets, ranks, side->rows);
    int64_t first = side->offsets[rank], rows = side->offsets[rank + 1] - first;
    int64_t tiles = number_divide_up(rows, TILE_ROWS), float_bytes = sizeof(float);
    TRY(allocate(&side->factors, tiles * TILE_ROWS * model->row_floats));
    TRY(read_rows(side->factors + model->padding, model->row_floats * float_bytes, reader, shape->factors[s],
                  first, rows));
    if (shape->bias[s] != NULL) {
        TRY(allocate(&side->bias, rows));
        TRY(read_rows(side->bias, float_bytes, reader, shape->bias[s], first, rows));
    }
    if (shape->count[s] != NULL) {
        TRY(allocate(&side->counts, rows));
        TRY(read_rows(side->counts, sizeof(int64_t), reader, shape->count[s], first, rows));
    }
    return read_ids(&side->ids, reader, shape->ids[s], first, rows);
}

static bool belongs_to_side(const struct data_set *set, const struct shape *shape)
{
    for (int s = USERS; s <= ITEMS; s++)
        if (set == shape->factors[s] || set == shape->ids[s] || set == shape->bias[s] ||
            set == shape->count[s])
            return true;
    return false;
}

/* This rank's share, through a buffer. */
static status digest_data_set(struct reader *reader, const struct data_set *set)
{
    static const int64_t part_bytes = (int64_t)1 << 22;
    int64_t each = number_divide_up(set->rows, reader->comm->size);
    int64_t first = number_min(set->rows, each * reader->comm->rank),
            end = number_min(set->rows, first + each);
    int64_t part = number_max(1, number_min(end - first, part_bytes / set->row_bytes));
    scoped char *rows = NULL;
    TRY(allocate_raw(&rows, part * set->row_bytes));
    for (int64_t row = first; row < end; row += part)
        TRY(read_rows(rows, set->row_bytes, reader, set, row, number_min(part, end - row)));
    return MFALS_OK;
}

/* Of the other data sets, the history and what a checkpoint adds, only the digest is wanted. */
static status digest_others(struct reader *reader)
{
    for (int i = 0; i < reader->header->data_set_count; i++)
        if (!belongs_to_side(&reader->header->data_sets[i], &reader->shape))
            TRY(digest_data_set(reader, &reader->header->data_sets[i]));
    return MFALS_OK;
}

/* [local] */
static status read_share(struct stored_model *model, struct reader *reader)
{
    const struct shape *shape = &reader->shape;
    model->factors = (int)shape->factors[USERS]->columns; /* bounded by shape_of_model */
    model->row_floats = number_divide_up(model->factors, 16) * 16;
    model->padding = (int)(model->row_floats - model->factors);
    model->biases = shape->bias[USERS] != NULL;
    model->global_mean = header_real(reader->header, "global_mean", 0.0);
    model->range = (struct value_range){header_real(reader->header, "rating_min", NAN),
                                        header_real(reader->header, "rating_max", NAN)};
    TRY(stored_rows_open(&reader->fd, reader->path, reader->header));
    status done = read_side(model, reader, USERS);
    if (done == MFALS_OK)
        done = read_side(model, reader, ITEMS);
    if (done == MFALS_OK)
        done = digest_others(reader);
    close(reader->fd);
    return done;
}

/* A checkpoint of a whole iteration is a model; of one written within an iteration, a side is not what it was and the
 * other may be half solved. */
static status check_checkpoint(const struct reader *reader)
{
    const struct header *header = reader->header;
    TRY(header_require(header, reader->path, CHECKPOINT_FORMAT, CHECKPOINT_FORMAT_VERSION));
    if (header_real(header, CHECKPOINT_INTERRUPTED, 1) == 0)
        return MFALS_OK;
    return fail(MFALS_BAD_DATA, "'%s' was written within an iteration and is no model yet: train resumes it",
                reader->path);
}

static status check(struct reader *reader)
{
    if (strcmp(reader->header->format, CHECKPOINT_FORMAT) == 0)
        TRY(check_checkpoint(reader));
    else
        TRY(header_require(reader->header, reader->path, MODEL_FORMAT, MODEL_FORMAT_VERSION));
    return shape_of_model(&reader->shape, reader->header, reader->path);
}

/* [collective] */
static status read_all(struct stored_model *model, const struct comm *comm, const char *path)
{
    const struct header *header = model->header;
    struct reader reader = {.comm = comm, .path = path, .header = header};
    TRY(agree(comm, check(&reader)));
    advance_begin("reading the model", "bytes", header->file_bytes / comm->size, header->file_bytes);
    status done = agree(comm, read_share(model, &reader));
    advance_end();
    TRY(done);
    return content_digest_verify(&reader.digest, comm, header, path);
}

status model_file_read(struct stored_model **model, const struct comm *comm, const char *path)
{
    *model = NULL;
    TRY(allocate_on_all(comm, model, 1));
    status done = header_read(&(*model)->header, comm, path);
    if (done == MFALS_OK)
        done = read_all(*model, comm, path);
    if (done != MFALS_OK)
        stored_model_free(model);
    return done;
}

void stored_model_free(struct stored_model **model)
{
    if (*model == NULL)
        return;
    for (int s = USERS; s <= ITEMS; s++) {
        struct stored_side *side = &(*model)->side[s];
        memory_free(side->offsets);
        memory_free(side->factors);
        memory_free(side->bias);
        memory_free(side->counts);
        ids_free(&side->ids);
    }
    memory_free((*model)->header);
    memory_free(*model);
    *model = NULL;
}
