/* The footer of a Parquet file: the schema, and what is where. All local. */
#ifndef PARQUET_FOOTER_H
#define PARQUET_FOOTER_H

#include "parquet/file.h"

/* Reads file->footer, of so many bytes, into the file's schema, groups and chunks. The bytes of a chunk that is not
 * refused lie before the footer, and a chunk has a value for each row of its group. MFALS_BAD_DATA with the reason alone,
 * MFALS_NO_MEMORY. */
status parquet_footer_read(struct parquet_file *file, int64_t length);

#endif
