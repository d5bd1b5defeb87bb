/* A line cut into fields. All local; nothing allocates.
 *
 *     struct field fields[3];
 *     int count = fields_split(fields, &fault, ';', 3, text, length);
 */
#ifndef READ_FIELDS_H
#define READ_FIELDS_H

#include <stdbool.h>
#include <stdint.h>

/* What separates fields: a byte, below 256, or one of these. Blanks: one or several, and tabs. The last two are for
 * lists: commas or blanks, alone or together; none: the line is one field. */
enum separator {
    SEPARATOR_TAB = '\t',
    SEPARATOR_COMMA = ',',
    SEPARATOR_PIPE = '|',
    SEPARATOR_BYTES = 256, /* those below are bytes */
    SEPARATOR_BLANKS = SEPARATOR_BYTES,
    SEPARATOR_COLONS,
    SEPARATOR_COMMA_OR_BLANKS,
    SEPARATOR_NONE
};

enum { SEPARATOR_NAME_SIZE = 16 };

struct field {
    const char *text; /* not owned: within the line, between the quotes if quoted */
    int64_t length;
    bool quoted, escaped; /* escaped: "" stands for a quote */
};

struct line_fault {
    int64_t column; /* from 1, in bytes */
    char reason[256];
};

/* A field as it may be shown: cut short; '?' for what does not print, if it is no UTF-8 text. */
struct excerpt {
    char text[44];
};

/* Fills *fault. Always false, so that a failing test can return it. */
bool line_fault_set(struct line_fault *fault, int64_t column, const char *format, ...)
    __attribute__((format(printf, 3, 4), cold));

/* "tabs", "commas", ..., in `name` where it has to be made. */
const char *separator_name(char name[SEPARATOR_NAME_SIZE], enum separator separator);

/* A separator from its name (tab, comma, semicolon, pipe, blanks, ::), a byte, or one written "\\t", "\\x01" or "^A". false
 * for anything else. */
bool separator_parse(enum separator *separator, const char *text);

/* Cuts the line into fields, stopping after `wanted` of them: sets as many of fields, of which a line has at most
 * length + 1, as there are and returns their number, or -1 with *fault set. Blanks around a field do not belong to it,
 * but within quotes. A field in double quotes may hold separators; where commas or semicolons separate, what begins
 * with a quote must be such a field. */
int fields_split(struct field *fields, struct line_fault *fault, enum separator separator, int wanted,
                 const char *text, int64_t length);

/* The column of the field's first byte in its line, from 1. */
static inline int64_t field_column(const struct field *field, const char *text)
{
    return field->text - text + (field->quoted ? 0 : 1);
}

/* "" in an escaped field becomes a quote. unescaped: so many bytes, to which the field then points; what is longer is
 * cut there. */
void field_unescape(struct field *field, char *unescaped, int64_t bytes);

struct excerpt field_excerpt(const struct field *field);

/* How many bytes, from the first on, are of the set. */
int64_t field_span(const struct field *field, const char *set);

/* Whether the field is empty or a word that programs write where they have no value: NA, NULL, None, \\N and the like. */
bool field_is_missing(const struct field *field);

/* Whether the line counts as empty: nothing but blanks. */
bool line_is_blank(const char *text, int64_t length);

#endif
