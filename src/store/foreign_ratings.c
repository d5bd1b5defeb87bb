#include "store/foreign_ratings.h"

#include "base/advance.h"
#include "base/log.h"
#include "base/number.h"
#include "base/utf8.h"
#include "store/foreign_reader.h"
#include "store/names.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

static const char *const side_name[2] = {[USERS] = "user", [ITEMS] = "item"};

/* Rating i of this rank is none. */
__attribute__((format(printf, 3, 4))) static void note(struct foreign_reader *reader, int64_t i,
                                                       const char *format, ...)
{
    if (reader->first + i >= reader->fault)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(reader->reason, sizeof reader->reason, format, arguments);
    va_end(arguments);
    reader->fault = reader->first + i;
}

static status take_value(struct foreign_reader *reader, const struct foreign_set *set, int64_t i, int64_t row,
                         void *context)
{
    double wanted = foreign_set_real(set, reader->buffer, i);
    struct raw_rating *rating = &reader->raw->ratings[row - reader->first];
    (void)context;
    rating->value = (float)wanted;
    if (!isfinite(wanted))
        note(reader, row - reader->first, "its value is not finite");
    else if (!isfinite(rating->value))
        note(reader, row - reader->first, "its value %g is too large", wanted);
    else
        reader->raw->rounded += (double)rating->value != wanted && floor(wanted) == wanted;
    return MFALS_OK;
}

static status take_time(struct foreign_reader *reader, const struct foreign_set *set, int64_t i, int64_t row,
                        void *context)
{
    (void)context;
    if (!foreign_set_integer(&reader->raw->times[row - reader->first], set, reader->buffer, i))
        note(reader, row - reader->first, "its time does not fit 64 bits");
    return MFALS_OK;
}

static bool is_id(const struct foreign_text *text)
{
    return text->length > 0 && text->length <= ID_MAX_BYTES && utf8_is_text(text->text, text->length);
}

/* An id that stands with the rating. */
static status take_id(struct foreign_reader *reader, const struct foreign_set *set, int64_t i, int64_t row,
                      void *context)
{
    enum side side = set == &reader->rating[USERS] ? USERS : ITEMS;
    struct foreign_text text;
    (void)context;
    foreign_set_text(&text, set, reader->buffer, i);
    if (!is_id(&text)) {
        note(reader, row - reader->first, "its %s is no id: UTF-8 text of 1 to %d bytes", side_name[side],
             ID_MAX_BYTES);
        return MFALS_OK;
    }
    return dictionary_add(&reader->raw->ids[side], &reader->raw->ratings[row - reader->first].id[side],
                          text.text, text.length, row);
}

/* The row of an id, put there until the id is known. */
static status take_row(struct foreign_reader *reader, const struct foreign_set *set, int64_t i, int64_t row,
                       void *context)
{
    enum side side = set == &reader->rating[USERS] ? USERS : ITEMS;
    int64_t index;
    (void)context;
    if (!foreign_set_integer(&index, set, reader->buffer, i) || index < 0 ||
        index >= reader->ids[side].rows) {
        note(reader, row - reader->first, "its %s is no row of %s, which has %" PRId64, side_name[side],
             ids_name[side], reader->ids[side].rows);
        index = 0;
    }
    reader->raw->ratings[row - reader->first].id[side] = (uint32_t)index;
    return MFALS_OK;
}

