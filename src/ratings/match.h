/* Another file's ratings in the rows of a known id map: test ratings, ratings seen in training, folded-in users.
 *
 *     struct matched *matched;
 *     TRY(matched_load(&matched, &comm, &options, known, offsets, &phases));
 *     matched->by_user is a CSR of this rank's users, like ratings->by[USERS]
 *     matched_free(&matched);
 */
#ifndef RATINGS_MATCH_H
#define RATINGS_MATCH_H

#include "ratings/ratings.h"

/* Which ids are known, and where their rows live. Not owned. */
struct known_ids {
    const struct ids *ids;  /* of this rank's rows under offsets */
    const int64_t *offsets; /* the partition, comm->size + 1 values */
};

struct matched {
    struct csr by_user;     /* columns: rows of the known items, ascending, each once */
    struct ids new_users;   /* where users are not known: their own ids, in the partition new_offsets */
    int64_t *new_offsets;   /* owned; NULL where users are known */
    int64_t count;          /* pairs in all, after what was left out */
    int64_t users;          /* users in all that have a pair */
    int64_t unknown_users, unknown_items; /* distinct ids that are not known; their ratings are left out */
    int64_t lines, bad_lines, duplicates, left_out; /* as in struct ratings */
};

/* [collective] Reads options->paths, drops ratings of unknown items (and users), combines duplicates as options say
 * and brings each user's to the owner of the user. *matched is NULL on failure.
 *   items  the model's items
 *   users  the model's users; NULL: every user is taken, and gets a row of its own in new_users */
status matched_load(struct matched **matched, const struct comm *comm, const struct ratings_options *options,
                    const struct known_ids *items, const struct known_ids *users, struct phases *phases);

/* [local] Accepts and leaves NULL. */
void matched_free(struct matched **matched);

/* [collective] The rows of the dictionary's ids in a known map: row_of[number], -1 where an id is not known. Integer
 * text such as "17" matches integer ids; in a map of text ids it matches the text. row_of: dictionary->count values. */
status ids_find(int64_t *row_of, const struct comm *comm, const struct dictionary *dictionary,
                const struct known_ids *known);

#endif
