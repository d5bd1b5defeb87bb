#include "read/fields.h"

#include "base/number.h"
#include "base/utf8.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

bool line_fault_set(struct line_fault *fault, int64_t column, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fault->reason, sizeof fault->reason, format, arguments);
    va_end(arguments);
    fault->column = column;
    return false;
}

const char *separator_name(char name[SEPARATOR_NAME_SIZE], enum separator separator)
{
    switch ((int)separator) {
    case SEPARATOR_TAB:
        return "tabs";
    case SEPARATOR_COMMA:
        return "commas";
    case SEPARATOR_BLANKS:
    case ' ':
        return "blanks";
    case SEPARATOR_COLONS:
        return "'::'";
    case SEPARATOR_COMMA_OR_BLANKS:
        return "commas or blanks";
    case SEPARATOR_NONE:
        return "nothing";
    default:
        break;
    }
    bool shown = separator > 0x20 && separator < 0x7f;
    snprintf(name, SEPARATOR_NAME_SIZE, shown ? "'%c'" : "'\\x%02x'", (unsigned char)separator);
    return name;
}

bool separator_parse(enum separator *separator, const char *text)
{
    static const struct {
        const char *text;
        enum separator separator;
    } names[] = {{"tab", SEPARATOR_TAB},      {"comma", SEPARATOR_COMMA},   {"semicolon", ';'},
                 {"pipe", SEPARATOR_PIPE},    {"blanks", SEPARATOR_BLANKS}, {"blank", SEPARATOR_BLANKS},
                 {"space", SEPARATOR_BLANKS}, {" ", SEPARATOR_BLANKS},      {"::", SEPARATOR_COLONS},
                 {"\\t", SEPARATOR_TAB}};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(text, names[i].text) == 0) {
            *separator = names[i].separator;
            return true;
        }
    unsigned byte = 0;
    int end = 0;
    if (strlen(text) == 1)
        byte = (unsigned char)text[0];
    else if (strlen(text) == 2 && text[0] == '^' && text[1] >= 'A' && text[1] <= '_')
        byte = (unsigned)(text[1] - '@');
    else if (sscanf(text, "\\x%2x%n", &byte, &end) != 1 || text[end] != '\0')
        return false;
    *separator = (enum separator)byte;
    return byte != 0 && byte != '\n' && byte != '\r' && byte != '"' && !isalnum((int)byte);
}

struct excerpt field_excerpt(const struct field *field)
{
    enum { SHOWN = 40 };
    struct excerpt excerpt = {""};
    int64_t shown = number_min(field->length, SHOWN);
    while (shown < field->length && shown > 0 && ((unsigned char)field->text[shown] & 0xc0) == 0x80)
        shown--; /* not within a character */
    if (utf8_is_text(field->text, shown)) {
        memcpy(excerpt.text, field->text, (size_t)shown);
        memcpy(excerpt.text + shown, "...", field->length > shown ? 4 : 0);
        return excerpt;
    }
    for (int64_t i = 0; i < shown; i++) {
        excerpt.text[i] = field->text[i];
        if (field->text[i] < 0x20 || field->text[i] > 0x7e) /* whether char is signed or not */
            excerpt.text[i] = '?';
    }
    if (field->length > shown)
        memcpy(excerpt.text + shown, "...", 4);
    return excerpt;
}

static inline bool is_blank(char byte)
{
    return byte == ' ' || byte == '\t';
}

static inline const char *skip_blanks(const char *text, const char *end)
{
    while (text < end && is_blank(*text))
        text++;
    return text;
}

bool line_is_blank(const char *text, int64_t length)
{
    return skip_blanks(text, text + length) == text + length;
}

/* Whether a quoted field may end before the byte. */
static inline bool ends_field(char byte, enum separator separator)
{
    return byte == (char)separator ||
           (is_blank(byte) && (separator == SEPARATOR_BLANKS || separator == SEPARATOR_COMMA_OR_BLANKS)) ||
           (byte == ',' && separator == SEPARATOR_COMMA_OR_BLANKS);
}

/* text is at the opening quote. Returns the end of the field, NULL for a fault. */
static const char *split_quoted(struct field *field, struct line_fault *fault, enum separator separator,
                                const char *line, const char *text, const char *end)
{
    *field = (struct field){.text = text + 1, .quoted = true};
    const char *quote = text + 1;
    for (;; quote += 2, field->escaped = true) {
        quote = memchr(quote, '"', (size_t)(end - quote));
        if (quote == NULL) {
            line_fault_set(fault, text - line + 1, "the quoted field does not end on its line");
            return NULL;
        }
        if (quote + 1 == end || quote[1] != '"')
            break;
    }
    field->length = quote - field->text;
    const char *next = quote + 1;
    if (next < end && is_blank(*next) && !ends_field(*next, separator)) /* blanks around the field */
        next = skip_blanks(next, end);
    if (next < end && !ends_field(*next, separator)) {
        line_fault_set(fault, next - line + 1, "text follows the closing quote");
        return NULL;
    }
    return next;
}

