/* Ratings in Parquet files: which columns are meant, and which rank reads which row groups. */
#ifndef READ_PARQUET_INPUT_H
#define READ_PARQUET_INPUT_H

#include "read/parser.h"

/* [local] Whether the inputs are Parquet files, but for empty ones. MFALS_BAD_DATA if only some are. */
status parquet_input_check(bool *is_parquet, const struct inputs *inputs);

/* [collective] Reads the files into parser on all ranks. Columns are chosen by the names in the first file, and found by
 * them in the others. Row groups are dealt to the ranks by their bytes, each as a whole; a rank reads its own from the
 * first to the last, and holds a page of each wanted column. Faults of the data are left in parser->fault, the first of
 * all files on at least one rank. format->understood, example: set on all ranks. MFALS_USAGE for options that are not for
 * Parquet or name no column; MFALS_BAD_DATA for columns that are missing, in doubt or of a type that cannot be read;
 * MFALS_NO_INPUT, MFALS_IO, MFALS_NO_MEMORY. */
status parquet_input_read(struct parser *parser, const struct comm *comm, const struct inputs *inputs,
                          const struct read_options *options, struct format *format);

#endif
