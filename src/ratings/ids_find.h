/* Ids looked up in a map that is there already: a model's.
 *
 *     struct known_ids known = {&model->side[ITEMS].ids, model->side[ITEMS].offsets};
 *     TRY(ids_find(row_of, &comm, &dictionary, &known));          row_of[number], -1: not known
 *     TRY(ids_find_text(&row, &comm, "1193", &known));
 *
 * In a map of integers only text written as ids.h says ("17", not "017") can be known, in a map of text any bytes.
 */
#ifndef RATINGS_IDS_FIND_H
#define RATINGS_IDS_FIND_H

#include "comm/redistribute.h"
#include "ratings/ids.h"
#include "ratings/keys.h"

/* Which ids are known, and where their rows live. Not owned. */
struct known_ids {
    const struct ids *ids;  /* of this rank's rows under offsets; kind and width the same on all ranks */
    const int64_t *offsets; /* the partition, comm->size + 1 values */
};

/* [collective] The rows of the dictionary's ids in a known map: row_of[number], -1 where an id is not known.
 *   row_of  out: dictionary->count values in the caller's memory */
status ids_find(int64_t *row_of, const struct comm *comm, const struct dictionary *dictionary,
                const struct known_ids *known);

/* [collective] How many distinct ids all ranks' dictionaries together hold for which row_of is -1. */
status ids_count_unknown(int64_t *unknown, const struct comm *comm, const struct dictionary *dictionary,
                         const int64_t *row_of);

/* [collective] The row of one id, text, which is the same on all ranks, as is *row: -1 if it is not known. */
status ids_find_text(int64_t *row, const struct comm *comm, const char *text, const struct known_ids *known);

/* [local] Of each key that came, its row among this rank's sorted ids, or -1, and the rank it came from: what is to be
 * redistributed back.
 *   rows, sender  out: got->count values each, the caller's to free, also on failure */
status ids_answer(int64_t **rows, int **sender, const struct received *got, const struct ids *ids,
                  const struct key_type *type, int ranks);

#endif
