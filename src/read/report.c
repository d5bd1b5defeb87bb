#include "read/report.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/number.h"
#include "read/adjacency.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

static const char *const sides[] = {"user", "item"};

/* Adds to a text of `size` bytes. */
static void add(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void add(char *text, size_t size, const char *format, ...)
{
    size_t length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + length, size - length, format, arguments);
    va_end(arguments);
}

/* "'movieId'" or "column 2" */
static void add_column(char *text, size_t size, const struct field *names, int column)
{
    if (names != NULL && column < COLUMNS_MAX && names[column].length > 0)
        add(text, size, "'%s'", field_excerpt(&names[column]).text);
    else
        add(text, size, "column %d", column + 1);
}

static bool is_used(const struct guess *guess, int role, const struct format *format)
{
    return guess->chosen.place[role] >= 0 && (role != COLUMN_TIME || format->line.timed) &&
           (role != COLUMN_WEIGHT || format->line.weighed);
}

static void add_ignored(char *text, size_t size, const struct guess *guess, const struct format *format,
                        const struct field *names, const struct field *first, int count)
{
    enum { SHOWN = 4 };
    int ignored = 0;
    for (int c = 0; c < guess->columns && c < COLUMNS_MAX; c++) {
        bool used = false;
        for (int role = 0; role < COLUMN_ROLES; role++)
            used |= guess->chosen.place[role] == c && is_used(guess, role, format);
        if (used || ignored++ >= SHOWN)
            continue;
        add(text, size, "%s", ignored == 1 ? "; ignored: " : ", ");
        add_column(text, size, names, c);
        if (c < count)
            add(text, size, " (%s)", field_excerpt(&first[c]).text);
    }
    if (ignored > SHOWN)
        add(text, size, " and %d more", ignored - SHOWN);
}

void report_columns(struct format *format, const struct sample *sample, const struct guess *guess,
                    const struct field *names)
{
    char separator[SEPARATOR_NAME_SIZE], *text = format->understood;
    struct field first[COLUMNS_MAX + 1];
    int count = guess->header < sample->count
                    ? sample_fields(first, &sample->line[guess->header], guess->separator)
                    : 0,
        said = 0;
    add(text, UNDERSTOOD_SIZE, "%s between columns", separator_name(separator, guess->separator));
    if (guess->header > 1)
        add(text, UNDERSTOOD_SIZE, ", %d header lines", guess->header);
    else
        add(text, UNDERSTOOD_SIZE, guess->header > 0 ? ", a header" : ", no header");
    for (int role = 0; role < COLUMN_ROLES; role++) {
        if (!is_used(guess, role, format))
            continue;
        int column = guess->chosen.place[role];
        add(text, UNDERSTOOD_SIZE, said++ == 0 ? ": " : ", ");
        add_column(text, UNDERSTOOD_SIZE, names, column);
        add(text, UNDERSTOOD_SIZE, " is the %s", column_role_name((enum column_role)role));
        if (column < count)
            add(format->example, EXAMPLE_SIZE, "%s%s -> %s", role > 0 ? ", " : "",
                field_excerpt(&first[column]).text, column_role_name((enum column_role)role));
    }
    if (guess->chosen.place[COLUMN_RATING] < 0)
        add(text, UNDERSTOOD_SIZE, ", no rating (1 each)");
    add_ignored(text, UNDERSTOOD_SIZE, guess, format, names, first, count);
}

void report_lists(struct format *format, const struct sample *sample, int header)
{
    snprintf(format->understood, UNDERSTOOD_SIZE, "lists: a line is %s and the items%s",
             format->counted ? "a number of items (the user is the number of the line, from 0)" : "a user",
             format->valued ? ", each with its rating" : "");
    for (int i = header; i < sample->count; i++) {
        struct adjacency list =
            adjacency_begin(format, sample->line[i].text, sample->line[i].length, i - header);
        struct line line;
        struct line_fault fault;
        if (!adjacency_next(&list, &line, &fault))
            continue;
        snprintf(format->example, EXAMPLE_SIZE, "%s -> user, %s -> item, %g -> rating",
                 field_excerpt(&line.id[USERS]).text, field_excerpt(&line.id[ITEMS]).text,
                 (double)line.value);
        return;
    }
}

