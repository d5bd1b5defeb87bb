/* The eigendecomposition of a matrix that every rank has, by ScaLAPACK on a square grid of processes.
 *
 *     struct scalapack_eigen *grid;                              NULL where LAPACK on one rank is to do it
 *     TRY(scalapack_eigen_open(&grid, &comm, k, scalapack_eigen_side(k)));
 *     TRY(scalapack_eigen_find(grid, vectors, gram, a0));        a0 gram = Q diag(g) Q'
 *     scalapack_eigen_free(&grid);
 *
 * The bits of the result depend on nothing but the matrix and the grid's shape, which is a matter of k. Its processes
 * are the first ranks; the others wait.
 */
#ifndef SOLVE_GRID_AXES_H
#define SOLVE_GRID_AXES_H

#include "comm/comm.h"

#include <stdbool.h>

struct scalapack_eigen;

/* [local] Whether mfals was built with ScaLAPACK. Without it scalapack_eigen_open gives NULL. */
bool scalapack_eigen_there(void);

/* [local] Processes along a side of the grid that k x k matrices get where there are ranks enough. */
int scalapack_eigen_side(int k);

/* [collective] side: the same on all ranks. *grid is NULL on failure, and where comm has fewer ranks than side^2. comm
 * must outlive it. */
status scalapack_eigen_open(struct scalapack_eigen **grid, const struct comm *comm, int k, int side);

/* [collective] vectors: [k + 1 x k] Q' row by row and g, ascending, behind it; on every rank.
 *   matrix  [k x k] symmetric, the same on all ranks; scale: what it is multiplied by
 * MFALS_INTERNAL, with vectors undefined, where the matrix is not finite or the result does not stand the test of
 * a few random vectors. */
status scalapack_eigen_find(const struct scalapack_eigen *grid, double *vectors, const double *matrix,
                            double scale);

/* [collective] Accepts and leaves NULL. */
void scalapack_eigen_free(struct scalapack_eigen **grid);

#endif
