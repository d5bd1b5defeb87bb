#include "store/inspect.h"

#include "base/number.h"
#include "store/checkpoint_file.h"
#include "store/content_digest.h"
#include "store/names.h"
#include "store/ratings_file.h"
#include "store/shape.h"
#include "store/stored_ids.h"
#include "store/stored_rows.h"
#include "store/trailer.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

static const int64_t part_bytes = (int64_t)1 << 22;

/* What all checks need. */
struct checking {
    const struct comm *comm;
    const char *path;
    const struct header *header;
    const struct shape *shape;
    struct content_digest digest;
    int fd;
};

/* Rows of a data set in memory, and the row before them if there is one. */
struct block {
    const struct data_set *set;
    const char *rows, *before;
    int64_t first, count;
};

static status bad_row(const struct checking *checking, const struct block *block, int64_t i, const char *what)
{
    return fail(MFALS_BAD_DATA, "'%s' is damaged: row %" PRId64 " of %s %s", checking->path, block->first + i,
                block->set->name, what);
}

static const char *row_before(const struct block *block, int64_t i)
{
    return i > 0 ? block->rows + (i - 1) * block->set->row_bytes : block->before;
}

static status check_finite(const struct checking *checking, const struct block *block)
{
    const float *numbers = (const float *)block->rows;
    for (int64_t i = 0; i < block->count * block->set->columns; i++)
        if (!isfinite(numbers[i]))
            return bad_row(checking, block, i / block->set->columns, "is not finite");
    return MFALS_OK;
}

static uint32_t row_number(const char *row)
{
    uint32_t number;
    memcpy(&number, row, sizeof number);
    return number;
}

static status check_named_rows(const struct checking *checking, const struct block *block, enum side side)
{
    int64_t rows = checking->shape->ids[side]->rows;
    for (int64_t i = 0; i < block->count; i++) {
        const char *before = row_before(block, i);
        uint32_t row = row_number(block->rows + i * (int64_t)sizeof row);
        if (row >= rows)
            return bad_row(checking, block, i, "names a row that is not there");
        if (side == USERS && before != NULL && row_number(before) > row)
            return bad_row(checking, block, i, "is not in order");
    }
    return MFALS_OK;
}

/* Of version 1: a user's items ascend, no pair is there twice. */
static status check_items_of_users(const struct checking *checking, const struct block *block)
{
    scoped uint32_t *user = NULL; /* of the row before, if there is one, and each row */
    int64_t lead = block->before != NULL;
    TRY(allocate_raw(&user, block->count + lead));
    TRY(stored_rows_read(user, sizeof *user, checking->fd, checking->path, checking->shape->row[USERS],
                         block->first - lead, block->count + lead));
    for (int64_t i = 1 - lead; i < block->count; i++) {
        uint32_t item = row_number(block->rows + i * (int64_t)sizeof item);
        if (user[i + lead] == user[i + lead - 1] && row_number(row_before(block, i)) >= item)
            return bad_row(checking, block, i, "is not in order");
    }
    return MFALS_OK;
}

static status check_block(struct checking *checking, const struct block *block)
{
    const struct shape *shape = checking->shape;
    const struct data_set *set = block->set;
    content_digest_rows(&checking->digest, set->name, block->first, block->count, block->rows, set->row_bytes,
                        set->row_bytes);
    for (int side = USERS; side <= ITEMS; side++) {
        if (set == shape->ids[side])
            return stored_ids_check(checking->path, set, block->first, block->count, block->rows,
                                    block->before);
        if (set == shape->row[side]) {
            TRY(check_named_rows(checking, block, side));
            return side == ITEMS && checking->header->format_version == 1
                       ? check_items_of_users(checking, block)
                       : MFALS_OK;
        }
        if (set == shape->factors[side] || set == shape->bias[side] || set == shape->value)
            return check_finite(checking, block);
    }
    return MFALS_OK;
}

/* This rank's share, with the row before it, through a buffer. */
static status check_data_set(struct checking *checking, const struct data_set *set, char *buffer)
{
    const struct comm *comm = checking->comm;
    int64_t each = number_divide_up(set->rows, comm->size);
    int64_t first = number_min(set->rows, each * comm->rank), end = number_min(set->rows, first + each);
    int64_t part = number_max(1, part_bytes / set->row_bytes);
    for (int64_t row = first; row < end; row += part) {
        int64_t count = number_min(part, end - row), lead = row > 0;
        TRY(stored_rows_read(buffer, set->row_bytes, checking->fd, checking->path, set, row - lead,
                             count + lead));
        struct block block = {.set = set,
                              .rows = buffer + lead * set->row_bytes,
                              .before = lead > 0 ? buffer : NULL,
                              .first = row,
                              .count = count};
        TRY(check_block(checking, &block));
    }
    return MFALS_OK;
}

/* Room for a part, or a row, of any data set and the row before it. */
static status new_buffer(char **buffer, const struct header *header)
{
    int64_t bytes = part_bytes;
    for (int i = 0; i < header->data_set_count; i++)
        bytes = number_max(bytes, part_bytes + 2 * header->data_sets[i].row_bytes);
    return allocate_raw(buffer, bytes);
}

static status check_rows(struct checking *checking)
{
    scoped char *buffer = NULL;
    TRY(new_buffer(&buffer, checking->header));
    for (int i = 0; i < checking->header->data_set_count; i++)
        TRY(check_data_set(checking, &checking->header->data_sets[i], buffer));
    return MFALS_OK;
}

/* [local] */
static status check_share(struct checking *checking)
{
    TRY(stored_rows_open(&checking->fd, checking->path, checking->header));
    status done = check_rows(checking);
    close(checking->fd);
    return done;
}

static bool is_checkpoint(const struct header *header)
{
    return strcmp(header->format, CHECKPOINT_FORMAT) == 0;
}

static status check_header(struct shape *shape, const struct header *header, const char *path)
{
    if (strcmp(header->format, RATINGS_FORMAT) == 0) {
        TRY(header_require(header, path, RATINGS_FORMAT, RATINGS_FORMAT_VERSION));
        return shape_of_ratings(shape, header, path);
    }
    if (is_checkpoint(header))
        TRY(header_require(header, path, CHECKPOINT_FORMAT, CHECKPOINT_FORMAT_VERSION));
    else
        TRY(header_require(header, path, MODEL_FORMAT, MODEL_FORMAT_VERSION));
    return shape_of_model(shape, header, path);
}

status check_file(struct verification *verification, const struct comm *comm, const char *path)
{
    scoped struct header *header = NULL;
    struct shape shape = {0};
    *verification = (struct verification){0};
    TRY(header_read(&header, comm, path));
    TRY(agree(comm, check_header(&shape, header, path)));
    for (int i = 0; i < header->data_set_count; i++) {
        verification->rows += header->data_sets[i].rows;
        verification->bytes += header->data_sets[i].rows * header->data_sets[i].row_bytes;
    }
    struct checking checking = {.comm = comm, .path = path, .header = header, .shape = &shape};
    TRY(agree(comm, check_share(&checking)));
    verification->has_digest = header_text(header, "digest", NULL) != NULL;
    TRY(content_digest_verify(&checking.digest, comm, header, path));
    return is_checkpoint(header) ? trailer_verify(comm, path) : MFALS_OK;
}
