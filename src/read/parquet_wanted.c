#include "read/parquet_wanted.h"

#include "base/memory.h"
#include "base/number.h"
#include "parquet/reader.h"
#include "read/time_text.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NAME_SHOWN = 60 };

static int shown(int64_t length)
{
    return (int)number_min(length, NAME_SHOWN);
}

/* "holds text", or why it cannot be read; *fits: whether it can be that. */
static const char *what_it_holds(bool *fits, enum column_role role, const struct parquet_column *column)
{
    static const char *const holds[] = {
        [PARQUET_BOOL] = "holds booleans",     [PARQUET_INTEGER] = "holds integers",
        [PARQUET_UNSIGNED] = "holds integers", [PARQUET_REAL] = "holds numbers",
        [PARQUET_TEXT] = "holds text",         [PARQUET_TIME] = "holds times"};
    enum { NUMBERS = 1 << PARQUET_INTEGER | 1 << PARQUET_UNSIGNED | 1 << PARQUET_REAL };
    static const unsigned kinds[COLUMN_ROLES] = {[COLUMN_USER] = NUMBERS | 1 << PARQUET_TEXT,
                                                 [COLUMN_ITEM] = NUMBERS | 1 << PARQUET_TEXT,
                                                 [COLUMN_RATING] = NUMBERS | 1 << PARQUET_BOOL,
                                                 [COLUMN_TIME] =
                                                     NUMBERS | 1 << PARQUET_TIME | 1 << PARQUET_TEXT,
                                                 [COLUMN_WEIGHT] = NUMBERS};
    *fits = (kinds[role] >> column->kind & 1) != 0;
    return column->kind == PARQUET_REFUSED ? column->refused : holds[column->kind];
}

static status check_kinds(const struct parquet_wanted *wanted, const struct parquet_file *file)
{
    for (int role = 0; role < COLUMN_ROLES; role++) {
        const struct parquet_column *column = wanted->column[role];
        bool fits = true;
        const char *holds = column == NULL ? NULL : what_it_holds(&fits, (enum column_role)role, column);
        if (!fits)
            return fail(MFALS_BAD_DATA,
                        "%s: column '%.*s' %s, and cannot be the %s; --columns says what the columns hold",
                        file->path, shown(column->name_length), column->name, holds,
                        column_role_name((enum column_role)role));
    }
    return MFALS_OK;
}

/* The reader's first row <- that of a column, if there is one: *there. As parquet_take. */
static status read_first_value(bool *there, struct parquet_reader *reader, const struct parquet_file *file,
                               const struct parquet_column *column)
{
    int64_t left = 0, group = 0;
    *there = false;
    while (group < file->group_count && file->groups[group].rows == 0)
        group++;
    if (group == file->group_count)
        return MFALS_OK;
    TRY(parquet_reader_open(reader, file, group, column));
    TRY(parquet_ready(reader, &left));
    if (left == 0)
        return MFALS_OK;
    TRY(parquet_take(reader, 1));
    *there = true;
    return MFALS_OK;
}

/* Whether the first value of a column of text is a time; not where it is damaged, which matters to none then. */
static status first_is_time(bool *is_time, const struct parquet_file *file,
                            const struct parquet_column *column)
{
    scoped struct parquet_reader *reader = NULL;
    int64_t time;
    TRY(allocate(&reader, 1));
    status got = read_first_value(is_time, reader, file, column);
    if (*is_time)
        *is_time = reader->present[0] && time_parse(&time, reader->values[0].text, reader->values[0].length);
    parquet_reader_close(reader);
    return got == MFALS_BAD_DATA ? MFALS_OK : got;
}

/* Times that are wanted, not needed, are left where the column's first value is none. */
static status leave_other_times(struct parquet_wanted *wanted, const struct parquet_file *file)
{
    const struct parquet_column *column = wanted->column[COLUMN_TIME];
    bool fits;
    if (column == NULL)
        return MFALS_OK;
    what_it_holds(&fits, COLUMN_TIME, column);
    if (column->kind == PARQUET_TEXT)
        TRY(first_is_time(&fits, file, column));
    if (!fits)
        wanted->column[COLUMN_TIME] = NULL;
    return MFALS_OK;
}

static status check_options(const struct read_options *options, const struct parquet_file *file)
{
    const char *option = options->format != FORMAT_AUTO                                    ? "--format"
                         : options->separator != NULL                                      ? "--separator"
                         : options->header != NULL && strcmp(options->header, "auto") != 0 ? "--header"
                                                                                           : NULL;
    return option == NULL
               ? MFALS_OK
               : fail(MFALS_USAGE, "%s: a Parquet file says itself what %s would say: leave it out",
                      file->path, option);
}