/* [local] */
static status read_ratings(struct foreign_reader *reader)
{
    struct raw_ratings *raw = reader->raw;
    int64_t first = reader->first, count = reader->count;
    TRY(allocate(&raw->ratings, count));
    raw->count = raw->capacity = raw->lines = count;
    for (int64_t i = 0; i < count; i++) {
        raw->ratings[i].position = first + i;
        raw->ratings[i].value = 1;
    }
    if (foreign_set_is_there(&reader->value))
        TRY(foreign_reader_each(reader, &reader->value, first, count, take_value, NULL));
    raw->timed = reader->times != TIMES_NONE && foreign_set_is_there(&reader->time);
    if (raw->timed) {
        TRY(allocate(&raw->times, count));
        raw->time_capacity = count;
        TRY(foreign_reader_each(reader, &reader->time, first, count, take_time, NULL));
    }
    for (int side = USERS; side <= ITEMS; side++)
        TRY(foreign_reader_each(reader, &reader->rating[side], first, count,
                                foreign_set_is_there(&reader->ids[side]) ? take_row : take_id, NULL));
    return MFALS_OK;
}

/* [collective] The first rating of all that is none. */
static status agree_on_ratings(struct foreign_reader *reader, status mine)
{
    if (mine == MFALS_OK && reader->fault < INT64_MAX)
        mine =
            fail(MFALS_BAD_DATA, "%s: rating %" PRId64 ": %s", reader->path, reader->fault, reader->reason);
    return agree_at(reader->comm, reader->fault, mine);
}

/* Where the ids that ratings name go: of rows first .. first + n - 1 the first rating, then the dictionary's number. */
struct naming {
    int64_t *place; /* INT64_MAX: nobody names it */
    int64_t first;
    bool all; /* those that nobody names as well */
    int64_t fault;
};

static status name_row(struct foreign_reader *reader, const struct foreign_set *set, int64_t i, int64_t row,
                       void *context)
{
    struct naming *naming = context;
    enum side side = set == &reader->ids[USERS] ? USERS : ITEMS;
    int64_t position = naming->all ? INT64_MAX : naming->place[row - naming->first];
    struct foreign_text text;
    uint32_t number;
    if (position == INT64_MAX && !naming->all)
        return MFALS_OK;
    foreign_set_text(&text, set, reader->buffer, i);
    if (!is_id(&text)) {
        naming->fault = row;
        return fail(MFALS_BAD_DATA, "%s: row %" PRId64 " of %s is no id: UTF-8 text of 1 to %d bytes",
                    reader->path, row, set->name, ID_MAX_BYTES);
    }
    TRY(dictionary_add(&reader->raw->ids[side], &number, text.text, text.length, position));
    if (!naming->all)
        naming->place[row - naming->first] = number;
    return MFALS_OK;
}

/* Puts the numbers of the dictionary in place of rows. */
static status number_rows(struct foreign_reader *reader, enum side side, struct naming *naming)
{
    struct raw_rating *ratings = reader->raw->ratings;
    scoped int64_t *place = NULL;
    int64_t low = reader->ids[side].rows, high = 0;
    for (int64_t i = 0; i < reader->count; i++) {
        low = number_min(low, ratings[i].id[side]);
        high = number_max(high, (int64_t)ratings[i].id[side] + 1);
    }
    int64_t rows = number_max(0, high - low);
    TRY(allocate_raw(&place, rows));
    for (int64_t i = 0; i < rows; i++)
        place[i] = INT64_MAX;
    for (int64_t i = reader->count; i-- > 0;)
        place[ratings[i].id[side] - low] = reader->first + i;
    *naming = (struct naming){.place = place, .first = low, .fault = INT64_MAX};
    TRY(foreign_reader_each(reader, &reader->ids[side], low, rows, name_row, naming));
    for (int64_t i = 0; i < reader->count; i++)
        ratings[i].id[side] = (uint32_t)place[ratings[i].id[side] - low];
    return MFALS_OK;
}

/* [local] A share of all ids, whether rated or not, and those that this rank's ratings name. */
static status read_ids(struct foreign_reader *reader, enum side side, struct naming *naming)
{
    int64_t first, count;
    TRY(number_rows(reader, side, naming));
    *naming = (struct naming){.all = true, .fault = INT64_MAX};
    TRY(foreign_reader_share(&first, &count, reader->comm, reader->ids[side].rows));
    return foreign_reader_each(reader, &reader->ids[side], first, count, name_row, naming);
}

