/* A Parquet file (github.com/apache/parquet-format): its columns, its row groups, and where their chunks lie. All local.
 *
 *     struct parquet_file file;
 *     TRY(parquet_open(&file, "part-00000.snappy.parquet"));
 *     for (int64_t g = 0; g < file.group_count; g++)
 *         ... file.groups[g].rows ... parquet_chunk(&file, g, column) ...
 *     parquet_close(&file);
 *
 * A file may come from anybody: nothing in it is believed before it has been checked, and what is allocated is bounded
 * by the file's size.
 */
#ifndef PARQUET_FILE_H
#define PARQUET_FILE_H

#include "parquet/schema.h"

enum { PARQUET_MAGIC_BYTES = 4 };

/* The values of one column in one row group: pages, one behind the other. */
struct parquet_chunk {
    int64_t begin, end; /* its bytes in the file */
    int64_t values;     /* nulls included */
    int64_t codec;      /* as the format numbers them */
    enum parquet_type type;
    const char *refused; /* static: why it cannot be read, whatever its type; NULL: it can be */
};

struct parquet_group {
    int64_t rows, first_row; /* rows of the file before it */
};

struct parquet_file {
    const char *path; /* not owned */
    int descriptor;
    int64_t size;
    uint8_t *footer; /* owned: names point into it */
    struct parquet_schema schema;
    struct parquet_group *groups; /* owned */
    struct parquet_chunk *chunks; /* owned: [group_count][leaf_count] */
    int64_t group_count, rows;
    int64_t group_capacity, chunk_capacity;
};

/* Whether a file that begins with these bytes is Parquet; the same of one whose footer is encrypted. */
bool parquet_begins(const unsigned char *magic, int64_t length);
bool parquet_begins_encrypted(const unsigned char *magic, int64_t length);

/* path must outlive *file, which is set in any case and is the caller's to close. MFALS_NO_INPUT; MFALS_IO;
 * MFALS_BAD_DATA "path: no Parquet file: reason"; MFALS_NO_MEMORY. */
status parquet_open(struct parquet_file *file, const char *path);

/* Reads the bytes begin .. begin + length - 1. MFALS_IO, also where the file has become shorter. */
status parquet_read(const struct parquet_file *file, void *to, int64_t begin, int64_t length);

/* Accepts what parquet_open left. */
void parquet_close(struct parquet_file *file);

static inline const struct parquet_chunk *parquet_chunk(const struct parquet_file *file, int64_t group,
                                                        const struct parquet_column *column)
{
    return &file->chunks[group * file->schema.leaf_count + column->leaf];
}

#endif
