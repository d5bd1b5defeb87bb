/* What the log says of an input: how its columns were understood, what was found in them. */
#ifndef READ_REPORT_H
#define READ_REPORT_H

#include "comm/comm.h"
#include "read/format.h"
#include "read/look.h"
#include "read/raw.h"

/* [local] format->understood and format->example <- columns, by names where there are any (else NULL). */
void report_columns(struct format *format, const struct sample *sample, const struct guess *guess,
                    const struct field *names);

/* [local] The same of lists, whose first `header` lines are none, and of a MatrixMarket file. */
void report_lists(struct format *format, const struct sample *sample, int header);
void report_matrix(struct format *format);

/* [collective] The line of an input, once all of it is read, and warnings of what looks wrong in it. understood, example:
 * in words, on rank 0; example may be "". */
void report_ratings(const struct comm *comm, const struct raw_ratings *raw, const char *path,
                    const char *understood, const char *example);

#endif
