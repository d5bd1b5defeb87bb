#include "read/line.h"

#include "base/number.h"
#include "base/utf8.h"
#include "read/time_text.h"

#include <ctype.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

bool line_check_length(struct line_fault *fault, int64_t length)
{
    return length <= LINE_MAX_BYTES || line_fault_set(fault, 1, "the line is longer than 1 MiB");
}

bool line_check_zeros(struct line_fault *fault, const char *text, int64_t length)
{
    const char *zero = memchr(text, '\0', (size_t)length);
    return zero == NULL || line_fault_set(fault, zero - text + 1, "a NUL byte");
}

static bool take_index(struct field *id, struct line_fault *fault, enum side side, int64_t declared,
                       int64_t column)
{
    int64_t index;
    if (!number_parse_int(&index, id->text, id->length) || index < 1 || index > declared)
        return line_fault_set(fault, column, "%s '%s' is not an integer from 1 to %" PRId64,
                              side == USERS ? "row" : "column", field_excerpt(id).text, declared);
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
        field_unescape(id, unescaped, ID_MAX_BYTES + 1);
    if (id->length == 0)
        return line_fault_set(fault, column, "the %s is empty", side == USERS ? "user" : "item");
    if (id->length > ID_MAX_BYTES)
        return line_fault_set(fault, column, "the %s is longer than %d bytes",
                              side == USERS ? "user" : "item", ID_MAX_BYTES);
    if (!utf8_is_text(id->text, id->length))
        return line_fault_set(fault, column, "%s",
                              utf8_is_valid(id->text, id->length)
                                  ? "holds a control character"
                                  : "is not valid UTF-8; --encoding latin1 reads Western text");
    return true;
}

bool line_check_id(struct field *id, struct line_fault *fault, enum side side, const char *text,
                   char *unescaped)
{
    return check_id(id, fault, side, field_column(id, text), unescaped);
}

/* An integer as the map of ids holds it, without leading zeros. */
static bool check_integer(struct field *id, struct line_fault *fault, enum side side, int64_t column)
{
    int64_t value;
    while (id->length > 1 && id->text[0] == '0') {
        id->text++;
        id->length--;
    }
    return number_parse_int(&value, id->text, id->length) ||
           line_fault_set(fault, column,
                          "the %s '%s' is not an integer of 64 bits, which --ids integer asks for",
                          side == USERS ? "user" : "item", field_excerpt(id).text);
}

bool line_take_id(struct line *line, struct line_fault *fault, const struct line_format *format,
                  const struct field *field, const char *text, enum side side)
{
    struct field *id = &line->id[side];
    *id = *field;
    int64_t column = field_column(id, text);
    return check_id(id, fault, side, column, line->unescaped[side]) &&
           (!format->integers || check_integer(id, fault, side, column)) &&
           (format->declared[side] == 0 || take_index(id, fault, side, format->declared[side], column));
}

/* "3,5", which strtod does not read. */
static bool has_decimal_comma(const struct field *field)
{
    const char *comma = memchr(field->text, ',', (size_t)field->length);
    return comma != NULL && comma > field->text && isdigit((unsigned char)comma[-1]) &&
           comma + 1 < field->text + field->length && isdigit((unsigned char)comma[1]);
}

static bool refuse_value(struct line_fault *fault, const struct field *field, const char *text,
                         const char *why)
{
    return line_fault_set(fault, field_column(field, text), "'%s' %s", field_excerpt(field).text, why);
}

bool line_take_value(struct line *line, struct line_fault *fault, const struct field *field, const char *text)
{
    float *value = &line->value;
    int digit = field->length == 1 ? field->text[0] - '0' : -1;
    line->rounded = false;
    if (digit >= 0 && digit <= 9) {
        *value = (float)digit;
        return true;
    }
    double parsed;
    if (!number_parse_double(&parsed, field->text, field->length))
        return refuse_value(fault, field, text,
                            has_decimal_comma(field)
                                ? "has a decimal comma, which is not read: write a point in its place"
                                : "is not a number");
    if (!isfinite(parsed))
        return refuse_value(fault, field, text, "is not a finite number");
    *value = (float)parsed;
    if (!isfinite(*value))
        return refuse_value(fault, field, text, "is too large");
    line->rounded = (double)*value != parsed && floor(parsed) == parsed;
    return true;
}

static bool take_time(int64_t *time, struct line_fault *fault, const struct field *field, const char *text)
{
    double parsed;
    if (time_parse(time, field->text, field->length))
        return true;
    if (number_parse_double(&parsed, field->text, field->length))
        return line_fault_set(fault, field_column(field, text), "the time '%s' does not fit 64 bits",
                              field_excerpt(field).text);
    return line_fault_set(fault, field_column(field, text),
                          "the time '%s' is neither a number nor a date, such as 2005-09-06T12:30:00Z",
                          field_excerpt(field).text);
}

const char *line_take_weight(float *weight, double number)
{
    if (!isfinite(number) || number <= 0)
        return "not a finite number above 0, as a weight is";
    *weight = (float)number;
    if (!isfinite(*weight))
        return "too large a weight";
    *weight = fmaxf(*weight, FLT_MIN);
    return NULL;
}

static bool take_weight(float *weight, struct line_fault *fault, const struct field *field, const char *text)
{
    double parsed;
    const char *wrong = number_parse_double(&parsed, field->text, field->length)
                            ? line_take_weight(weight, parsed)
                            : "not a number, as a weight is";
    return wrong == NULL ||
           line_fault_set(fault, field_column(field, text), "'%s' is %s", field_excerpt(field).text, wrong);
}

static bool refuse_count(struct line_fault *fault, const struct line_format *format,
                         const struct field *fields, int found, const char *text, int64_t length)
{
    char name[SEPARATOR_NAME_SIZE];
    const char *separator = separator_name(name, format->separator);
    if (found < format->columns)
        return line_fault_set(fault, length + 1, "expected %d columns separated by %s, found %d",
                              format->columns, separator, found);
    return line_fault_set(fault, field_column(&fields[found - 1], text),
                          "expected %d columns separated by %s as in the first line, found more; to ignore "
                          "them: --columns",
                          format->columns, separator);
}

bool line_parse(struct line *line, struct line_fault *fault, const struct line_format *format,
                const char *text, int64_t length)
{
    struct field fields[LINE_COLUMNS_MAX + 1];
    int found = fields_split(fields, fault, format->separator, format->columns + format->exact, text, length);
    if (found < 0)
        return false;
    line->longer = found > format->columns && fields[format->columns].length > 0;
    if (found < format->columns || (line->longer && format->value < 0))
        return refuse_count(fault, format, fields, found, text, length);
    if (!line_take_id(line, fault, format, &fields[format->id[USERS]], text, USERS) ||
        !line_take_id(line, fault, format, &fields[format->id[ITEMS]], text, ITEMS))
        return false;
    line->value = 1;
    line->rounded = false;
    line->time = 0;
    if (format->value >= 0 && !line_take_value(line, fault, &fields[format->value], text))
        return false;
    if (format->timed && !take_time(&line->time, fault, &fields[format->time], text))
        return false;
    return !format->weighed || take_weight(&line->weight, fault, &fields[format->weight], text);
}
