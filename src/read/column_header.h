/* The lines above the data that name its columns. All local. */
#ifndef READ_COLUMN_HEADER_H
#define READ_COLUMN_HEADER_H

#include "read/sample.h"

enum { HEADER_LINES_MAX = 16 };

/* *lines <- how many of the sample's first lines are a header: as options->header says or, where it says nothing, 1
 * where the first line names columns, else 0. MFALS_USAGE where options->header makes no sense. */
status column_header_find(int *lines, const struct sample *sample, enum separator separator,
                          const struct read_options *options);

/* Whether a column tells the lines apart and nothing else, as R's and pandas' row names: it counts them, or quotes them. */
bool column_is_index(const struct column_summary *column);

/* The names of the columns, from the header line that tells most of them. above_index: it has none above the first column,
 * an index. Returns how many there are. */
int column_header_names(struct field names[COLUMNS_MAX + 1], const struct sample *sample, int lines,
                        enum separator separator, bool above_index);

/* Whether a line names the roles of at least one of two columns, and holds no number. */
bool column_header_is_likely(const struct field *fields, int count);

#endif
