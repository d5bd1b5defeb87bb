#include "read/line.h"

#include "base/number.h"
#include "base/utf8.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *separator_name(enum separator separator)
{
    static const char *const names[] = {
        [SEPARATOR_TAB] = "tabs",      [SEPARATOR_COMMA] = "commas",
        [SEPARATOR_BLANKS] = "blanks", [SEPARATOR_COLONS] = "'::'",
        [SEPARATOR_PIPE] = "'|'",      [SEPARATOR_COMMA_OR_BLANKS] = "commas or blanks",
        [SEPARATOR_NONE] = "nothing"};
    return names[separator];
}

/* Always false, so that a failing test can return it. */
static bool find_fault(struct line_fault *fault, int64_t column, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

static bool find_fault(struct line_fault *fault, int64_t column, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fault->reason, sizeof fault->reason, format, arguments);
    va_end(arguments);
    fault->column = column;
    return false;
}

/* A field as it may be shown: cut short, '?' for what does not print. */
struct excerpt {
    char text[44];
};

static struct excerpt excerpt_of(const struct field *field)
{
    enum { SHOWN = 40 };
    struct excerpt excerpt = {""};
    int64_t shown = number_min(field->length, SHOWN);
    for (int64_t i = 0; i < shown; i++) {
        excerpt.text[i] = field->text[i];
        if (field->text[i] < 0x20 || field->text[i] > 0x7e) /* whether char is signed or not */
            excerpt.text[i] = '?';
    }
    if (field->length > SHOWN)
        memcpy(excerpt.text + SHOWN, "...", 4);
    return excerpt;
}

static bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static const char *skip_blanks(const char *text, const char *end)
{
    while (text < end && is_blank(*text))
        text++;
    return text;
}

bool line_is_blank(const char *text, int64_t length)
{
    return skip_blanks(text, text + length) == text + length;
}

bool line_check_length(struct line_fault *fault, int64_t length)
{
    return length <= LINE_MAX_BYTES || find_fault(fault, 1, "the line is longer than 1 MiB");
}

bool line_check_zeros(struct line_fault *fault, const char *text, int64_t length)
{
    const char *zero = memchr(text, '\0', (size_t)length);
    return zero == NULL || find_fault(fault, zero - text + 1, "a NUL byte");
}

static inline int split_at(struct field *fields, char separator, int wanted, const char *text,
                           const char *end)
{
    for (int found = 0;;) {
        const char *stop = text;
        while (stop < end && *stop != separator)
            stop++;
        fields[found++] = (struct field){.text = text, .length = stop - text};
        if (stop == end || found == wanted)
            return found;
        text = stop + 1;
    }
}

/* text is at the opening quote. Returns the end of the field, NULL for a fault. */
static const char *split_quoted(struct field *field, struct line_fault *fault, const char *line,
                                const char *text, const char *end, bool blanks)
{
    *field = (struct field){.text = text + 1, .quoted = true};
    const char *quote = text + 1;
    for (;; quote += 2, field->escaped = true) {
        quote = memchr(quote, '"', (size_t)(end - quote));
        if (quote == NULL) {
            find_fault(fault, text - line + 1, "the quoted field does not end on its line");
            return NULL;
        }
        if (quote + 1 == end || quote[1] != '"')
            break;
    }
    field->length = quote - field->text;
    if (quote + 1 < end && quote[1] != ',' && !(blanks && is_blank(quote[1]))) {
        find_fault(fault, quote + 1 - line + 1, "text follows the closing quote");
        return NULL;
    }
    return quote + 1;
}

/* blanks: they separate too, and beside a comma or an end of the line are part of it. */
static inline int split_commas(struct field *fields, struct line_fault *fault, int wanted, const char *line,
                               const char *end, bool blanks)
{
    const char *text = blanks ? skip_blanks(line, end) : line;
    for (int found = 0;;) {
        const char *stop = text;
        if (text < end && *text == '"') {
            stop = split_quoted(&fields[found], fault, line, text, end, blanks);
            if (stop == NULL)
                return -1;
        } else {
            while (stop < end && *stop != ',' && !(blanks && is_blank(*stop)))
                stop++;
            fields[found] = (struct field){.text = text, .length = stop - text};
        }
        found++;
        if (blanks)
            stop = skip_blanks(stop, end);
        if (stop == end || found == wanted)
            return found;
        text = stop + (*stop == ',');
        if (blanks)
            text = skip_blanks(text, end);
    }
}

static int split_blanks(struct field *fields, int wanted, const char *text, const char *end)
{
    int found = 0;
    while (found < wanted) {
        text = skip_blanks(text, end);
        if (text == end)
            break;
        const char *stop = text;
        while (stop < end && !is_blank(*stop))
            stop++;
        fields[found++] = (struct field){.text = text, .length = stop - text};
        text = stop;
    }
    return found;
}

static int split_colons(struct field *fields, int wanted, const char *text, const char *end)
{
    for (int found = 0;;) {
        const char *stop = text;
        while (stop < end && !(*stop == ':' && stop + 1 < end && stop[1] == ':'))
            stop++;
        fields[found++] = (struct field){.text = text, .length = stop - text};
        if (stop == end || found == wanted)
            return found;
        text = stop + 2;
    }
}

