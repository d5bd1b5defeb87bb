/* Which columns of Parquet files hold users, items, ratings and times. All local. */
#ifndef READ_PARQUET_WANTED_H
#define READ_PARQUET_WANTED_H

#include "parquet/file.h"
#include "read/columns.h"
#include "read/format.h"

/* The columns of a file by what they hold; NULL: there is none, or it is not wanted. */
struct parquet_wanted {
    const struct parquet_column *column[COLUMN_ROLES]; /* not owned: in the file's schema */
};

/* [local] Chooses them by the names in the file, as columns_choose. MFALS_USAGE also for options that text alone has;
 * MFALS_BAD_DATA also for columns whose values cannot be what they are to be. */
status parquet_wanted_choose(struct parquet_wanted *wanted, const struct parquet_file *file,
                             const struct read_options *options);

/* [local] Finds the columns of the file `first` in another, by their names. MFALS_BAD_DATA as above. */
status parquet_wanted_find(struct parquet_wanted *wanted, const struct parquet_file *file,
                           const struct parquet_file *first, const struct parquet_wanted *in_first);

/* [local] format->understood and format->example <- the columns, and the first row of the file. */
void parquet_wanted_describe(struct format *format, const struct parquet_file *file,
                             const struct parquet_wanted *wanted);

#endif
