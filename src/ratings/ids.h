/* The id map: the distinct ids of all ranks, sorted; an id's row in the factors is its place in that order.
 *
 * Integers sort by value, text by its bytes. Ids are integers if every one of them is written as a decimal integer
 * without leading zeros ("0", "17", "-3"), else all are text: decided for the whole input, for users and items apart.
 *
 *     struct ids ids;
 *     TRY(ids_map(&ids, row_of, &comm, &raw.ids[USERS], raw.declared[USERS]));
 *     row_of[number] is the row of this rank's dictionary entry `number`
 *     ids_free(&ids);
 */
#ifndef RATINGS_IDS_H
#define RATINGS_IDS_H

#include "comm/comm.h"
#include "read/dictionary.h"

struct ids {
    enum id_kind kind;
    int64_t rows;  /* distinct ids of all ranks */
    int64_t first; /* this rank holds the ids of rows first .. first + count - 1 */
    int64_t count;
    int width;  /* bytes of a key: 8 for integers, else of the longest id of all ranks */
    char *keys; /* owned: [count x width]: native int64_t, or UTF-8 padded with NUL */
};

/* [collective] Builds the map from the ranks' dictionaries; declared > 0: ids are the integers 1..declared, whether
 * seen or not (MatrixMarket). *ids holds a share of the ids by even ranges; it is set in any case.
 *   row_of  out: dictionary->count values in the caller's memory
 * MFALS_BAD_DATA (message without place, naming the id) for an integer outside 64 bits in a column of integers; more
 * than 2^32 - 1 rows. */
status ids_map(struct ids *ids, int64_t *row_of, const struct comm *comm, const struct dictionary *dictionary,
               int64_t declared);

/* [collective] Gives rows to the ids that a known map of known_rows rows has not: where row_of[number] is -1, it becomes
 * known_rows plus the row in *ids, which holds these ids alone, as text, as ids_map would. The same failures. */
status ids_map_unknown(struct ids *ids, int64_t *row_of, const struct comm *comm,
                       const struct dictionary *dictionary, int64_t known_rows);

/* [collective] Moves the ids to the owners of their rows under the partition offsets (size + 1 values). */
status ids_redistribute(struct ids *ids, const struct comm *comm, const int64_t *offsets);

/* [local] Id number i (0 <= i < count) as text into the caller's buffer of ID_MAX_BYTES + 1 bytes, terminated. */
void ids_text(const struct ids *ids, int64_t i, char *text);

/* [local] Accepts a zeroed struct. */
void ids_free(struct ids *ids);

#endif
