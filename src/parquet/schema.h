/* The columns of a Parquet file (github.com/apache/parquet-format, LogicalTypes.md): what their values are, and which of
 * them can be read. All local. */
#ifndef PARQUET_SCHEMA_H
#define PARQUET_SCHEMA_H

#include "base/status.h"
#include "parquet/thrift.h"

/* As the format numbers them. */
enum parquet_type {
    PARQUET_BOOLEAN,
    PARQUET_INT32,
    PARQUET_INT64,
    PARQUET_INT96,
    PARQUET_FLOAT,
    PARQUET_DOUBLE,
    PARQUET_BYTE_ARRAY,
    PARQUET_FIXED_LEN_BYTE_ARRAY,
    PARQUET_TYPES
};

/* What a value is, once read. */
enum parquet_kind {
    PARQUET_REFUSED,  /* nothing that can be read: column->refused says why */
    PARQUET_BOOL,     /* integer: 0 or 1 */
    PARQUET_INTEGER,  /* integer */
    PARQUET_UNSIGNED, /* integer holds the bits of a uint64_t */
    PARQUET_REAL,     /* real; decimal fractions too, rounded to the nearest double */
    PARQUET_TEXT,     /* bytes; nobody has looked whether they are UTF-8 */
    PARQUET_TIME      /* integer: whole seconds since 1970, rounded down */
};

/* A top-level field of the schema. One with fields of its own, or that repeats, is one column, which is refused. */
struct parquet_column {
    const char *name; /* not owned: in the footer; not terminated */
    int64_t name_length;
    int leaf; /* its chunk's place among those of a row group */
    enum parquet_type type;
    enum parquet_kind kind;
    const char *refused; /* static: "is nested", ... */
    bool optional;       /* may hold nulls */
    int64_t
        unit; /* of PARQUET_TIME as stored: so many a second, 0 days; decimal fractions: digits behind the point */
};

struct parquet_schema {
    struct parquet_column *columns; /* owned */
    int column_count;
    int leaf_count;                /* chunks of a row group */
    enum parquet_type *leaf_types; /* owned */
};

/* "INT32", ... */
const char *parquet_type_name(enum parquet_type type);

/* Reads the list of schema elements. *schema is set in any case, and is the caller's to free. MFALS_BAD_DATA "the schema
 * is damaged", MFALS_NO_MEMORY. */
status parquet_schema_read(struct parquet_schema *schema, struct thrift *in, enum thrift_type type);

/* Accepts a zeroed struct. */
void parquet_schema_free(struct parquet_schema *schema);

#endif
