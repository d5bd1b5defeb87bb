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

MFALS_END
#endif
