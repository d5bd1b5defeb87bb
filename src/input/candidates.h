/* The file of --candidates: a line is a user and the items to rank for that user. */
#ifndef INPUT_CANDIDATES_H
#define INPUT_CANDIDATES_H

#include "ratings/csr.h"
#include "ratings/ids_find.h"

/* [collective] Reads "user item item ..." lines as text_list.h says, their fields separated by '::', tabs, commas or
 * blanks, as the first line's are; a user's lines add up, an item counts once, and empty fields are passed over. Rank 0
 * reads it alone. What is not known is left out and warned of, the first by name.
 *   csr    out: this rank's users under known[USERS], columns are item rows, ascending; values are 1. Set in any case,
 *          the caller's to free
 * As text_list_read, also for a line without an item. */
status candidates_load(struct csr *csr, const struct comm *comm, const char *path, const char *encoding,
                       const struct known_ids known[2]);

#endif
