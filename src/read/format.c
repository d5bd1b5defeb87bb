#include "read/format.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/number.h"
#include "read/chunks.h"
#include "read/matrix_market.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* The first line at or behind `start` that is not blank; its text is NULL where there is none. */
static struct text_line sample_line(const char *text, int64_t length, int64_t start)
{
    const struct chunk chunk = {.text = text, .length = length};
    struct text_line line;
    while (chunk_line(&line, &chunk, &start))
        if (!line_is_blank(line.text, line.length))
            return line;
    return (struct text_line){0};
}

/* In the order in which they are looked for. */
static const struct {
    enum ratings_format format;
    enum separator separator;
    const char *text;
} separators[] = {{FORMAT_MOVIELENS, SEPARATOR_COLONS, "::"},
                  {FORMAT_TSV, SEPARATOR_TAB, "\t"},
                  {FORMAT_CSV, SEPARATOR_COMMA, ","},
                  {FORMAT_SPACE, SEPARATOR_BLANKS, " "}};
enum { SEPARATORS = sizeof separators / sizeof *separators };

bool format_guess_separator(enum separator *separator, const char *text, int64_t length)
{
    for (int i = 0; i < SEPARATORS; i++)
        if (memmem(text, (size_t)length, separators[i].text, strlen(separators[i].text)) != NULL) {
            *separator = separators[i].separator;
            return true;
        }
    return false;
}

static status find_separator(enum separator *separator, enum ratings_format format, const char *path,
                             struct text_line line)
{
    for (int i = 0; i < SEPARATORS; i++)
        if (format == separators[i].format) {
            *separator = separators[i].separator;
            return MFALS_OK;
        }
    if (format_guess_separator(separator, line.text, line.length))
        return MFALS_OK;
    return fail(MFALS_BAD_DATA,
                "%s: no '::', tab, comma or blank separates columns in its first line (others, such as ';', "
                "are not known)",
                path);
}

/* The index of a name within "user,item,..."'s vocabulary, -1 for none. */
static int column_name(const char *name, size_t length)
{
    static const char *const names[] = {"user", "item", "rating", "time", "-"};
    for (int i = 0; i < 5; i++)
        if (length == strlen(names[i]) && memcmp(name, names[i], length) == 0)
            return i;
    return -1;
}

static bool wants_time(const struct read_options *options)
{
    return options->timed;
}

static status no_time(void)
{
    return fail(MFALS_USAGE, "--holdout-last needs a time column: --columns user,item,rating,time");
}

static status take_columns(struct line_format *line, const char *columns, bool timed)
{
    enum { RATING = 2, TIME = 3, IGNORED = 4 };
    int place[5] = {-1, -1, -1, -1, -1}, column = 0;
    for (const char *name = columns;; column++) {
        size_t length = strcspn(name, ",");
        int known = column_name(name, length);
        if (known < 0)
            return fail(MFALS_USAGE, "columns '%.200s': '%.*s' is not one of user, item, rating, time and -",
                        columns, (int)number_min((int64_t)length, 100), name);
        if (known != IGNORED && place[known] >= 0)
            return fail(MFALS_USAGE, "columns '%.200s': '%.*s' is there twice", columns, (int)length, name);
        if (column == LINE_COLUMNS_MAX)
            return fail(MFALS_USAGE, "columns '%.200s...': more than %d", columns, LINE_COLUMNS_MAX);
        place[known] = column;
        if (name[length] == '\0')
            break;
        name += length + 1;
    }
    if (place[USERS] < 0 || place[ITEMS] < 0)
        return fail(MFALS_USAGE, "columns '%.200s': user and item must be among them", columns);
    line->id[USERS] = place[USERS];
    line->id[ITEMS] = place[ITEMS];
    line->value = place[RATING];
    line->columns = (int)number_max(number_max(place[USERS], place[ITEMS]), place[RATING]) + 1;
    if (!timed)
        return MFALS_OK;
    if (place[TIME] < 0)
        return no_time();
    line->timed = true;
    line->time = place[TIME];
    line->columns = (int)number_max(line->columns, place[TIME] + 1);
    return MFALS_OK;
}

static bool is_integer(const struct field *field)
{
    int64_t value;
    return number_parse_int(&value, field->text, field->length);
}

