/* Which rank solves which rows. Rows are owned in whole tiles (comm/partition.h), too coarse a measure to share out
 * work by; so the rows near a border of the partition are lent to the rank on its other side, and a row too long for
 * one rank is cut between blocks of its ratings:
 *
 *     TRY(shares_open(&shares, model, side));           the ratings of lent rows go to whom they are lent to
 *     shares_lend(model, side);                         where rows are improved upon: as they stand
 *     TRY(agree(comm, solve_rows(model, side, ...)));   [local] this rank's share
 *     TRY(shares_return(model, side, ...));             home; owners put cut rows together
 *
 * Owners keep all ratings of their rows: a share changes no bit, only who computes it. */
#ifndef SOLVE_SHARES_H
#define SOLVE_SHARES_H

#include "comm/partition.h"
#include "solve/model.h"

#include <mpi.h>

/* Consecutive ratings of a row that is cut. */
struct part {
    int64_t row, first, count;
    int64_t length; /* all of the row's */
};

struct shares {
    struct cut *cuts;     /* owned: [size + 1]; rank r solves from cuts[r] to cuts[r + 1] */
    int64_t first, end;   /* whole rows of this rank's share: first .. end - 1; none where end <= first */
    struct part parts[2]; /* and of cut rows, at the start and at the end of it; count 0: none */
    struct csr lent
        [2]; /* owned: the share's rows before and behind the rank's own, lent to it; of cut rows the part */
    float *blocks;         /* owned: [blocks of both parts] of the kernel */
    float *received;       /* owned: one block */
    MPI_Request *requests; /* owned: of all messages in flight */
};

/* [local] What rank r's share has of a row of `length` ratings, which may be nothing. */
static inline struct part shares_part(const struct cut *cuts, int r, int64_t row, int64_t length)
{
    int64_t first = cuts[r].row < row ? 0 : cuts[r].row == row ? cuts[r].rating : length;
    int64_t end = cuts[r + 1].row > row ? length : cuts[r + 1].row == row ? cuts[r + 1].rating : 0;
    return (struct part){row, first, end > first ? end - first : 0, length};
}

/* [collective] Shares out a side's rows by what they cost, and lends. NULL on failure. */
status shares_open(struct shares **shares, struct model *model, enum side side);

/* [local] overlapped: out, [2 x ranks] rank r solves its rows overlapped[2 r] .. overlapped[2 r + 1] - 1 whole and itself. */
void shares_overlapped(int64_t *overlapped, const struct shares *shares, const int64_t *offsets, int ranks);

/* [local] Accepts and leaves NULL. */
void shares_free(struct shares **shares);

/* [local] The ratings of a row of the share; of a cut one, of the part at hand. lambda is left alone. */
void shares_row(struct row *row, const struct model *model, enum side side, int64_t row_number);

/* [collective] Rows on loan, as their owners have them, to those who solve them. */
void shares_lend(struct model *model, enum side side);

/* [collective] Solved rows back to their owners, who solve those that were cut: the time of it is added to *seconds.
 * Fails as solve_rows does, on all ranks. */
status shares_return(struct model *model, enum side side, int64_t *in_double, double *seconds);

#endif
