/* Another file's ratings in the rows of a known id map: test ratings, ratings seen in training, folded-in users.
 *
 *     struct matched *matched;
 *     TRY(matched_load(&matched, &comm, &options, &items, &users, &phases));
 *     matched->by_user is a CSR of this rank's users, like ratings->by[USERS]
 *     matched->unknown has the pairs of ids that are not known, where options.keep_unknown asked for them
 *     matched_free(&matched);
 */
#ifndef RATINGS_MATCH_H
#define RATINGS_MATCH_H

#include "ratings/csr.h"
#include "ratings/ids_find.h"
#include "ratings/ids_list.h"
#include "ratings/ratings.h"

/* In the place of a row: its id is not known. No row is as large. */
#define ROW_UNKNOWN UINT32_MAX

/* Ratings of a known user, who is this rank's, for an unknown item, or of an unknown user, on any rank, for any item;
 * each pair of ids once. */
struct unknown_pairs {
    struct pair *pair; /* owned: rows of the known map, or ROW_UNKNOWN */
    int64_t count;
};

struct matched {
    struct csr by_user;   /* columns: rows of the known items, ascending, each once */
    struct ids new_users; /* where users are not known: their own ids, in the partition new_offsets */
    int64_t *new_offsets; /* owned, comm->size + 1 values; NULL where users are known */
    int64_t count;        /* pairs in all, after what was left out */
    int64_t users;        /* users in all that have a pair */
    int64_t unknown_users, unknown_items;           /* distinct ids that are not known */
    struct unknown_pairs unknown;                   /* with options->keep_unknown; else they are left out */
    int64_t unknown_count;                          /* of them in all */
    int64_t lines, bad_lines, duplicates, left_out; /* as in struct ratings */
};

/* [collective] Reads options->paths, sets ratings of unknown items (and users) apart, or drops them, combines duplicates
 * as options say and brings each user's to the owner of the user. options->hold_out is not used, nor is keep_unknown
 * where users is NULL; ratings with weights are not matched to users with keep_unknown. *matched is NULL on failure. That
 * nothing matches is no failure: count is 0. A MatrixMarket file's ids are its indices, from 1.
 *   items  the model's items
 *   users  the model's users; NULL: every user of the file, even if none of its items is known, gets a row of its own
 *          in new_users */
status matched_load(struct matched **matched, const struct comm *comm, const struct ratings_options *options,
                    const struct known_ids *items, const struct known_ids *users, struct phases *phases);

/* [collective] The same of ratings that were read, or handed over, already. Uses up raw, which stays the caller's to
 * free. */
status matched_assemble(struct matched **matched, const struct comm *comm, struct raw_ratings *raw,
                        const struct ratings_options *options, const struct known_ids *items,
                        const struct known_ids *users, struct phases *phases);

/* [local] Accepts and leaves NULL. */
void matched_free(struct matched **matched);

#endif
