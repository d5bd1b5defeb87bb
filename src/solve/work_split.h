/* Which rank solves which rows. Rows are owned in whole tiles (comm/partition.h), too coarse a measure to split work
 * by; so rows near a border of the partition migrate to the rank on its other side, and a row too long for one rank
 * is split between blocks of its ratings:
 *
 *     TRY(work_split_open(&split, model, side));           the ratings of migrated rows go where they are solved
 *     work_split_migrate(model, side);                         where rows are improved upon: as they stand
 *     TRY(agree(comm, solve_rows(model, side, ...)));   [local] this rank's range
 *     TRY(work_split_return(model, side, ...));             back; owners put split rows together
 *
 * Owners keep all ratings of their rows: a split changes no bit, only who computes it. */
#ifndef SOLVE_WORK_SPLIT_H
#define SOLVE_WORK_SPLIT_H

#include "comm/partition.h"
#include "solve/model.h"

#include <mpi.h>

/* Consecutive ratings of a split row. */
struct part {
    int64_t row, first, count;
    int64_t length; /* all of the row's */
};

struct work_split {
    struct split_point *cuts; /* owned: [size + 1]; rank r solves from cuts[r] to cuts[r + 1] */
    int64_t first, end;       /* whole rows of this rank's range: first .. end - 1; none where end <= first */
    struct part parts[2];     /* and of split rows, at the start and at the end of it; count 0: none */
    struct csr migrated
        [2]; /* owned: the range's rows before and behind the rank's own, migrated to it; of split rows the part */
    float *blocks;         /* owned: [blocks of both parts] of the kernel */
    float *received;       /* owned: one block */
    MPI_Request *requests; /* owned: of all messages in flight */
};

/* [local] What rank r's range has of a row of `length` ratings, which may be nothing. */
static inline struct part work_split_part(const struct split_point *cuts, int r, int64_t row, int64_t length)
{
    int64_t first = cuts[r].row < row ? 0 : cuts[r].row == row ? cuts[r].rating : length;
    int64_t end = cuts[r + 1].row > row ? length : cuts[r + 1].row == row ? cuts[r + 1].rating : 0;
    return (struct part){row, first, end > first ? end - first : 0, length};
}

/* [collective] Splits a side's rows by what they cost, and migrates ratings. NULL on failure. */
status work_split_open(struct work_split **split, struct model *model, enum side side);

/* [local] overlapped: out, [2 x ranks] rank r solves its rows overlapped[2 r] .. overlapped[2 r + 1] - 1 whole and
 * itself. */
void work_split_overlapped(int64_t *overlapped, const struct work_split *split, const int64_t *offsets,
                           int ranks);

/* [local] Accepts and leaves NULL. */
void work_split_free(struct work_split **split);

/* [local] The ratings of a row of the range; of a split one, of the part at hand. Its ridge is left alone. */
void work_split_row(struct row *row, const struct model *model, enum side side, int64_t row_number);

/* [collective] Migrated rows, as their owners have them, to those who solve them. */
void work_split_migrate(struct model *model, enum side side);

/* [collective] Solved rows back to their owners, who solve those that were split: the time of it is added to *seconds.
 * Fails as solve_rows does, on all ranks. */
status work_split_return(struct model *model, enum side side, int64_t *in_double, double *seconds);

#endif
