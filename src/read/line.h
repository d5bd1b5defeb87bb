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
#include "read/fields.h"

#include <stdbool.h>
#include <stdint.h>

enum { LINE_MAX_BYTES = 1 << 20, LINE_COLUMNS_MAX = 64 };

struct line_format {
    enum separator separator;
    int columns; /* a line must have so many; 2 .. LINE_COLUMNS_MAX */
    bool exact;  /* the first line has no more: without a rating more are a fault, with one they are noted */
    bool integers;       /* ids must be integers of 64 bits */
    int id[2];           /* the columns of user and item, from 0 */
    int value;           /* that of the value, or -1: every value is 1 */
    bool timed;          /* the time is wanted */
    int time;            /* its column, if so */
    bool weighed;        /* the weight is wanted */
    int weight;          /* its column, if so */
    int64_t declared[2]; /* > 0: ids are integers from 1 to this */
};

struct line {
    struct field id[2]; /* what a field's text points to may be this struct's own `unescaped` */
    float value;
    bool longer;  /* there are more columns than in the first line */
    bool rounded; /* the value is a whole number that a float does not hold, as some beyond 2^24 */
    int64_t time; /* 0 where it is not wanted */
    float weight; /* at least FLT_MIN; unset where it is not wanted */
    char unescaped[2][ID_MAX_BYTES + 1];
};

/* [local] The line text[0..length), without its end, as a rating. false, with *fault set, if it is none. */
bool line_parse(struct line *line, struct line_fault *fault, const struct line_format *format,
                const char *text, int64_t length);

/* [local] Whether a field of the line `text` can be the id of a user or item: neither empty nor longer than
 * ID_MAX_BYTES, UTF-8 without control characters. It may then point to unescaped, ID_MAX_BYTES + 1 bytes. */
bool line_check_id(struct field *id, struct line_fault *fault, enum side side, const char *text,
                   char *unescaped);

/* [local] A field of the line `text` as the id of a side, to line->id[side]: as line_check_id, and as the format says. */
bool line_take_id(struct line *line, struct line_fault *fault, const struct line_format *format,
                  const struct field *field, const char *text, enum side side);

/* [local] A field of the line `text` as the value, to line->value and line->rounded. */
bool line_take_value(struct line *line, struct line_fault *fault, const struct field *field,
                     const char *text);

/* [local] A number as a weight: what is wrong with it, or NULL. *weight <- finite, at least FLT_MIN. */
const char *line_take_weight(float *weight, double number);

/* [local] What any line of text is held to: at most LINE_MAX_BYTES; no NUL byte. */
bool line_check_length(struct line_fault *fault, int64_t length);
bool line_check_zeros(struct line_fault *fault, const char *text, int64_t length);

#endif
