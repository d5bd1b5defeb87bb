/* The first lines of an input, to tell what it is from. All local.
 *
 *     struct sample sample;
 *     sample_take(&sample, text, length, whole, 0);
 *     struct column_summary summary[COLUMNS_MAX];
 *     sample_summarize(summary, &sample, 1, 3, ',');           lines of three columns, without the first
 */
#ifndef READ_SAMPLE_H
#define READ_SAMPLE_H

#include "read/chunks.h"
#include "read/columns.h"

enum { SAMPLE_LINES = 1000 };

struct sample {
    struct text_line line[SAMPLE_LINES]; /* whole ones, not blank */
    int count;
};

/* What the fields of a column have in common. */
struct column_summary {
    int fields;                /* lines that have the column */
    int integers, numbers;     /* of 64 bits, without leading zeros; finite ones */
    int dates;                 /* "2004-05-13", "13.05.2004", "20040513", with or without a time of day */
    int times;                 /* that are read as such: numbers and ISO dates */
    int clocks;                /* "10:05", "10:05:31" */
    int empty, points, quoted; /* nothing; with a point; in quotes */
    int distinct;
    double low, high; /* of the numbers */
    bool counts_up;   /* integers, each one more than the line before */
};

/* The lines of text[0..length) from the offset `start` on; whole: they end there. */
void sample_take(struct sample *sample, const char *text, int64_t length, bool whole, int64_t start);

/* The fields that a line has, at most COLUMNS_MAX + 1; 0 for a line that cannot be cut. */
int sample_fields(struct field fields[COLUMNS_MAX + 1], const struct text_line *line,
                  enum separator separator);

/* How many fields most of the lines from number `first` on have. *others: lines that have more or fewer. */
int sample_usual_fields(int *others, const struct sample *sample, int first, enum separator separator);

/* summary[0 .. COLUMNS_MAX - 1] <- the columns of those lines from number `first` on that have `columns` of them. */
void sample_summarize(struct column_summary *summary, const struct sample *sample, int first, int columns,
                      enum separator separator);

/* The separator of columns: that which cuts the lines into equally many fields, of which the first two hold no other. MFALS_BAD_DATA where there is none, or two that would do. */
status sample_separator(enum separator *separator, const struct sample *sample, const char *path);

/* Whether the field reads "2004-05-13" or the like. */
bool field_is_date(const struct field *field);

#endif