/* "userId", "movie title": begins as such names do, and holds no digit as ids like "user17" would. */
static bool is_column_name(const struct field *field)
{
    static const char *const stems[] = {"user", "item", "movie", "product"};
    for (int64_t i = 0; i < field->length; i++)
        if (isdigit((unsigned char)field->text[i]))
            return false;
    for (int i = 0; i < 4; i++)
        if (field->length >= (int64_t)strlen(stems[i]) &&
            strncasecmp(field->text, stems[i], strlen(stems[i])) == 0)
            return true;
    return false;
}

/* What a column of that name holds: the place of "user", "item", "rating" or "time"; -1 where that is not plain. */
static int meaning_of(const struct field *name)
{
    static const struct {
        const char *stem;
        int column;
    } stems[] = {{"user", 0},   {"uid", 0},   {"item", 1},  {"movie", 1}, {"product", 1},
                 {"rating", 2}, {"score", 2}, {"stars", 2}, {"time", 3},  {"date", 3}};
    static const char *const ends[] = {"", "s", "id", "_id", "-id", " id", "stamp"};
    for (size_t i = 0; i < sizeof stems / sizeof *stems; i++)
        for (size_t e = 0; e < sizeof ends / sizeof *ends; e++) {
            size_t stem = strlen(stems[i].stem), end = strlen(ends[e]);
            if (name->length == (int64_t)(stem + end) && strncasecmp(name->text, stems[i].stem, stem) == 0 &&
                strncasecmp(name->text + stem, ends[e], end) == 0)
                return stems[i].column;
        }
    return -1;
}

/* A header that names other columns than those in the usual order must not be passed over. */
static status check_header(const struct line_format *format, const char *path, struct text_line line)
{
    static const char *const usual[] = {"user", "item", "rating", "time"};
    struct field fields[4];
    struct line_fault fault;
    int count = line_split(fields, &fault, format->separator, format->columns, line.text, line.length);
    for (int i = 0; i < count; i++) {
        int meaning = meaning_of(&fields[i]);
        if (meaning >= 0 && meaning != i)
            return fail(
                MFALS_BAD_DATA,
                "%s: its header calls column %d '%.*s', which would be read as the %s: say what the columns "
                "hold by --columns",
                path, i + 1, (int)number_min(fields[i].length, 100), fields[i].text, usual[i]);
    }
    return MFALS_OK;
}

static bool is_header(const struct line_format *format, struct text_line first, struct text_line second)
{
    struct field fields[LINE_COLUMNS_MAX], below[LINE_COLUMNS_MAX];
    struct line_fault fault;
    if (line_split(fields, &fault, format->separator, format->columns, first.text, first.length) <
        format->columns)
        return false;
    const struct field *user = &fields[format->id[USERS]], *item = &fields[format->id[ITEMS]];
    if (is_integer(user) || is_integer(item))
        return false;
    double value;
    if (format->value >= 0)
        return !number_parse_double(&value, fields[format->value].text, fields[format->value].length);
    if (is_column_name(user) || is_column_name(item))
        return true;
    return second.text != NULL &&
           line_split(below, &fault, format->separator, format->columns, second.text, second.length) ==
               format->columns &&
           (is_integer(&below[format->id[USERS]]) || is_integer(&below[format->id[ITEMS]]));
}

static status keep_header(struct format *format, struct text_line line)
{
    TRY(allocate(&format->header, line.length));
    memcpy(format->header, line.text, (size_t)line.length);
    format->header_length = line.length;
    format->header_start = line.offset;
    return MFALS_OK;
}

/* user, item, and what there is of rating and time. */
static status guess_columns(struct line_format *line, struct text_line first, bool timed)
{
    struct field fields[4];
    struct line_fault fault;
    int found = line_split(fields, &fault, line->separator, timed ? 4 : 3, first.text, first.length);
    line->columns = found < 3 ? 2 : found;
    line->value = found < 3 ? -1 : 2;
    if (timed && found < 4)
        return no_time();
    line->timed = timed;
    line->time = 3;
    return MFALS_OK;
}

