#include "store/foreign_reader.h"

#include "base/advance.h"
#include "base/log.h"
#include "base/number.h"
#include "comm/partition.h"
#include "store/heap_check.h"
#include "store/names.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

status foreign_reader_share(int64_t *first, int64_t *count, const struct comm *comm, int64_t rows)
{
    scoped int64_t *offsets = NULL;
    TRY(allocate(&offsets, comm->size + 1));
    partition_even(offsets, comm->size, rows);
    *first = offsets[comm->rank];
    *count = offsets[comm->rank + 1] - *first;
    return MFALS_OK;
}

static status check_lengths(const struct foreign_reader *reader)
{
    const struct foreign_set *sets[] = {&reader->rating[ITEMS], &reader->value, &reader->time};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (foreign_set_is_there(sets[i]) && sets[i]->rows != reader->rating[USERS].rows)
            return fail(MFALS_BAD_DATA, "%s: %s has %" PRId64 " rows, %s %" PRId64, reader->path,
                        sets[i]->name, sets[i]->rows, reader->rating[USERS].name, reader->rating[USERS].rows);
    return reader->rating[USERS].rows > 0 ? MFALS_OK : fail(MFALS_BAD_DATA, "%s: no ratings", reader->path);
}

static bool is_number(const struct foreign_set *set)
{
    return !foreign_set_is_there(set) || set->kind != FOREIGN_TEXT;
}

static status check_kinds(const struct foreign_reader *reader)
{
    const char *path = reader->path;
    for (int side = USERS; side <= ITEMS; side++) {
        const struct foreign_set *rating = &reader->rating[side], *ids = &reader->ids[side];
        if (foreign_set_is_there(ids) && (rating->kind == FOREIGN_TEXT || rating->kind == FOREIGN_REALS))
            return fail(MFALS_BAD_DATA, "%s: %s holds no integers, the rows of %s", path, rating->name,
                        ids->name);
        if (rating->kind == FOREIGN_REALS || ids->kind == FOREIGN_REALS)
            return fail(MFALS_BAD_DATA, "%s: %s holds floats, which are no ids", path,
                        rating->kind == FOREIGN_REALS ? rating->name : ids->name);
        if (ids->rows > UINT32_MAX)
            return fail(MFALS_BAD_DATA, "%s: %s has more than 2^32 - 1 rows", path, ids->name);
    }
    if (!is_number(&reader->value) || !is_number(&reader->time))
        return fail(MFALS_BAD_DATA, "%s: %s holds text", path,
                    is_number(&reader->value) ? rating_time_name : rating_value_name);
    if (times_needed_by(reader->times) != NULL && !foreign_set_is_there(&reader->time))
        return fail(MFALS_USAGE, "%s: '%s' has no times: %s is missing", times_needed_by(reader->times), path,
                    rating_time_name);
    return MFALS_OK;
}

static status open_sets(struct foreign_reader *reader)
{
    for (int side = USERS; side <= ITEMS; side++) {
        TRY(foreign_set_open(&reader->rating[side], reader->file, reader->path, rating_row_name[side]));
        TRY(foreign_set_open(&reader->ids[side], reader->file, reader->path, ids_name[side]));
    }
    if (!foreign_set_is_there(&reader->rating[USERS]) || !foreign_set_is_there(&reader->rating[ITEMS]))
        return fail(MFALS_BAD_DATA,
                    "'%s' is an HDF5 file without ratings: /ratings/user and /ratings/item were looked for, "
                    "and, where "
                    "there, /ratings/value, /ratings/time, /users/ids and /items/ids",
                    reader->path);
    TRY(foreign_set_open(&reader->value, reader->file, reader->path, rating_value_name));
    TRY(foreign_set_open(&reader->time, reader->file, reader->path, rating_time_name));
    TRY(check_lengths(reader));
    return check_kinds(reader);
}

static bool has_variable_text(const struct foreign_reader *reader)
{
    return reader->rating[USERS].variable || reader->rating[ITEMS].variable || reader->ids[USERS].variable ||
           reader->ids[ITEMS].variable;
}

status foreign_reader_check_heap(const struct foreign_reader *reader)
{
    int64_t first, count;
    if (!has_variable_text(reader))
        return MFALS_OK;
    TRY(foreign_reader_share(&first, &count, reader->comm, reader->file_bytes));
    int fd = open(reader->path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return fail(MFALS_NO_INPUT, "cannot open '%s': %s", reader->path, errno_text(errno));
    status done = heap_check_range(fd, reader->path, first, first + count, reader->file_bytes);
    close(fd);
    return done;
}

status foreign_reader_open(struct foreign_reader *reader)
{
    struct stat about;
    if (stat(reader->path, &about) != 0)
        return fail(MFALS_NO_INPUT, "cannot open '%s': %s", reader->path, errno_text(errno));
    reader->file_bytes = about.st_size;
    TRY(hdf5_open_read(&reader->file, reader->path));
    TRY(open_sets(reader));
    TRY(allocate_raw(&reader->buffer, FOREIGN_PIECE_BYTES));
    return foreign_reader_share(&reader->first, &reader->count, reader->comm, reader->rating[USERS].rows);
}

void foreign_reader_describe(const struct foreign_reader *reader)
{
    const char *between[2], *ids[2];
    for (int side = USERS; side <= ITEMS; side++) {
        bool rows = foreign_set_is_there(&reader->ids[side]);
        between[side] = rows ? ", rows of " : "";
        ids[side] = rows ? ids_name[side] : "";
    }
    log_line("%s: HDF5: %s%s%s; %s%s%s; %s; %s", reader->path, rating_row_name[USERS], between[USERS],
             ids[USERS], rating_row_name[ITEMS], between[ITEMS], ids[ITEMS],
             foreign_set_is_there(&reader->value) ? rating_value_name : "each of value 1",
             foreign_set_is_there(&reader->time) ? rating_time_name : "no times");
}

status foreign_reader_each(struct foreign_reader *reader, const struct foreign_set *set, int64_t first,
                           int64_t count, foreign_row *function, void *context)
{
    int64_t piece = foreign_set_piece(set);
    for (int64_t done = 0; done < count; done += piece) {
        int64_t rows = number_min(piece, count - done);
        status taken = MFALS_OK;
        TRY(foreign_set_read(set, reader->path, reader->buffer, first + done, rows));
        for (int64_t i = 0; i < rows && taken == MFALS_OK; i++)
            taken = function(reader, set, i, first + done + i, context);
        foreign_set_release(set, reader->buffer, rows);
        advance_by(rows * set->width);
        TRY(taken);
    }
    return MFALS_OK;
}

status foreign_reader_close(struct foreign_reader *reader, status before)
{
    struct foreign_set *sets[] = {&reader->rating[USERS], &reader->rating[ITEMS], &reader->ids[USERS],
                                  &reader->ids[ITEMS],    &reader->value,         &reader->time};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        foreign_set_close(sets[i]);
    memory_free(reader->buffer);
    return reader->file > 0 ? hdf5_close_read(reader->file, reader->path, before) : before;
}
