#include "api/version.h"

#include "solve/kernel.h"
#include "store/hdf5.h"

#include <cblas.h>
#include <mfals/version.h>
#include <mpi.h>
#include <stdio.h>
#include <string.h>

#ifdef __clang__
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "gcc " __VERSION__
#endif

const char *version_software(void)
{
    return "mfals " MFALS_VERSION;
}

const char *version_build(void)
{
    return COMPILER ", " MFALS_BUILD_TYPE;
}

const char *version_blas(void)
{
    return openblas_get_config();
}

const char *version_blas_core(void)
{
    return openblas_get_corename();
}

void version_print(void)
{
    char mpi[MPI_MAX_LIBRARY_VERSION_STRING] = "";
    int length;
    unsigned major = 0, minor = 0, release = 0;
    MPI_Get_library_version(mpi, &length);
    mpi[strcspn(mpi, ",\n")] = '\0'; /* the rest is about who built it */
    H5get_libversion(&major, &minor, &release);
    printf("%s (%s)\n", version_software(), version_build());
    printf("row kernel: %s\n", kernel_default_name());
    printf("MPI:        %s\n", mpi);
    printf("HDF5:       %u.%u.%u\n", major, minor, release);
    printf("BLAS:       %s\n", version_blas());
    printf("BLAS core:  %s\n", version_blas_core());
}
