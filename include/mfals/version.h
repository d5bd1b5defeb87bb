/* Version of libmfals.
 *
 *     printf("compiled against %s, running %s\n", MFALS_VERSION, mfals_version());
 *     if (mfals_version_number() < MFALS_VERSION_NUMBER)
 *         printf("an older library than its headers\n");
 *
 * A program runs with every later library of the same SOVERSION (libmfals.so.1): there functions, options, metrics
 * and status codes are only added. A release that removes one, or changes a signature, a public struct, the value of
 * a constant or what a function promises has another SOVERSION; while the major version is 0 that may be any minor
 * release (0.x), and never a patch release (0.x.y).
 */
#ifndef MFALS_VERSION_H
#define MFALS_VERSION_H

#include <mfals/api.h>

MFALS_BEGIN

#define MFALS_VERSION       "0.3.0"
#define MFALS_VERSION_MAJOR 0
#define MFALS_VERSION_MINOR 3
#define MFALS_VERSION_PATCH 0
/* Grows from version to version: 3000 for 0.3.0; also in #if. */
#define MFALS_VERSION_NUMBER                                                                                 \
    (MFALS_VERSION_MAJOR * 1000000 + MFALS_VERSION_MINOR * 1000 + MFALS_VERSION_PATCH)

/* [local] The version of the library in use, "major.minor.patch". Not to be freed. */
MFALS_API const char *mfals_version(void);

/* [local] The same as MFALS_VERSION_NUMBER of the headers that it was built with. */
MFALS_API int mfals_version_number(void);

/* [local] What the library was built with and what it runs on, one after the other: *name <- "build", "row kernel",
 * "MPI", "launcher" (the MPI's mpirun), "HDF5", ... and *version <- its version, valid until the next call. Returns 0
 * behind the last. */
MFALS_API int mfals_component(const char **name, const char **version, int i);

/* [local] The ith variable of the environment, from 0, that a program should be started with here and is not, and its
 * value: OPENBLAS_CORETYPE where OpenBLAS does not know the processor and took kernels for one without AVX2, which
 * are slow; OPENBLAS_NUM_THREADS where memory has a limit. OpenBLAS reads them when it is loaded, so that setting
 * them takes a new start (mfals sets them and executes itself). Both strings are constants. Returns 0 behind the
 * last. */
MFALS_API int mfals_blas_setting(const char **name, const char **value, int i);

MFALS_END
#endif
