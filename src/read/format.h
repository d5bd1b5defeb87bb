/* What kind of text the input is: told from its first lines and the user's options. */
#ifndef READ_FORMAT_H
#define READ_FORMAT_H

#include "read/inputs.h"
#include "read/line.h"
#include "read/options.h"

struct format {
    struct line_format line;
    bool matrix;          /* MatrixMarket */
    int64_t entries;      /* of the matrix */
    int64_t data_start;   /* lines of the first file that begin before are no data: banner, comments, size */
    int64_t header_start; /* where in a file its header may be; -1: there is none */
    char *header;         /* owned: the header's text, without its end */
    int64_t header_length;
};

enum { FORMAT_PREFIX_BYTES = 1 << 16 };

/* [collective] Rank 0 looks at the first FORMAT_PREFIX_BYTES of the first file that has any line. *format is
 * set in any case, and is the caller's to free. Fails as stream_open and stream_read; MFALS_USAGE for
 * options->columns that make no sense;
 * MFALS_BAD_DATA for a MatrixMarket file of a kind that is not supported, or no column separator. */
status format_detect(struct format *format, const struct comm *comm, const struct inputs *inputs,
                     const struct read_options *options);

/* [local] The same from text, the first `length` bytes of the file `path`; whole: they are all of it. */
status format_of_text(struct format *format, const struct read_options *options, const char *path,
                      const char *text, int64_t length, bool whole);

/* [local] The separator of columns that a line holds: the first there is of '::', tab, comma and blank. false if it
 * holds none. */
bool format_guess_separator(enum separator *separator, const char *text, int64_t length);

/* [local] Whether the line at `offset` of a file is no data: blank, a header, part of a MatrixMarket head. */
bool format_skips(const struct format *format, int64_t offset, const char *text, int64_t length);

/* [local] Accepts a zeroed struct. */
void format_free(struct format *format);

#endif
