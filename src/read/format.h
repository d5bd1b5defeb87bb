/* What kind of text the input is: told from its first lines and the user's options. */
#ifndef READ_FORMAT_H
#define READ_FORMAT_H

#include "read/column_header.h"
#include "read/inputs.h"
#include "read/line.h"
#include "read/options.h"

enum { UNDERSTOOD_SIZE = 640, EXAMPLE_SIZE = 200 };

/* A line of the header, which other files may begin with too. */
struct header_line {
    int64_t at, length; /* its text in format->header */
    int64_t offset;     /* in its file */
};

struct format {
    struct line_format line;
    bool matrix;        /* MatrixMarket */
    int64_t entries;    /* of the matrix */
    bool adjacency;     /* a line is a user and the user's items */
    bool counted;       /* it is the number of items and the items: users are the numbers of lines, from 0 */
    bool valued;        /* its items are "item:value" */
    bool joined;        /* a ':' alone stands behind its user: "user:item item" */
    int64_t file;       /* the file that was looked at */
    int64_t data_start; /* lines of that file that begin before are no data: banner, comments, size, header */
    int64_t data_line;  /* the number of lines before */
    char comment;       /* lines that begin with it and a blank are none; 0: there are no such lines */
    char *header;       /* owned: the texts of the header's lines */
    int64_t header_bytes;
    int header_lines;
    struct header_line header_line[HEADER_LINES_MAX];
    char understood[UNDERSTOOD_SIZE]; /* in words, for the log */
    char example[EXAMPLE_SIZE];       /* of how the first line is read */
};

enum { FORMAT_PREFIX_BYTES = 1 << 16 };

/* [collective] Rank 0 looks at the first FORMAT_PREFIX_BYTES of the first file that has any line. *format is
 * set in any case, and is the caller's to free. Fails as stream_open and stream_read; MFALS_USAGE for
 * options that make no sense; MFALS_BAD_DATA for a MatrixMarket file of a kind that is not supported, no column
 * separator, or lines that would be read wrongly: the message says which option reads them. */
status format_detect(struct format *format, const struct comm *comm, const struct inputs *inputs,
                     const struct read_options *options);

/* [local] The same from text, the first `length` bytes of the file `path`; whole: they are all of it. */
status format_of_text(struct format *format, const struct read_options *options, const char *path,
                      const char *text, int64_t length, bool whole);

/* [local] The separator of columns that a line of a list holds: the first there is of '::', tab, comma and blank. false
 * if it holds none. */
bool format_guess_separator(enum separator *separator, const char *text, int64_t length);

/* [local] Whether the line at `offset` of a file is no data: blank, a header, a comment, part of a MatrixMarket head. */
bool format_skips(const struct format *format, int64_t file, int64_t offset, const char *text,
                  int64_t length);

/* [local] Whether the line, which format_skips does not skip, is the header once more. */
bool format_is_header_again(const struct format *format, const char *text, int64_t length);

/* [local] Whether the line, which a file begins with, names columns otherwise than the header does. */
bool format_is_other_header(const struct format *format, int64_t file, int64_t offset, const char *text,
                            int64_t length);

/* [local] Accepts a zeroed struct. */
void format_free(struct format *format);

#endif
