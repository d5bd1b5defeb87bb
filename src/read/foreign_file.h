/* Files of other formats, told by their first bytes: they are refused by name, with the command that unpacks or converts
 * them. All local. */
#ifndef READ_FOREIGN_FILE_H
#define READ_FOREIGN_FILE_H

#include "read/stream.h"

/* [local] MFALS_BAD_DATA where the bytes, the first of the source's file, decompressed if its compression is set, are
 * unmistakably those of a format that is not read. */
status foreign_file_check(const struct source *source, const char *bytes, int64_t length);

/* [local] text <- path in quotes, as a shell takes it, cut where it does not fit. Returns text. */
const char *foreign_quote(char *text, size_t size, const char *path);

#endif
