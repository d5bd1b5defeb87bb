/* The file of --candidates: a line is a user and the items to rank for that user. */
#ifndef INPUT_CANDIDATES_FILE_H
#define INPUT_CANDIDATES_FILE_H

#include "ratings/csr.h"
#include "ratings/ids_find.h"

/* [collective] Reads "user item item ..." lines, separated by tabs, commas or blanks; a user's lines add up, and an
 * item counts once. The file may be compressed; rank 0 reads it alone. What is not known is left out and warned of.
 *   csr    out: this rank's users under known[USERS], columns are item rows, ascending; values are 1. Set in any case,
 *          the caller's to free
 * MFALS_NO_INPUT; MFALS_BAD_DATA "file:line: reason" for a line without an item. */
status candidates_file_load(struct csr *csr, const struct comm *comm, const char *path,
                            const struct known_ids known[2]);

#endif
