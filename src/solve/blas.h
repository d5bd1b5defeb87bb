/* The BLAS that runs here, whoever made it: what is beyond the standard's functions, which are in solve/lapack.h.
 *
 *     TRY(blas_open());            before the first of them
 */
#ifndef SOLVE_BLAS_H
#define SOLVE_BLAS_H

#include "base/status.h"

#include <stdbool.h>

/* [local] One thread, and the memory that OpenBLAS takes for itself; from the second call on nothing. MFALS_NO_MEMORY
 * where that is not to be had: OpenBLAS then would try for ever. */
status blas_open(void);

/* [local] OpenBLAS's or BLIS's version and configuration, else the names of the libraries' files: "libblas.so.3.11.0,
 * liblapack.so.3.11.0". */
const char *blas_name(void);

/* [local] The processor whose kernels run: "Haswell"; "unknown" where the library does not tell. */
const char *blas_core(void);

/* [local] The ith variable of the environment, from 0, that should be set before the process starts, since OpenBLAS
 * reads it when it is loaded, and the value it should have. False behind the last. Those set already are not among
 * them.
 *   OPENBLAS_CORETYPE     where an OpenBLAS older than the processor took kernels for one without AVX2
 *   OPENBLAS_NUM_THREADS  where the address space has a limit: each thread takes 128 MiB of it when it starts */
bool blas_setting(const char **name, const char **value, int i);

#endif
