/* Ids that rank 0 alone has read from a file: the users to recommend to, and those of other lists. */
#ifndef RATINGS_IDS_LIST_H
#define RATINGS_IDS_LIST_H

#include "ratings/ids_find.h"

/* [collective] The rows of ids that rank 0 alone has: row_of[number], -1 where one is not known, which is warned of,
 * the first by name. row_of is the caller's to free, also on failure.
 *   path, what  for the warning: the file and "users" or "items"
 *   unknown     out: how many are not known */
status ids_list_find(int64_t **row_of, int64_t *unknown, const struct comm *comm,
                     const struct dictionary *ids, const struct known_ids *known, const char *path,
                     const char *what);

/* [collective] Reads a file of one id a line, or of columns of which the first is the id, as text_list.h says:
 * separated by what its first line holds, '::', a tab, a comma (the id may then be quoted) or, in a map of integers,
 * blanks. Rank 0 reads it alone. Ids that are not known are warned of as above.
 *   wanted   out: [own rows] of known, 1 for a row that is in the list, else 0; the caller's to free, NULL on failure
 *   found    out: how many rows of all ranks are
 *   unknown  out: how many distinct ids are not known
 * As text_list_read. */
status ids_list_load(char **wanted, int64_t *found, int64_t *unknown, const struct comm *comm,
                     const char *path, const char *encoding, const struct known_ids *known);

#endif
