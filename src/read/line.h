/* One line of text as a rating: the reader's kernel. All local; nothing allocates.
 *
 *     struct line line;
 *     struct line_fault fault;
 *     if (!line_parse(&line, &fault, &format, text, length))
 *         column fault.column is wrong: fault.reason
 */
#ifndef READ_LINE_H
#define READ_LINE_H

#include "read/dictionary.h"

#include <stdbool.h>
#include <stdint.h>

/* The last three are for lists: commas or blanks, alone or together; none: the line is one field. */
enum separator {
    SEPARATOR_TAB,
    SEPARATOR_COMMA,
    SEPARATOR_BLANKS,
    SEPARATOR_COLONS,
    SEPARATOR_PIPE,
    SEPARATOR_COMMA_OR_BLANKS,
    SEPARATOR_NONE
};
enum { LINE_MAX_BYTES = 1 << 20, LINE_COLUMNS_MAX = 64 };

struct line_format {
    enum separator separator; /* only with commas may fields be quoted */
    int columns;              /* a line must have so many, what follows is ignored; 2 .. LINE_COLUMNS_MAX */
    int id[2];                /* the columns of user and item, from 0 */
    int value;                /* that of the value, or -1: every value is 1 */
    bool timed;               /* the time is wanted */
    int time;                 /* its column, if so */
    int64_t declared[2];      /* > 0: ids are integers from 1 to this */
};

struct field {
    const char *text; /* not owned: within the line, between the quotes if quoted */
    int64_t length;
    bool quoted, escaped; /* escaped: "" stands for a quote */
};

struct line {
    struct field id[2]; /* what a field's text points to may be this struct's own `unescaped` */
    float value;
    bool rounded; /* the value is a whole number that a float does not hold, as some beyond 2^24 */
    int64_t time; /* 0 where it is not wanted */
    char unescaped[2][ID_MAX_BYTES + 1];
};

struct line_fault {
    int64_t column; /* from 1, in bytes */
    char reason[256];
};

/* [local] The line text[0..length), without its end, as a rating. false, with *fault set, if it is none. */
bool line_parse(struct line *line, struct line_fault *fault, const struct line_format *format,
                const char *text, int64_t length);

/* [local] "tabs", "commas", ... */
const char *separator_name(enum separator separator);

/* [local] Cuts the line into fields, stopping after `wanted` of them: sets as many of fields, of which a line has at
 * most length + 1, as there are and returns their number, or -1 with *fault set. */
int line_split(struct field *fields, struct line_fault *fault, enum separator separator, int wanted,
               const char *text, int64_t length);

/* [local] "" in an escaped field becomes a quote. unescaped: so many bytes, to which the field then points; what is
 * longer is cut there. */
void line_unescape(struct field *field, char *unescaped, int64_t bytes);

/* [local] Whether a field of the line `text` can be the id of a user or item: neither empty nor longer than
 * ID_MAX_BYTES, UTF-8 without control characters. It may then point to unescaped, ID_MAX_BYTES + 1 bytes. */
bool line_check_id(struct field *id, struct line_fault *fault, enum side side, const char *text,
                   char *unescaped);

/* [local] What any line of text is held to: at most LINE_MAX_BYTES; no NUL byte. */
bool line_check_length(struct line_fault *fault, int64_t length);
bool line_check_zeros(struct line_fault *fault, const char *text, int64_t length);

/* [local] Whether the line counts as empty: nothing but blanks. */
bool line_is_blank(const char *text, int64_t length);

#endif
