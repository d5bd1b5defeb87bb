/* The lines above the data that name its columns. All local. */
#ifndef READ_COLUMN_HEADER_H
#define READ_COLUMN_HEADER_H

#include "read/sample.h"

enum { HEADER_LINES_MAX = 16 };

/* *lines <- how many of the sample's first lines are a header: as options->header says or, where it says nothing, 1
 * where the first line names columns, else 0. MFALS_USAGE where options->header makes no sense. */
status column_header_find(int *lines, const struct sample *sample, enum separator separator,
                          const struct read_options *options);

/* The names of the `columns` columns, from the header line that tells most of them. A header one shorter than the data
 * has none above their first column, an index. */
void column_header_names(struct field names[COLUMNS_MAX + 1], const struct sample *sample, int lines,
                         enum separator separator, int columns);

/* Whether a line names the roles of at least one of two columns, and holds no number. */
bool column_header_is_likely(const struct field *fields, int count);

#endif
