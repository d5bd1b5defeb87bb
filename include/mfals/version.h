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
 * "MPI", "HDF5", ... and *version <- its version, valid until the next call. Returns 0 behind the last. */
MFALS_API int mfals_component(const char **name, const char **version, int i);

MFALS_END
#endif
