/* The head of a MatrixMarket file: banner, comments, size line (math.nist.gov/MatrixMarket/formats.html). */
#ifndef READ_MATRIX_MARKET_H
#define READ_MATRIX_MARKET_H

#include "read/format.h"

/* [local] Whether text begins with a MatrixMarket banner. */
bool matrix_market_begins(const char *text, int64_t length);

/* [local] Reads the head from text, the first `length` bytes of the file `path`; whole: they are all of it.
 * MFALS_BAD_DATA for anything but a general coordinate matrix of real, integer or pattern entries. */
status matrix_market_head(struct format *format, const char *path, const char *text, int64_t length,
                          bool whole);

#endif
