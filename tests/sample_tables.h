/* The samples of tests/parquet, which other writers made, and what was written. All local. */
#ifndef TESTS_SAMPLE_TABLES_H
#define TESTS_SAMPLE_TABLES_H

#include <stdbool.h>

enum { SAMPLE_COLUMNS = 8, SAMPLE_ROWS = 400, SAMPLE_PATH = 512 };

/* A table of cells: text as it was written; "\N" for null; times in seconds. */
struct sample_table {
    char *name[SAMPLE_COLUMNS];
    char *cell[SAMPLE_COLUMNS][SAMPLE_ROWS]; /* within text */
    int columns, rows;
    char text[1 << 15];
};

/* "numbers-duckdb-zstd.parquet" -> its path. */
void sample_path(char path[SAMPLE_PATH], const char *name);

/* What is in that sample, in numbers.tsv. false where it cannot be read. */
bool sample_table_read(struct sample_table *table, const char *name);

/* The column of that name; -1: there is none. */
int sample_column(const struct sample_table *table, const char *name);

bool sample_is_null(const char *cell);

/* Calls check of each sample, by name; all: also of those that are not to be read in full. Returns how many. */
int sample_each(void (*check)(const char *name), bool all);

#endif
