/* The eigendecomposition of a matrix that every rank has, by ScaLAPACK on a square grid of processes.
 *
 *     struct grid_axes *grid;                              NULL where LAPACK on one rank is to do it
 *     TRY(grid_axes_open(&grid, &comm, k, grid_axes_side(k)));
 *     TRY(grid_axes_find(grid, vectors, gram, a0));        a0 gram = Q diag(g) Q'
 *     grid_axes_free(&grid);
 *
 * The bits of the result depend on nothing but the matrix and the grid's shape, which is a matter of k. Its processes
 * are the first ranks; the others wait.
 */
#ifndef SOLVE_GRID_AXES_H
#define SOLVE_GRID_AXES_H

#include "comm/comm.h"

#include <stdbool.h>

struct grid_axes;

/* [local] Whether mfals was built with ScaLAPACK. Without it grid_axes_open gives NULL. */
bool grid_axes_there(void);

/* [local] Processes along a side of the grid that k x k matrices get where there are ranks enough. */
int grid_axes_side(int k);

/* [collective] side: the same on all ranks. *grid is NULL on failure, and where comm has fewer ranks than side^2. comm
 * must outlive it. */
status grid_axes_open(struct grid_axes **grid, const struct comm *comm, int k, int side);

/* [collective] vectors: [k + 1 x k] Q' row by row and g, ascending, behind it; on every rank.
 *   matrix  [k x k] symmetric, the same on all ranks; scale: what it is multiplied by
 * MFALS_INTERNAL, with vectors undefined, where the matrix is not finite or the result does not stand the test of
 * a few random vectors. */
status grid_axes_find(const struct grid_axes *grid, double *vectors, const double *matrix, double scale);

/* [collective] Accepts and leaves NULL. */
void grid_axes_free(struct grid_axes **grid);

#endif