static inline int split(struct field *fields, struct line_fault *fault, enum separator separator, int wanted,
                        const char *text, int64_t length)
{
    switch (separator) {
    case SEPARATOR_TAB:
        return split_at(fields, '\t', wanted, text, text + length);
    case SEPARATOR_COMMA:
        return split_commas(fields, fault, wanted, text, text + length, false);
    case SEPARATOR_BLANKS:
        return split_blanks(fields, wanted, text, text + length);
    case SEPARATOR_COLONS:
        return split_colons(fields, wanted, text, text + length);
    case SEPARATOR_PIPE:
        return split_at(fields, '|', wanted, text, text + length);
    case SEPARATOR_COMMA_OR_BLANKS:
        return split_commas(fields, fault, wanted, text, text + length, true);
    case SEPARATOR_NONE:
        fields[0] = (struct field){.text = text, .length = length};
        return 1;
    }
    return -1;
}

int line_split(struct field *fields, struct line_fault *fault, enum separator separator, int wanted,
               const char *text, int64_t length)
{
    return split(fields, fault, separator, wanted, text, length);
}

static int64_t column_of(const struct field *field, const char *text)
{
    return field->text - text + (field->quoted ? 0 : 1);
}

void line_unescape(struct field *field, char *unescaped, int64_t bytes)
{
    int64_t length = 0;
    for (int64_t i = 0; i < field->length && length < bytes; i++) {
        i += field->text[i] == '"';
        unescaped[length++] = field->text[i];
    }
    field->text = unescaped;
    field->length = length;
}

static bool take_index(struct field *id, struct line_fault *fault, enum side side, int64_t declared,
                       int64_t column)
{
    int64_t index;
    if (!number_parse_int(&index, id->text, id->length) || index < 1 || index > declared)
        return find_fault(fault, column, "%s '%s' is not an integer from 1 to %" PRId64,
                          side == USERS ? "row" : "column", excerpt_of(id).text, declared);
    while (id->text[0] == '0') {
        id->text++;
        id->length--;
    }
    return true;
}

static inline bool check_id(struct field *id, struct line_fault *fault, enum side side, int64_t column,
                            char *unescaped)
{
    if (id->escaped)
        line_unescape(id, unescaped, ID_MAX_BYTES + 1);
    if (id->length == 0)
        return find_fault(fault, column, "the %s is empty", side == USERS ? "user" : "item");
    if (id->length > ID_MAX_BYTES)
        return find_fault(fault, column, "the %s is longer than %d bytes", side == USERS ? "user" : "item",
                          ID_MAX_BYTES);
    if (!utf8_is_text(id->text, id->length))
        return find_fault(fault, column, "holds a control character or is not valid UTF-8");
    return true;
}

bool line_check_id(struct field *id, struct line_fault *fault, enum side side, const char *text,
                   char *unescaped)
{
    return check_id(id, fault, side, column_of(id, text), unescaped);
}

static inline bool take_id(struct line *line, struct line_fault *fault, const struct line_format *format,
                           const struct field *fields, const char *text, enum side side)
{
    struct field *id = &line->id[side];
    *id = fields[format->id[side]];
    int64_t column = column_of(id, text);
    return check_id(id, fault, side, column, line->unescaped[side]) &&
           (format->declared[side] == 0 || take_index(id, fault, side, format->declared[side], column));
}

static inline bool take_value(struct line *line, struct line_fault *fault, const struct field *field,
                              const char *text)
{
    float *value = &line->value;
    int digit = field->length == 1 ? field->text[0] - '0' : -1;
    if (digit >= 0 && digit <= 9) {
        *value = (float)digit;
        return true;
    }
    double parsed;
    if (!number_parse_double(&parsed, field->text, field->length))
        return find_fault(fault, column_of(field, text), "'%s' is not a number", excerpt_of(field).text);
    if (!isfinite(parsed))
        return find_fault(fault, column_of(field, text), "'%s' is not a finite number",
                          excerpt_of(field).text);
    *value = (float)parsed;
    if (!isfinite(*value))
        return find_fault(fault, column_of(field, text), "'%s' is too large", excerpt_of(field).text);
    line->rounded = (double)*value != parsed && floor(parsed) == parsed;
    return true;
}

/* A whole number, or any rounded down. */
static bool take_time(int64_t *time, struct line_fault *fault, const struct field *field, const char *text)
{
    double parsed;
    if (number_parse_int(time, field->text, field->length))
        return true;
    if (!number_parse_double(&parsed, field->text, field->length))
        return find_fault(fault, column_of(field, text), "the time '%s' is not a number",
                          excerpt_of(field).text);
    if (!(parsed >= -0x1p63 && parsed < 0x1p63))
        return find_fault(fault, column_of(field, text), "the time '%s' does not fit 64 bits",
                          excerpt_of(field).text);
    *time = (int64_t)floor(parsed);
    return true;
}

bool line_parse(struct line *line, struct line_fault *fault, const struct line_format *format,
                const char *text, int64_t length)
{
    struct field fields[LINE_COLUMNS_MAX];
    int found = split(fields, fault, format->separator, format->columns, text, length);
    if (found < 0)
        return false;
    if (found < format->columns)
        return find_fault(fault, length + 1, "expected %d columns separated by %s, found %d", format->columns,
                          separator_name(format->separator), found);
    if (!take_id(line, fault, format, fields, text, USERS) ||
        !take_id(line, fault, format, fields, text, ITEMS))
        return false;
    line->value = 1;
    line->rounded = false;
    line->time = 0;
    if (format->value >= 0 && !take_value(line, fault, &fields[format->value], text))
        return false;
    return !format->timed || take_time(&line->time, fault, &fields[format->time], text);
}
