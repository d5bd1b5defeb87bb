/* A look at the first lines as such: how many columns and header lines there are. All local. */
#ifndef READ_LOOK_LINES_H
#define READ_LOOK_LINES_H

#include "read/look.h"

/* Before the columns are chosen: MFALS_BAD_DATA, with the remedy, for lines of unequal numbers of columns, headers of several lines, quoted fields over
 * several lines. */
status look_check_lines(const struct sample *sample, const struct guess *guess);

/* Once they are chosen: a header that has more or fewer names than the lines have
 * columns: MFALS_BAD_DATA. */
status look_check_names(const struct sample *sample, const struct guess *guess);

#endif
