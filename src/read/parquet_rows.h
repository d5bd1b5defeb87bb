/* Rows of Parquet files as ratings. All local.
 *
 *     struct parquet_rows rows = {.parser = parser, .integers_max = 1 << 20};
 *     TRY(parquet_rows_read(&rows, &file, number, group, &wanted));       until rows.parser->fault.code != MFALS_OK
 *     parquet_rows_free(&rows);
 */
#ifndef READ_PARQUET_ROWS_H
#define READ_PARQUET_ROWS_H

#include "parquet/reader.h"
#include "read/parquet_wanted.h"
#include "read/parser.h"

/* Ids that have been seen: of each place the id's number + 1; 0: not yet. */
struct parquet_known {
    uint32_t *number; /* owned */
    int64_t count, capacity;
};

/* What goes on from row to row. */
struct parquet_rows {
    struct parser *parser; /* not owned */
    int64_t integers_max;  /* integers from 0 to below this are looked up by themselves: memory for speed */
    struct parquet_reader reader[COLUMN_ROLES];
    struct parquet_known by_place[2];   /* by the place in the chunk's dictionary */
    struct parquet_known by_integer[2]; /* by the id, where it is such an integer */
};

/* [local] Adds the ratings of a row group of file number `number` to parser->raw, up to the first fault. A row with a
 * null or a value that cannot be what it is to be is a bad line. MFALS_NO_MEMORY; MFALS_BAD_DATA for too many ids. */
status parquet_rows_read(struct parquet_rows *rows, const struct parquet_file *file, int64_t number,
                         int64_t group, const struct parquet_wanted *wanted);

/* [local] */
void parquet_rows_free(struct parquet_rows *rows);

#endif
