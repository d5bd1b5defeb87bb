/* The ratings of a run as the solver sees them: CSR by user on the user's owner, CSR by item on the item's owner.
 *
 *     struct ratings *ratings;
 *     TRY(ratings_load(&ratings, &comm, &options, row_cost, &cost_context, &phases));
 *     const struct csr *by_user = &ratings->by[USERS];
 *     for (int64_t i = 0; i < by_user->rows; i++)             user by_user->first_row + i
 *         for (int64_t j = by_user->start[i]; j < by_user->start[i + 1]; j++)
 *             item by_user->column[j] with value by_user->value[j]
 *     ratings_free(&ratings);
 */
#ifndef RATINGS_RATINGS_H
#define RATINGS_RATINGS_H

#include "base/phase.h"
#include "comm/comm.h"
#include "ratings/ids.h"
#include "ratings/options.h"
#include "read/raw.h"

struct csr {
    int64_t first_row, rows; /* this rank's rows of this side */
    int64_t *start;          /* owned: rows + 1 values, start[0] = 0 */
    uint32_t *column;        /* owned: rows of the other side, ascending within a row, each once */
    float *value;            /* owned */
    float *weight;           /* owned: of each, at least FLT_MIN; NULL: all 1 */
};

/* lowest > highest, or NaN: not known. */
struct value_range {
    double lowest, highest;
};

struct ratings {
    int64_t count;       /* pairs to train on in all: duplicates combined, left-out and held-out ones gone */
    int64_t rows[2];     /* users, items in all; those without ratings included */
    int64_t *offsets[2]; /* owned: the partition of each side, comm->size + 1 values */
    int block_count;     /* blocks of each side: a rank owns whole ones */
    int64_t *blocks[2];  /* owned: their first rows, block_count + 1 values */
    struct csr by[2];
    struct value_range range; /* of the values to train on */
    bool timed;               /* they were read with times */
    bool weighed;             /* by, held_out and fold_in have weights, on all ranks */
    int64_t now;              /* options->aging: what ages were counted up to */
    bool as_read;  /* options->keep_all: the columns of by are in the order of the input, and may repeat */
    int64_t *time; /* owned: as_read, of each of by[USERS] if the input has times; else NULL */
    struct csr held_out; /* by user, the rows of by[USERS]: what options->hold_out held out of it to evaluate
                            with; zeroed if that is HOLD_OUT_NONE */
    struct csr fold_in;  /* alike, HOLD_OUT_USERS: the ratings of held-out users to fold them in with */
    int64_t held_out_count, fold_in_count; /* pairs in all */
    struct csr seen;           /* alike: by[USERS], fold_in, and what was left out; zeroed if nothing was */
    struct ids ids[2];         /* of this rank's rows, in the partition `offsets` */
    int64_t files, file_bytes; /* of the input as it lies there; 0 where it was in memory */
    int64_t lines, bad_lines, duplicates, left_out; /* read; skipped; merged into another; value <= 0 */
    uint64_t
        digest[2]; /* ratings/digest.h; of held-out pairs too, so that it does not depend on the hold-out */
};

/* Predicted cost of solving a row with so many ratings, in units the ranks share; >= 0. */
typedef int64_t row_cost_function(int64_t row_ratings, const void *context);

/* [collective] Reads, maps ids, combines duplicates, splits as options->hold_out says, cuts both sides by the
 * predicted cost of training and redistributes. *ratings is NULL on failure. MFALS_BAD_DATA also for an input without
 * any ratings to train on, and for a duplicate where it is an error; MFALS_USAGE for HOLD_OUT_LAST without a time
 * column. */
status ratings_load(struct ratings **ratings, const struct comm *comm, const struct ratings_options *options,
                    row_cost_function *cost, const void *cost_context, struct phases *phases);

/* [local] What this rank's users have rated, by user: what is trained on and what was left out for its value, but not
 * what was held out. */
const struct csr *ratings_seen(const struct ratings *ratings);

/* [local] Accepts and leaves NULL. */
void ratings_free(struct ratings **ratings);

#endif
