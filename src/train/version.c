#include "train/version.h"

#include "solve/blas.h"

#include <mfals/version.h>

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
    return blas_name();
}

const char *version_blas_core(void)
{
    return blas_core();
}
