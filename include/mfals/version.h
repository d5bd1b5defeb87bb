/* Version of libmfals.
 *
 *     printf("compiled against %s, running %s\n", MFALS_VERSION, mfals_version());
 */
#ifndef MFALS_VERSION_H
#define MFALS_VERSION_H

#include <mfals/api.h>

MFALS_BEGIN

#define MFALS_VERSION "0.2.0"

/* [local] The version of the library in use, "major.minor.patch". Not to be freed. */
MFALS_API const char *mfals_version(void);

/* [local] What the library was built with and what it runs on, one after the other: *name <- "build", "row kernel",
 * "MPI", "launcher" (the MPI's mpirun), "HDF5", ... and *version <- its version, valid until the next call. Returns 0 behind the last. */
MFALS_API int mfals_component(const char **name, const char **version, int i);

/* [local] The ith variable of the environment, from 0, that a program should be started with here and is not, and its value:
 * OPENBLAS_CORETYPE where OpenBLAS does not know the processor and took kernels for one without AVX2, which are slow;
 * OPENBLAS_NUM_THREADS where memory has a limit. OpenBLAS reads them when it is loaded, so that setting them takes a new
 * start (mfals sets them and executes itself). Both strings are constants. Returns 0 behind the last. */
MFALS_API int mfals_blas_setting(const char **name, const char **value, int i);

MFALS_END
#endif
