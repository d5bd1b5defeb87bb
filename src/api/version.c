#include "train/version.h"
#include "solve/blas.h"
#include "solve/kernel.h"
#include "solve/scalapack_eigen.h"
#include "store/hdf5.h"

#include <mfals/version.h>
#include <mpi.h>
#include <stdio.h>
#include <string.h>

int mfals_component(const char **name, const char **version, int i)
{
    static const char *const names[] = {"build", "row kernel", "MPI",       "launcher",
                                        "HDF5",  "BLAS",       "BLAS core", "ScaLAPACK"};
    static _Thread_local char mpi[MPI_MAX_LIBRARY_VERSION_STRING], hdf5[40];
    int length;
    unsigned major = 0, minor = 0, release = 0;
    if (i < 0 || i >= (int)(sizeof names / sizeof *names))
        return 0;
    MPI_Get_library_version(mpi, &length);
    mpi[strcspn(mpi, ",\n")] = '\0'; /* the rest is about who built it */
    H5get_libversion(&major, &minor, &release);
    snprintf(hdf5, sizeof hdf5, "%u.%u.%u", major, minor, release);
    const char *const versions[] = {version_build(),
                                    kernel_default_name(),
                                    mpi,
                                    MFALS_LAUNCHER,
                                    hdf5,
                                    version_blas(),
                                    version_blas_core(),
                                    scalapack_eigen_there() ? "built in" : "none: built without it"};
    *name = names[i];
    *version = versions[i];
    return 1;
}

int mfals_blas_setting(const char **name, const char **value, int i)
{
    return blas_setting(name, value, i);
}
