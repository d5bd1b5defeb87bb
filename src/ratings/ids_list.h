/* A list of ids in a file: the users to recommend to. */
#ifndef RATINGS_IDS_LIST_H
#define RATINGS_IDS_LIST_H

#include "ratings/ids_find.h"

/* [collective] Reads a file of one id a line, or of columns of which the first is the id: separated by what its
 * first line holds, '::', a tab, a comma (the id may then be quoted) or, in a map of integers, blanks. It may be
 * compressed; rank 0 reads it alone. Ids that are not known are warned of, the first by name.
 *   wanted   out: [own rows] of known, 1 for a row that is in the list, else 0; the caller's to free, NULL on failure
 *   found    out: how many rows of all ranks are
 *   unknown  out: how many distinct ids are not known
 * MFALS_NO_INPUT where path cannot be read; MFALS_BAD_DATA "file:line:column: reason" for a line without an id. */
status ids_list_load(char **wanted, int64_t *found, int64_t *unknown, const struct comm *comm,
                     const char *path, const struct known_ids *known);

#endif