/* The columns that the user's order counts, or whose names may tell something: of a wide table not all can be looked at. */
static int find_candidates(struct field *names, int *places, const struct parquet_schema *schema,
                           const struct read_options *options)
{
    bool all = schema->column_count <= COLUMNS_MAX ||
               (options->columns != NULL && strchr(options->columns, '=') == NULL);
    int count = 0;
    for (int i = 0; i < schema->column_count; i++) {
        const struct parquet_column *column = &schema->columns[i];
        bool is_named = options->columns != NULL && memmem(options->columns, strlen(options->columns),
                                                           column->name, (size_t)column->name_length) != NULL;
        if (!all && !is_named && column_meaning(column->name, column->name_length).role < 0)
            continue;
        names[count] = (struct field){.text = column->name, .length = column->name_length};
        places[count++] = i;
    }
    return count;
}

/* A name that nobody knows may be that of a running number or a time: nobody looks at the values here. */
static status check_told(const struct parquet_wanted *wanted, const struct columns *columns,
                         const struct parquet_file *file)
{
    const struct parquet_column *user = wanted->column[COLUMN_USER], *item = wanted->column[COLUMN_ITEM],
                                *rating = wanted->column[COLUMN_RATING];
    for (int role = COLUMN_USER; role <= COLUMN_RATING; role++)
        if (wanted->column[role] != NULL && !columns->told[role])
            return fail(
                MFALS_BAD_DATA,
                "%s: no name tells which column is the %s; if it is '%.*s': --columns user=%.*s,item=%.*s,"
                "rating=%.*s (rating=-: none)",
                file->path, column_role_name((enum column_role)role),
                shown(wanted->column[role]->name_length), wanted->column[role]->name,
                shown(user->name_length), user->name, shown(item->name_length), item->name,
                rating == NULL ? 1 : shown(rating->name_length), rating == NULL ? "-" : rating->name);
    return MFALS_OK;
}

status parquet_wanted_choose(struct parquet_wanted *wanted, const struct parquet_file *file,
                             const struct read_options *options)
{
    scoped struct field *names = NULL;
    scoped int *places = NULL;
    struct columns columns;
    *wanted = (struct parquet_wanted){{NULL}};
    TRY(check_options(options, file));
    TRY(allocate(&names, file->schema.column_count + 1));
    TRY(allocate(&places, file->schema.column_count + 1));
    int count = find_candidates(names, places, &file->schema, options);
    TRY(columns_choose(&columns, options, file->path, names, count));
    for (int role = 0; role < COLUMN_ROLES; role++) {
        int place = columns.place[role];
        if (place >= count)
            return fail(MFALS_USAGE, "%s: --columns speaks of column %d, and there are %d", file->path,
                        place + 1, count);
        if (place >= 0 && (role != COLUMN_TIME || options->times != TIMES_NONE) &&
            (role != COLUMN_WEIGHT || options->weights))
            wanted->column[role] = &file->schema.columns[places[place]];
    }
    if (options->columns == NULL)
        TRY(check_told(wanted, &columns, file));
    if (options->times == TIMES_IF_ANY)
        TRY(leave_other_times(wanted, file));
    if (times_needed_by(options->times) != NULL && wanted->column[COLUMN_TIME] == NULL)
        return fail(MFALS_USAGE, "%s needs a time column: --columns user,item,rating,time",
                    times_needed_by(options->times));
    return check_kinds(wanted, file);
}

/* Numbers are in a unit of their own, times and dates in text in seconds: they do not go together. */
static bool same_sort(const struct parquet_column *a, const struct parquet_column *b)
{
    return a->kind == b->kind || (a->kind != PARQUET_TIME && a->kind != PARQUET_TEXT &&
                                  b->kind != PARQUET_TIME && b->kind != PARQUET_TEXT);
}

static bool same_name(const struct parquet_column *a, const struct parquet_column *b)
{
    return a->name_length == b->name_length && memcmp(a->name, b->name, (size_t)a->name_length) == 0;
}