/* [collective] */
static status read_all_ids(struct foreign_reader *reader)
{
    for (int side = USERS; side <= ITEMS; side++) {
        struct naming naming = {.fault = 0};
        if (foreign_set_is_there(&reader->ids[side])) {
            status mine = read_ids(reader, (enum side)side, &naming);
            TRY(agree_at(reader->comm, naming.fault, mine));
        }
    }
    return MFALS_OK;
}

/* [collective] */
static status read_open_file(struct foreign_reader *reader)
{
    const struct comm *comm = reader->comm;
    foreign_reader_describe(reader);
    TRY(agree(comm, foreign_reader_check_heap(reader)));
    TRY(agree_on_ratings(reader, read_ratings(reader)));
    TRY(read_all_ids(reader));
    int64_t rounded = reader->raw->rounded;
    comm_sum_int(comm, &rounded, 1);
    if (rounded > 0)
        log_warning("%s: %" PRId64
                    " values are whole numbers beyond 2^24 that 32-bit floats do not hold, and were "
                    "rounded",
                    reader->path, rounded);
    return MFALS_OK;
}

/* [collective] */
static status read_file(struct foreign_reader *reader)
{
    status done = agree(reader->comm, foreign_reader_open(reader));
    if (done == MFALS_OK) {
        int64_t row = 0, rows = reader->count;
        const struct foreign_set *sets[] = {&reader->rating[USERS], &reader->rating[ITEMS], &reader->value};
        for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
            row += sets[i]->width;
        reader->raw->files = 1;
        reader->raw->file_bytes = reader->file_bytes;
        reader->raw->bytes = row * rows;
        advance_begin("reading", "bytes", row * rows, row * reader->rating[USERS].rows);
        done = read_open_file(reader);
        advance_end();
    }
    return agree(reader->comm, foreign_reader_close(reader, done));
}

/* Without filters from outside: what a file asks for is not loaded into the program. */
static status read_without_plugins(struct foreign_reader *reader)
{
    unsigned plugins = 0;
    bool known = H5PLget_loading_state(&plugins) >= 0 && H5PLset_loading_state(0) >= 0;
    status done = read_file(reader);
    if (known)
        H5PLset_loading_state(plugins);
    return done;
}

status foreign_ratings_read(struct raw_ratings *raw, const struct comm *comm, const char *path,
                            enum rating_times times)
{
    struct foreign_reader reader = {
        .comm = comm, .path = path, .raw = raw, .times = times, .fault = INT64_MAX};
    status done = MFALS_OK;
    *raw = (struct raw_ratings){0};
    H5E_BEGIN_TRY
    {
        done = read_without_plugins(&reader);
    }
    H5E_END_TRY
    if (done != MFALS_OK) /* HDF5 may have lost track of something, and would say so when the process ends */
        H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    return done;
}

/* [local] */
static int lacks_attributes(const char *path)
{
    static const char *const own[] = {"format", "format_version", "complete"};
    hid_t file = H5I_INVALID_HID;
    int found = 0;
    if (hdf5_open_read(&file, path) != MFALS_OK)
        return false;
    for (size_t i = 0; i < sizeof own / sizeof *own && found >= 0; i++) {
        htri_t there = H5Aexists(file, own[i]);
        found = there < 0 ? -1 : found + (there > 0);
    }
    status closed = hdf5_close_read(file, path, MFALS_OK);
    return closed == MFALS_OK && found >= 0 && found < (int)(sizeof own / sizeof *own);
}

bool foreign_ratings_are(const struct comm *comm, const char *path)
{
    int foreign = 0;
    H5E_BEGIN_TRY
    {
        foreign = comm->rank == 0 && lacks_attributes(path);
    }
    H5E_END_TRY
    comm_broadcast(comm, &foreign, sizeof foreign, 0);
    return foreign != 0;
}