void report_matrix(struct format *format)
{
    snprintf(format->understood, UNDERSTOOD_SIZE,
             "a MatrixMarket file: row is the user, column is the item%s",
             format->line.value >= 0 ? ", entry is the rating" : ", no rating (1 each)");
}

/* What is found in all values, whatever the order in which they are summed. */
struct values {
    int64_t count;
    double low, high, mean;
};

/* [collective] The sum is one of integers, in units that no number of them can overflow. */
static void find_values(struct values *values, const struct comm *comm, const struct raw_ratings *raw)
{
    double ends[2] = {-INFINITY, -INFINITY}; /* minus the lowest, the highest */
    for (int64_t i = 0; i < raw->count; i++) {
        ends[0] = fmax(ends[0], -(double)raw->ratings[i].value);
        ends[1] = fmax(ends[1], (double)raw->ratings[i].value);
    }
    int64_t count = raw->count;
    comm_max_double(comm, ends, 2);
    comm_sum_int(comm, &count, 1);
    *values = (struct values){.count = count, .low = -ends[0], .high = ends[1]};
    int exponent;
    frexp(fmax(fabs(ends[0]), fabs(ends[1])) * (double)count, &exponent);
    int64_t sum = 0;
    for (int64_t i = 0; i < raw->count; i++)
        sum += llrint(ldexp((double)raw->ratings[i].value, 62 - exponent));
    comm_sum_int(comm, &sum, 1);
    values->mean = count > 0 ? ldexp((double)sum, exponent - 62) / (double)count : 0;
}

enum { FOUND_TEXT_SIZE = 48 };

/* What the ids of a side have, over all ranks. */
struct id_findings {
    int64_t missing;                            /* ratings whose id is a word for none */
    int64_t integers, decimals;                 /* ids "123", and "123.0" */
    int64_t missing_position, decimal_position; /* of the first; INT64_MAX: none */
    bool text, single;                          /* some are no integers; there is but one */
    char missing_text[FOUND_TEXT_SIZE], decimal_text[FOUND_TEXT_SIZE];
};

/* "123.0", and "1e+05", which R writes for 100000. */
static bool is_decimal(const char *text, int64_t length)
{
    double value;
    if (memmem(text, (size_t)length, "e+", 2) != NULL && number_parse_double(&value, text, length))
        return true;
    const char *point = length > 2 && text[length - 1] == '0' ? memchr(text, '.', (size_t)length) : NULL;
    if (point == NULL || !number_is_plain(text, point - text))
        return false;
    for (const char *at = point + 1; at < text + length; at++)
        if (*at != '0')
            return false;
    return true;
}

/* Ratings whose id is the entry `number`. */
static int64_t count_ratings(const struct raw_ratings *raw, int side, int64_t number)
{
    int64_t count = 0;
    for (int64_t i = 0; i < raw->count; i++)
        count += raw->ratings[i].id[side] == (uint32_t)number;
    return count;
}

static void look_at_ids(struct id_findings *found, const struct raw_ratings *raw, int side)
{
    const struct dictionary *ids = &raw->ids[side];
    for (int64_t i = 0; i < ids->count; i++) {
        struct field id = {0};
        id.text = dictionary_text(ids, i, &id.length);
        if (is_decimal(id.text, id.length) && found->decimals++ >= 0 &&
            ids->position[i] < found->decimal_position) {
            found->decimal_position = ids->position[i];
            snprintf(found->decimal_text, sizeof found->decimal_text, "%s", field_excerpt(&id).text);
        }
        found->integers += number_is_plain(id.text, id.length);
        if (field_is_missing(&id)) {
            found->missing += count_ratings(raw, side, i);
            if (ids->position[i] >= found->missing_position)
                continue;
            found->missing_position = ids->position[i];
            snprintf(found->missing_text, sizeof found->missing_text, "%s", field_excerpt(&id).text);
        }
    }
}