/* Blanks around a field do not belong to it; a tab that separates is none. */
static inline int split_byte(struct field *fields, struct line_fault *fault, char byte, int wanted,
                             const char *line, const char *end)
{
    const bool strict = byte == ',' || byte == ';';
    struct line_fault lenient;
    const char *text = line;
    for (int found = 0;;) {
        while (text < end && is_blank(*text) && *text != byte)
            text++;
        const char *stop = NULL;
        if (text < end && *text == '"') {
            stop = split_quoted(&fields[found], strict ? fault : &lenient,
                                (enum separator)(unsigned char)byte, line, text, end);
            if (stop == NULL && strict)
                return -1;
        }
        if (stop == NULL) {
            stop = text;
            while (stop < end && *stop != byte)
                stop++;
            const char *last = stop;
            while (last > text && is_blank(last[-1]))
                last--;
            fields[found] = (struct field){.text = text, .length = last - text};
        }
        found++;
        if (stop == end || found == wanted)
            return found;
        text = stop + 1;
    }
}

/* Commas or blanks, alone or together. */
static int split_list(struct field *fields, struct line_fault *fault, int wanted, const char *line,
                      const char *end)
{
    const char *text = skip_blanks(line, end);
    for (int found = 0;;) {
        const char *stop = text;
        if (text < end && *text == '"') {
            stop = split_quoted(&fields[found], fault, SEPARATOR_COMMA_OR_BLANKS, line, text, end);
            if (stop == NULL)
                return -1;
        } else {
            while (stop < end && *stop != ',' && !is_blank(*stop))
                stop++;
            fields[found] = (struct field){.text = text, .length = stop - text};
        }
        found++;
        stop = skip_blanks(stop, end);
        if (stop == end || found == wanted)
            return found;
        text = skip_blanks(stop + (*stop == ','), end);
    }
}

static int split_blanks(struct field *fields, int wanted, const char *line, const char *end)
{
    struct line_fault lenient;
    int found = 0;
    for (const char *text = line; found < wanted;) {
        text = skip_blanks(text, end);
        if (text == end)
            break;
        const char *stop = NULL;
        if (*text == '"')
            stop = split_quoted(&fields[found], &lenient, SEPARATOR_BLANKS, line, text, end);
        if (stop == NULL) {
            stop = text;
            while (stop < end && !is_blank(*stop))
                stop++;
            fields[found] = (struct field){.text = text, .length = stop - text};
        }
        found++;
        text = stop;
    }
    return found;
}

static int split_colons(struct field *fields, int wanted, const char *text, const char *end)
{
    for (int found = 0;;) {
        text = skip_blanks(text, end);
        const char *stop = text;
        while (stop < end && !(*stop == ':' && stop + 1 < end && stop[1] == ':'))
            stop++;
        const char *last = stop;
        while (last > text && is_blank(last[-1]))
            last--;
        fields[found++] = (struct field){.text = text, .length = last - text};
        if (stop == end || found == wanted)
            return found;
        text = stop + 2;
    }
}

int fields_split(struct field *fields, struct line_fault *fault, enum separator separator, int wanted,
                 const char *text, int64_t length)
{
    const char *end = text + length;
    switch ((int)separator) {
    case SEPARATOR_TAB: /* apart, so that the compiler knows the byte */
        return split_byte(fields, fault, '\t', wanted, text, end);
    case SEPARATOR_COMMA:
        return split_byte(fields, fault, ',', wanted, text, end);
    case SEPARATOR_BLANKS:
    case ' ':
        return split_blanks(fields, wanted, text, end);
    case SEPARATOR_COLONS:
        return split_colons(fields, wanted, text, end);
    case SEPARATOR_COMMA_OR_BLANKS:
        return split_list(fields, fault, wanted, text, end);
    case SEPARATOR_NONE:
        fields[0] = (struct field){.text = text, .length = length};
        return 1;
    default:
        return split_byte(fields, fault, (char)separator, wanted, text, end);
    }
}

void field_unescape(struct field *field, char *unescaped, int64_t bytes)
{
    int64_t length = 0;
    for (int64_t i = 0; i < field->length && length < bytes; i++) {
        i += field->text[i] == '"';
        unescaped[length++] = field->text[i];
    }
    field->text = unescaped;
    field->length = length;
}

bool field_is_missing(const struct field *field)
{
    static const char *const words[] = {"",       "NA",   "N/A", "#N/A", "nan",       "null",
                                        "(null)", "none", "nil", "\\N",  "undefined", "missing"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (field->length == (int64_t)strlen(words[i]) &&
            strncasecmp(field->text, words[i], strlen(words[i])) == 0)
            return true;
    return false;
}

int64_t field_span(const struct field *field, const char *set)
{
    int64_t length = 0;
    while (length < field->length && field->text[length] != '\0' && strchr(set, field->text[length]) != NULL)
        length++;
    return length;
}
