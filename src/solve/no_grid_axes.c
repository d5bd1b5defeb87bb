/* solve/grid_axes.h of a build without ScaLAPACK: LAPACK on one rank does it all. */
#include "solve/grid_axes.h"

#include "base/status.h"

bool grid_axes_there(void)
{
    return false;
}

int grid_axes_side(int k)
{
    (void)k;
    return 1;
}

status grid_axes_open(struct grid_axes **grid, const struct comm *comm, int k, int side)
{
    (void)comm;
    (void)k;
    (void)side;
    *grid = NULL;
    return MFALS_OK;
}

status grid_axes_find(const struct grid_axes *grid, double *vectors, const double *matrix, double scale)
{
    (void)grid;
    (void)vectors;
    (void)matrix;
    (void)scale;
    return fail(MFALS_INTERNAL, "there is no ScaLAPACK");
}

void grid_axes_free(struct grid_axes **grid)
{
    *grid = NULL;
}