/* [collective] Whether all ranks have one id, the same. */
static bool is_single(const struct comm *comm, const struct dictionary *ids)
{
    int64_t most = ids->count, length = 0, hash[2] = {INT64_MIN, INT64_MIN};
    const char *first = ids->count > 0 ? dictionary_text(ids, 0, &length) : NULL;
    comm_max_int(comm, &most, 1);
    if (most != 1)
        return false;
    if (first != NULL) {
        hash[0] = (int64_t)(XXH3_64bits(first, (size_t)length) >> 1);
        hash[1] = -hash[0];
    }
    comm_max_int(comm, hash, 2);
    return hash[0] == -hash[1];
}

/* [collective] The text at the lowest position. */
static void share_text(const struct comm *comm, char text[FOUND_TEXT_SIZE], int64_t position)
{
    int holder = comm_first_at(comm, position);
    if (holder < comm->size)
        comm_broadcast(comm, text, FOUND_TEXT_SIZE, holder);
}

static void find_ids(struct id_findings *found, const struct comm *comm, const struct raw_ratings *raw,
                     int side)
{
    *found = (struct id_findings){.missing_position = INT64_MAX, .decimal_position = INT64_MAX};
    look_at_ids(found, raw, side);
    share_text(comm, found->missing_text, found->missing_position);
    share_text(comm, found->decimal_text, found->decimal_position);
    int64_t text = raw->ids[side].any_text, sums[] = {found->missing, found->integers, found->decimals};
    comm_sum_int(comm, sums, 3);
    comm_max_int(comm, &text, 1);
    found->missing = sums[0];
    found->integers = sums[1];
    found->decimals = sums[2];
    found->text = text != 0;
    found->single = is_single(comm, &raw->ids[side]);
}

static void warn_of_ids(const char *path, const struct id_findings *found, int side, int64_t ratings)
{
    if (found->missing > 0)
        log_warning("%s: %" PRId64
                    " ratings are of the %s '%s', which looks like a missing value and is one %s here",
                    path, found->missing, sides[side], found->missing_text, sides[side]);
    if (found->integers > 0 && found->decimals > 0)
        log_warning("%s: some %ss are written as integers and some as '%s': such are different %ss here",
                    path, sides[side], found->decimal_text, sides[side]);
    if (found->single && ratings > 1)
        log_warning(
            "%s: all ratings are of one %s: is that column the %s? --columns says what the columns hold",
            path, sides[side], sides[side]);
}

void report_ratings(const struct comm *comm, const struct raw_ratings *raw, const char *path,
                    const char *understood, const char *example)
{
    struct values values;
    struct id_findings found[2];
    find_values(&values, comm, raw);
    for (int side = USERS; side <= ITEMS; side++)
        find_ids(&found[side], comm, raw, side);
    char ids[80], span[120];
    if (found[USERS].text == found[ITEMS].text)
        snprintf(ids, sizeof ids, "ids are %s", found[USERS].text ? "text" : "integers");
    else
        snprintf(ids, sizeof ids, "users are %s, items are %s", found[USERS].text ? "text" : "integers",
                 found[ITEMS].text ? "text" : "integers");
    if (values.low == values.high)
        snprintf(span, sizeof span, "all values are %g", values.low);
    else
        snprintf(span, sizeof span, "values from %g to %g, mean %.4g", values.low, values.high, values.mean);
    log_line("%s: %s; %s; %s%s%s", path, understood, ids, span, example[0] != '\0' ? "; first: " : "",
             example);
    for (int side = USERS; side <= ITEMS; side++)
        warn_of_ids(path, &found[side], side, values.count);
}