static status text_format(struct format *format, const struct read_options *options, const char *path,
                          const char *text, int64_t length, bool whole)
{
    struct text_line first = sample_line(text, length, 0);
    if (first.text == NULL)
        return MFALS_OK;
    int64_t first_end = first.text - text + first.length;
    bool first_is_whole = whole || memchr(first.text, '\n', (size_t)(text + length - first.text)) != NULL;
    struct text_line second = sample_line(text, length, first_end);
    struct line_format *line = &format->line;
    TRY(find_separator(&line->separator, options->format, path, first));
    if (options->columns == NULL)
        TRY(guess_columns(line, first, wants_time(options)));
    if (!first_is_whole || !is_header(line, first, second))
        return MFALS_OK;
    if (options->columns == NULL)
        TRY(check_header(line, path, first));
    return keep_header(format, first);
}

status format_of_text(struct format *format, const struct read_options *options, const char *path,
                      const char *text, int64_t length, bool whole)
{
    *format = (struct format){.header_start = -1};
    format->line.id[ITEMS] = 1;
    format->line.value = -1;
    format->line.columns = 2;
    bool banner = matrix_market_begins(text, length);
    if (options->format == FORMAT_MTX && !banner)
        return fail(MFALS_BAD_DATA, "%s:1:1: no MatrixMarket banner", path);
    if (banner && options->columns != NULL)
        return fail(MFALS_USAGE, "the columns of a MatrixMarket file cannot be chosen");
    if (banner && wants_time(options))
        return no_time();
    if (banner)
        return matrix_market_head(format, path, text, length, whole);
    if (options->columns != NULL)
        TRY(take_columns(&format->line, options->columns, wants_time(options)));
    return text_format(format, options, path, text, length, whole);
}

/* What the lines were taken for, where nobody said so. */
static void describe(const struct format *format, const struct read_options *options, const char *path)
{
    if (!format->matrix && options->format == FORMAT_AUTO && options->columns == NULL &&
        format->line.columns > 0)
        log_line("%s: %s between user, item%s%s%s", path, separator_name(format->line.separator),
                 format->line.value >= 0 ? ", rating" : "", format->line.timed ? ", time" : "",
                 format->header_length > 0 ? "; a header" : "");
}

/* Finds the first file with a line in it. */
static status look(struct format *format, const struct inputs *inputs, const struct read_options *options)
{
    scoped char *text = NULL;
    TRY(allocate(&text, FORMAT_PREFIX_BYTES));
    for (int64_t file = 0; file < inputs->count; file++) {
        const char *path = inputs_path(inputs, file);
        struct stream *stream;
        int64_t length;
        TRY(stream_open(&stream, path, inputs->files[file].compression, 0));
        status got = stream_read(stream, &length, text, FORMAT_PREFIX_BYTES);
        stream_close(&stream);
        TRY(got);
        bool last = file + 1 == inputs->count;
        if (!last && sample_line(text, length, 0).text == NULL)
            continue;
        TRY(format_of_text(format, options, path, text, length, length < FORMAT_PREFIX_BYTES));
        describe(format, options, path);
        break;
    }
    if (format->matrix && inputs->count > 1)
        return fail(MFALS_BAD_DATA, "%s: a MatrixMarket file must be the only file", inputs_path(inputs, 0));
    return MFALS_OK;
}

status format_detect(struct format *format, const struct comm *comm, const struct inputs *inputs,
                     const struct read_options *options)
{
    *format = (struct format){0};
    TRY(agree(comm, comm->rank == 0 ? look(format, inputs, options) : MFALS_OK));
    char *header = format->header;
    comm_broadcast(comm, format, sizeof *format, 0);
    format->header = header;
    TRY(agree(comm, comm->rank == 0 ? MFALS_OK : allocate(&format->header, format->header_length)));
    comm_broadcast(comm, format->header, format->header_length, 0);
    return MFALS_OK;
}

bool format_skips(const struct format *format, int64_t offset, const char *text, int64_t length)
{
    if (line_is_blank(text, length) || offset < format->data_start)
        return true;
    return offset == format->header_start && length == format->header_length &&
           memcmp(text, format->header, (size_t)length) == 0;
}

void format_free(struct format *format)
{
    memory_free(format->header);
    *format = (struct format){0};
}
