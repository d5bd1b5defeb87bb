/* Of LAPACK, for which there is no header. */
#ifndef SOLVE_LAPACK_H
#define SOLVE_LAPACK_H

#include <stddef.h>

/* [local] Eigenvalues w, ascending, and eigenvectors, in place of a, of a symmetric matrix. The two lengths, 1 each,
 * are the hidden ones of the characters. lwork >= 1 + 6 n + 2 n^2, liwork >= 3 + 5 n for jobz = "V". */
extern void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
                    double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t, size_t);

#endif
