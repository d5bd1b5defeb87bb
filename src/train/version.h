/* What runs here. All local. */
#ifndef TRAIN_VERSION_H
#define TRAIN_VERSION_H

/* [local] "mfals 0.3.0" */
const char *version_software(void);

/* [local] The compiler and the kind of build: "gcc 12.2.0, Release". */
const char *version_build(void);

/* [local] The BLAS, and the processor whose kernels it runs: blas_name and blas_core of solve/blas.h. */
const char *version_blas(void);
const char *version_blas_core(void);

#endif
