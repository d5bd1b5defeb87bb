/* Which rank owns which rows: contiguous ranges of nearly equal cost, cut between tiles of TILE_ROWS rows.
 *
 *     int64_t offsets[P + 1];
 *     partition_even(offsets, P, rows);               by rows, before costs are known
 *     partition_cut(&comm, cuts, P, offsets, cost);   by the cost of the rows held under offsets
 *     int owner = partition_owner(offsets, P, row);        offsets[owner] <= row < offsets[owner + 1]
 *
 * Rows are global and 0-based. offsets[0] = 0, offsets[P] = rows, every other offset is a multiple of TILE_ROWS or
 * equals rows; empty ranges are allowed. Sums over rows are made per tile, so they don't depend on the cut.
 */
#ifndef COMM_PARTITION_H
#define COMM_PARTITION_H

#include "comm/comm.h"

enum { TILE_ROWS = 64 };

/* [local] Deals the tiles of `rows` rows evenly to `ranks` ranks. offsets: out, ranks + 1 values. */
void partition_even(int64_t *offsets, int ranks, int64_t rows);

/* [collective] Cuts the rows into `parts` contiguous ranges of nearly equal cost.
 *   cuts     out: parts + 1 values in the sense of offsets above, the same on every rank
 *   offsets  the partition under which cost is held
 *   cost     cost[row - offsets[rank]] >= 0 of each row this rank holds, in any unit the ranks share
 * The result depends on the costs alone, not on the partition given or the number of ranks that hold them. */
void partition_cut(const struct comm *comm, int64_t *cuts, int parts, const int64_t *offsets,
                   const int64_t *cost);

/* Where one part of the work on rows ends and the next begins: at a row, or inside a long one. */
struct split_point {
    int64_t row,
        rating;     /* parts before it have the rows below row, and the first `rating` ratings of that row */
    int64_t length; /* of that row, where rating > 0 */
};

/* How finely work may be cut: rows of at least `long_row` ratings also behind any multiple of `grain` of them. */
struct grain {
    int64_t long_row, ratings;
};

/* [collective] As partition_cut, with no regard to tiles: who works on a row need not own it.
 *   cuts     out: parts + 1, ascending; cuts[0] = {0}, cuts[parts] = {rows}
 *   lengths  the ratings of each row this rank holds; cost is theirs in equal parts */
void partition_share(const struct comm *comm, struct split_point *cuts, int parts, const int64_t *offsets,
                     const int64_t *cost, const int64_t *lengths, const struct grain *grain);

/* [local] The rank that owns row, 0 <= row < offsets[ranks]; O(log ranks). */
int partition_owner(const int64_t *offsets, int ranks, int64_t row);

#endif