status parquet_wanted_find(struct parquet_wanted *wanted, const struct parquet_file *file,
                           const struct parquet_file *first, const struct parquet_wanted *in_first)
{
    *wanted = (struct parquet_wanted){{NULL}};
    for (int role = 0; role < COLUMN_ROLES; role++) {
        const struct parquet_column *column = in_first->column[role];
        int found = 0;
        for (int i = 0; column != NULL && i < file->schema.column_count; i++)
            if (same_name(column, &file->schema.columns[i])) {
                wanted->column[role] = &file->schema.columns[i];
                found++;
            }
        if (column != NULL && found != 1)
            return fail(MFALS_BAD_DATA, "%.400s: %s column '%.*s', which holds the %s in '%.400s'",
                        file->path, found == 0 ? "no" : "more than one", shown(column->name_length),
                        column->name, column_role_name((enum column_role)role), first->path);
    }
    TRY(check_kinds(wanted, file));
    const struct parquet_column *time = wanted->column[COLUMN_TIME];
    bool fits;
    if (time == NULL || same_sort(time, in_first->column[COLUMN_TIME]))
        return MFALS_OK;
    return fail(MFALS_BAD_DATA, "%.400s: column '%.*s' %s, and in '%.400s' %s: such times do not compare",
                file->path, shown(time->name_length), time->name, what_it_holds(&fits, COLUMN_TIME, time),
                first->path, what_it_holds(&fits, COLUMN_TIME, in_first->column[COLUMN_TIME]));
}

static void add(char *text, size_t size, const char *format, ...) __attribute__((format(printf, 3, 4)));

static void add(char *text, size_t size, const char *format, ...)
{
    size_t length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text + length, size - length, format, arguments);
    va_end(arguments);
}

/* Adds the first row's value in a column; nothing where it cannot be read: that will be told. */
static void add_example(char *text, struct parquet_reader *reader, const struct parquet_file *file,
                        const struct parquet_column *column, enum column_role role)
{
    bool there;
    if (read_first_value(&there, reader, file, column) != MFALS_OK || !there)
        return;
    const struct parquet_value *value = &reader->values[0];
    if (role != COLUMN_USER)
        add(text, EXAMPLE_SIZE, ", ");
    if (!reader->present[0])
        add(text, EXAMPLE_SIZE, "null");
    else if (column->kind == PARQUET_TEXT)
        add(text, EXAMPLE_SIZE, "%.*s", (int)number_min(value->length, 40), value->text);
    else if (column->kind == PARQUET_REAL)
        add(text, EXAMPLE_SIZE, "%g", value->real);
    else if (column->kind == PARQUET_UNSIGNED)
        add(text, EXAMPLE_SIZE, "%" PRIu64, (uint64_t)value->integer);
    else
        add(text, EXAMPLE_SIZE, "%" PRId64, value->integer);
    add(text, EXAMPLE_SIZE, " -> %s", column_role_name(role));
}

void parquet_wanted_describe(struct format *format, const struct parquet_file *file,
                             const struct parquet_wanted *wanted)
{
    enum { SHOWN = 8 };
    char *text = format->understood;
    scoped struct parquet_reader *reader = NULL;
    int ignored = 0;
    snprintf(text, UNDERSTOOD_SIZE, "Parquet");
    for (int role = 0; role < COLUMN_ROLES; role++) {
        const struct parquet_column *column = wanted->column[role];
        if (column != NULL)
            add(text, UNDERSTOOD_SIZE, "%s'%.*s' is the %s", role == 0 ? ": " : ", ",
                shown(column->name_length), column->name, column_role_name((enum column_role)role));
    }
    if (wanted->column[COLUMN_RATING] == NULL)
        add(text, UNDERSTOOD_SIZE, ", no rating (1 each)");
    for (int i = 0; i < file->schema.column_count; i++) {
        const struct parquet_column *column = &file->schema.columns[i];
        bool used = false;
        for (int role = 0; role < COLUMN_ROLES; role++)
            used |= wanted->column[role] == column;
        if (!used && ignored++ < SHOWN)
            add(text, UNDERSTOOD_SIZE, "%s'%.*s'", ignored == 1 ? "; ignored: " : ", ",
                shown(column->name_length), column->name);
    }
    if (ignored > SHOWN)
        add(text, UNDERSTOOD_SIZE, " and %d more", ignored - SHOWN);
    if (allocate(&reader, 1) != MFALS_OK)
        return;
    for (int role = 0; role < COLUMN_ROLES; role++)
        if (wanted->column[role] != NULL)
            add_example(format->example, reader, file, wanted->column[role], (enum column_role)role);
    parquet_reader_close(reader);
}
