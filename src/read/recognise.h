/* What a file is, by its first bytes: compressed, in another encoding, with lines of another end; or nothing that can be
 * read, by name. All local. */
#ifndef READ_RECOGNISE_H
#define READ_RECOGNISE_H

#include "read/encoding.h"
#include "read/stream.h"

/* [local] Fills in the rest of *source, of which path and spool are given, and says how the encoding was found, and whether the
 * file is Parquet, which is no text.
 * named: the user's encoding; NULL: none. A mark at the front of a text outranks it. MFALS_NO_INPUT, MFALS_IO;
 * MFALS_BAD_DATA for a file that is HDF5, of another foreign format, not what its name says, or in an encoding that
 * must be named. What is damaged further on is left to be found there. */
status recognise(struct source *source, enum encoding *encoding, bool *is_parquet, const char *named);

#endif
