#include "read/parquet_rows.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/utf8.h"
#include "read/time_text.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Rows checked and not yet taken in: so many that the ids' places in the tables come into the cache meanwhile. */
enum { PENDING_MAX = 16, DIGITS_SIZE = 24 };

struct pending_id {
    const char *text;
    int64_t length;
    uint32_t *known; /* where the id's number + 1 is kept, 0 as long as it is not known; NULL: nowhere */
    char digits[DIGITS_SIZE];
};

struct pending {
    int64_t position, time;
    float value, weight;
    bool rounded;
    struct pending_id id[2];
};

/* The rows being read. */
struct work {
    struct parquet_rows *rows; /* not owned */
    const struct parquet_wanted *wanted;
    int pending_count;
    struct pending pending[PENDING_MAX];
    enum column_role bad; /* the column that is */
    char reason[256];
};

static bool refuse(struct work *work, enum column_role role, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

/* Always false. */
static bool refuse(struct work *work, enum column_role role, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(work->reason, sizeof work->reason, format, arguments);
    va_end(arguments);
    work->bad = role;
    return false;
}

/* Writes the digits; returns where they begin. */
static const char *write_integer(char digits[DIGITS_SIZE], int64_t *length, uint64_t size, bool negative)
{
    char *at = digits + DIGITS_SIZE;
    do
        *--at = (char)('0' + size % 10);
    while ((size /= 10) != 0);
    if (negative)
        *--at = '-';
    *length = digits + DIGITS_SIZE - at;
    return at;
}

/* Tables of pandas turn integers into fractions where a value is missing: they count as what they were. */
static bool take_whole(struct work *work, enum column_role role, struct pending_id *id, double real)
{
    static const double most = 0x1p53;
    if (!isfinite(real))
        return refuse(work, role, "%s is no id", isnan(real) ? "NaN" : "an infinite number");
    if (floor(real) != real)
        return refuse(work, role, "%.17g is not a whole number, and so no id", real);
    if (fabs(real) >= most)
        return refuse(work, role, "%.17g is beyond 2^53, where a double does not tell one id from the next",
                      real);
    id->text = write_integer(id->digits, &id->length, (uint64_t)fabs(real), real < 0);
    return true;
}

static bool take_text(struct work *work, enum column_role role, struct pending_id *id,
                      const struct parquet_value *value)
{
    id->text = value->text;
    id->length = value->length;
    if (id->length == 0)
        return refuse(work, role, "empty");
    if (id->length > ID_MAX_BYTES)
        return refuse(work, role, "longer than %d bytes", ID_MAX_BYTES);
    return utf8_is_text(id->text, id->length) ||
           refuse(work, role, "holds a control character or is not valid UTF-8");
}

/* Where --ids integer asks for it. */
static bool check_integer(struct work *work, enum column_role role, const struct pending_id *id)
{
    return !work->rows->parser->format->line.integers || number_is_plain(id->text, id->length) ||
           refuse(work, role, "'%.*s' is not an integer of 64 bits, which --ids integer asks for",
                  (int)number_min(id->length, 40), id->text);
}

/* Where the number of an id is kept, or NULL. */
static inline uint32_t *place_of_number(struct parquet_rows *rows, const struct parquet_reader *reader,
                                        const struct parquet_value *value, enum side side)
{
    bool is_integer = reader->column->kind == PARQUET_INTEGER || reader->column->kind == PARQUET_UNSIGNED;
    if (is_integer && (uint64_t)value->integer < (uint64_t)rows->by_integer[side].count)
        return &rows->by_integer[side].number[value->integer];
    return value->place == PARQUET_NO_PLACE ? NULL : &rows->by_place[side].number[value->place];
}

static inline bool take_id(struct work *work, struct pending_id *id, enum side side, int64_t row)
{
    enum column_role role = side == USERS ? COLUMN_USER : COLUMN_ITEM;
    const struct parquet_reader *reader = &work->rows->reader[role];
    const struct parquet_value *value = &reader->values[row];
    if (!reader->present[row])
        return refuse(work, role, "null");
    id->known = place_of_number(work->rows, reader, value, side);
    if (id->known != NULL && *id->known != 0)
        return true;
    switch (reader->column->kind) {
    case PARQUET_TEXT:
        return take_text(work, role, id, value) && check_integer(work, role, id);
    case PARQUET_REAL:
        return take_whole(work, role, id, value->real);
    case PARQUET_INTEGER:
        id->text = write_integer(id->digits, &id->length,
                                 value->integer < 0 ? 0 - (uint64_t)value->integer : (uint64_t)value->integer,
                                 value->integer < 0);
        return true;
    default:
        id->text = write_integer(id->digits, &id->length, (uint64_t)value->integer, false);
        return check_integer(work, role, id);
    }
}

static double real_of(const struct parquet_reader *reader, const struct parquet_value *value)
{
    switch (reader->column->kind) {
    case PARQUET_REAL:
        return value->real;
    case PARQUET_UNSIGNED:
        return (double)(uint64_t)value->integer;
    default:
        return (double)value->integer;
    }
}

/* As the same number in text would be read. */
static inline bool take_rating(struct work *work, struct pending *pending, int64_t row)
{
    const struct parquet_reader *reader = &work->rows->reader[COLUMN_RATING];
    if (!reader->present[row])
        return refuse(work, COLUMN_RATING, "null");
    double real = real_of(reader, &reader->values[row]);
    pending->value = (float)real;
    if (!isfinite(pending->value))
        return refuse(work, COLUMN_RATING, "%g is %s", real,
                      isfinite(real) ? "too large" : "not a finite number");
    pending->rounded = (double)pending->value != real && floor(real) == real;
    return true;
}

static bool take_time(struct work *work, struct pending *pending, int64_t row)
{
    const struct parquet_reader *reader = &work->rows->reader[COLUMN_TIME];
    const struct parquet_value *value = &reader->values[row];
    if (!reader->present[row])
        return refuse(work, COLUMN_TIME, "null");
    if (reader->column->kind == PARQUET_TEXT)
        return time_parse(&pending->time, value->text, value->length) ||
               refuse(work, COLUMN_TIME,
                      "'%.*s' is neither a number nor a date, such as 2005-09-06T12:30:00Z",
                      (int)number_min(value->length, 40), value->text);
    pending->time = value->integer;
    if (reader->column->kind == PARQUET_UNSIGNED && value->integer < 0)
        return refuse(work, COLUMN_TIME, "%" PRIu64 " does not fit 64 bits", (uint64_t)value->integer);
    if (reader->column->kind != PARQUET_REAL)
        return true;
    if (!(value->real >= -0x1p63 && value->real < 0x1p63))
        return refuse(work, COLUMN_TIME, "%g does not fit 64 bits", value->real);
    pending->time = (int64_t)floor(value->real);
    return true;
}

static bool take_weight(struct work *work, struct pending *pending, int64_t row)
{
    const struct parquet_reader *reader = &work->rows->reader[COLUMN_WEIGHT];
    if (!reader->present[row])
        return refuse(work, COLUMN_WEIGHT, "null");
    double real = real_of(reader, &reader->values[row]);
    const char *wrong = line_take_weight(&pending->weight, real);
    return wrong == NULL || refuse(work, COLUMN_WEIGHT, "%g is %s", real, wrong);
}

static bool take_row(struct work *work, struct pending *pending, int64_t row)
{
    pending->value = 1;
    pending->rounded = false;
    pending->time = 0;
    return take_id(work, &pending->id[USERS], USERS, row) && take_id(work, &pending->id[ITEMS], ITEMS, row) &&
           (work->wanted->column[COLUMN_RATING] == NULL || take_rating(work, pending, row)) &&
           (work->wanted->column[COLUMN_TIME] == NULL || take_time(work, pending, row)) &&
           (work->wanted->column[COLUMN_WEIGHT] == NULL || take_weight(work, pending, row));
}

static status find_number(struct work *work, uint32_t *number, const struct pending *pending, enum side side)
{
    const struct pending_id *id = &pending->id[side];
    if (id->known != NULL && *id->known != 0) {
        *number = *id->known - 1;
        return MFALS_OK;
    }
    TRY(dictionary_add(&work->rows->parser->raw->ids[side], number, id->text, id->length, pending->position));
    if (id->known != NULL)
        *id->known = *number + 1;
    return MFALS_OK;
}

static status add_pending(struct work *work)
{
    struct raw_ratings *raw = work->rows->parser->raw;
    bool timed = work->wanted->column[COLUMN_TIME] != NULL;
    TRY(memory_grow(&raw->ratings, &raw->capacity, raw->count + work->pending_count, sizeof *raw->ratings));
    if (timed)
        TRY(memory_grow(&raw->times, &raw->time_capacity, raw->count + work->pending_count,
                        sizeof *raw->times));
    bool weighed = work->wanted->column[COLUMN_WEIGHT] != NULL;
    if (weighed)
        TRY(memory_grow(&raw->weights, &raw->weight_capacity, raw->count + work->pending_count,
                        sizeof *raw->weights));
    for (int i = 0; i < work->pending_count; i++) {
        const struct pending *pending = &work->pending[i];
        struct raw_rating rating = {.position = pending->position, .value = pending->value};
        for (int side = USERS; side <= ITEMS; side++)
            TRY(find_number(work, &rating.id[side], pending, side));
        raw->rounded += pending->rounded;
        if (timed)
            raw->times[raw->count] = pending->time;
        if (weighed)
            raw->weights[raw->count] = pending->weight;
        raw->ratings[raw->count++] = rating;
    }
    work->pending_count = 0;
    return MFALS_OK;
}

static void note(struct work *work, const struct parquet_file *file, int64_t position)
{
    struct parser *parser = work->rows->parser;
    const struct parquet_column *column = work->wanted->column[work->bad];
    char text[FAILURE_MESSAGE_SIZE];
    snprintf(text, sizeof text, "%.600s: row %" PRId64 ", column '%.*s': %s", file->path,
             (position & (((int64_t)1 << POSITION_FILE_SHIFT) - 1)) + 1,
             (int)number_min(column->name_length, 100), column->name, work->reason);
    fault_note(parser->skip_bad_lines ? &parser->skipped : &parser->fault, MFALS_BAD_DATA, position, -1, 0,
               text);
    parser->raw->bad_lines++;
}

/* Takes in the rows that the readers hold, of which the first is at `position`. */
static status take_rows(struct work *work, const struct parquet_file *file, int64_t position, int64_t count)
{
    struct parser *parser = work->rows->parser;
    for (int64_t row = 0; row < count && parser->fault.code == MFALS_OK; row++) {
        struct pending *pending = &work->pending[work->pending_count];
        pending->position = position + row;
        parser->raw->lines++;
        if (!take_row(work, pending, row)) {
            note(work, file, position + row);
            continue;
        }
        for (int side = USERS; side <= ITEMS; side++)
            if (pending->id[side].known == NULL || *pending->id[side].known == 0)
                dictionary_prefetch(&parser->raw->ids[side], pending->id[side].text,
                                    pending->id[side].length);
        if (++work->pending_count == PENDING_MAX)
            TRY(add_pending(work));
    }
    return add_pending(work);
}

static status grow_known(struct parquet_known *known, int64_t count)
{
    if (count <= known->count)
        return MFALS_OK;
    TRY(memory_grow(&known->number, &known->capacity, count, sizeof *known->number));
    memset(known->number + known->count, 0, (size_t)(count - known->count) * sizeof *known->number);
    known->count = count;
    return MFALS_OK;
}

/* Room for what the rows taken last hold. A chunk's dictionary is there once its first page is being read. */
static status prepare_known(struct parquet_rows *rows, enum side side, int64_t count)
{
    const struct parquet_reader *reader = &rows->reader[side == USERS ? COLUMN_USER : COLUMN_ITEM];
    int64_t most = -1;
    TRY(grow_known(&rows->by_place[side], reader->dictionary_count));
    if (reader->column->kind != PARQUET_INTEGER && reader->column->kind != PARQUET_UNSIGNED)
        return MFALS_OK;
    for (int64_t i = 0; i < count; i++)
        if (reader->present[i] && reader->values[i].integer < rows->integers_max)
            most = number_max(most, reader->values[i].integer);
    if (most < rows->by_integer[side].count)
        return MFALS_OK;
    return grow_known(&rows->by_integer[side], number_min(rows->integers_max, most + most / 2 + 1));
}

/* How many rows all columns have ready; 0: there are no more. */
static status find_ready(struct parquet_rows *rows, const struct parquet_wanted *wanted, int64_t *count)
{
    *count = PARQUET_BATCH;
    for (int role = 0; role < COLUMN_ROLES; role++) {
        int64_t left;
        if (wanted->column[role] == NULL)
            continue;
        TRY(parquet_ready(&rows->reader[role], &left));
        *count = number_min(*count, left);
    }
    for (int role = 0; role < COLUMN_ROLES; role++)
        if (wanted->column[role] != NULL && *count > 0)
            TRY(parquet_take(&rows->reader[role], *count));
    for (int side = USERS; side <= ITEMS; side++)
        TRY(prepare_known(rows, side, *count));
    return MFALS_OK;
}

static status open_readers(struct parquet_rows *rows, const struct parquet_file *file, int64_t group,
                           const struct parquet_wanted *wanted)
{
    rows->by_place[USERS].count = rows->by_place[ITEMS].count = 0;
    for (int role = 0; role < COLUMN_ROLES; role++)
        if (wanted->column[role] != NULL)
            TRY(parquet_reader_open(&rows->reader[role], file, group, wanted->column[role]));
    return MFALS_OK;
}

status parquet_rows_read(struct parquet_rows *rows, const struct parquet_file *file, int64_t number,
                         int64_t group, const struct parquet_wanted *wanted)
{
    struct work work; /* large: what is left unset is written before it is read */
    work.rows = rows;
    work.wanted = wanted;
    work.pending_count = 0;
    int64_t position = (number << POSITION_FILE_SHIFT) + file->groups[group].first_row, count = 0;
    status got = open_readers(rows, file, group, wanted);
    for (; got == MFALS_OK && rows->parser->fault.code == MFALS_OK; position += count) {
        got = find_ready(rows, wanted, &count);
        if (got != MFALS_OK || count == 0)
            break;
        TRY(take_rows(&work, file, position, count));
    }
    if (got != MFALS_BAD_DATA && got != MFALS_IO)
        return got;
    fault_note(&rows->parser->fault, got, position, -1, 0, failure_message());
    return MFALS_OK;
}

void parquet_rows_free(struct parquet_rows *rows)
{
    for (int role = 0; role < COLUMN_ROLES; role++)
        parquet_reader_close(&rows->reader[role]);
    for (int side = USERS; side <= ITEMS; side++) {
        memory_free(rows->by_place[side].number);
        memory_free(rows->by_integer[side].number);
    }
}
