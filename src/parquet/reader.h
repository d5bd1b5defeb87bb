/* The values of one column in one row group, page by page. All local.
 *
 *     struct parquet_reader reader = {0};
 *     parquet_reader_open(&reader, &file, group, column);
 *     for (int64_t left; (TRY(parquet_ready(&reader, &left)), left > 0);) {
 *         int64_t count = number_min(left, PARQUET_BATCH);
 *         TRY(parquet_take(&reader, count));
 *         ... reader.values[i], where reader.present[i] ...
 *     }
 *     parquet_reader_close(&reader);
 *
 * It holds one page, as it lies there and decompressed, and the dictionary of the chunk.
 */
#ifndef PARQUET_READER_H
#define PARQUET_READER_H

#include "parquet/file.h"
#include "parquet/values.h"

struct parquet_reader {
    const struct parquet_file *file; /* not owned, nor is the column */
    const struct parquet_column *column;
    const struct parquet_chunk *chunk;
    int64_t group;

    uint8_t *window; /* owned: held bytes of the file from window_begin on */
    int64_t window_begin, window_held, window_capacity;

    int64_t next;        /* where the next page begins in the file */
    int64_t values_left; /* of the chunk, not in pages begun */
    int64_t left;        /* of the page */

    uint8_t *page, *dictionary_page; /* owned: decompressed */
    int64_t page_capacity, dictionary_page_capacity;
    struct parquet_value *dictionary; /* owned */
    int64_t dictionary_count, dictionary_capacity;
    bool has_dictionary;

    struct hybrid levels; /* 1 where there is a value, 0 for null; of an optional column */
    struct values decoder;
    struct parquet_value values[PARQUET_BATCH]; /* of the rows taken last */
    uint8_t present[PARQUET_BATCH];             /* whether there is one; else null */
};

/* Begins another chunk; *reader is zeroed ahead of the first. File and column must outlive it. MFALS_BAD_DATA, as of all
 * of these "path: row group 1, column 'name': reason", for what cannot be read. */
status parquet_reader_open(struct parquet_reader *reader, const struct parquet_file *file, int64_t group,
                           const struct parquet_column *column);

/* How many rows can be taken from the page: 0 at the end of the chunk. MFALS_IO, MFALS_NO_MEMORY, MFALS_BAD_DATA. */
status parquet_ready(struct parquet_reader *reader, int64_t *left);

/* The next `count` rows, at most those of parquet_ready and PARQUET_BATCH. They are valid until the next call. */
status parquet_take(struct parquet_reader *reader, int64_t count);

/* Accepts a zeroed struct. */
void parquet_reader_close(struct parquet_reader *reader);

#endif
