/* solve/scalapack_eigen.h of a build without ScaLAPACK: LAPACK on one rank does it all. */
#include "solve/scalapack_eigen.h"

#include "base/status.h"

bool scalapack_eigen_there(void)
{
    return false;
}

int scalapack_eigen_side(int k)
{
    (void)k;
    return 1;
}

status scalapack_eigen_open(struct scalapack_eigen **grid, const struct comm *comm, int k, int side)
{
    (void)comm;
    (void)k;
    (void)side;
    *grid = NULL;
    return MFALS_OK;
}

status scalapack_eigen_find(const struct scalapack_eigen *grid, double *vectors, const double *matrix,
                            double scale)
{
    (void)grid;
    (void)vectors;
    (void)matrix;
    (void)scale;
    return fail(MFALS_INTERNAL, "there is no ScaLAPACK");
}

void scalapack_eigen_free(struct scalapack_eigen **grid)
{
    *grid = NULL;
}
