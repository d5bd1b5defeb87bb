/* Of BLAS and LAPACK, as Fortran has them, for their makers have no header in common. The lengths behind, 1 each, are
 * the hidden ones of the characters. Matrices are column by column. */
#ifndef SOLVE_LAPACK_H
#define SOLVE_LAPACK_H

#include <stddef.h>

/* [local] C <- alpha A B + beta C, A or B transposed where "T" says so. */
extern void dgemm_(const char *transpose_a, const char *transpose_b, const int *m, const int *n, const int *k,
                   const double *alpha, const double *a, const int *lda, const double *b, const int *ldb,
                   const double *beta, double *c, const int *ldc, size_t, size_t);

/* [local] y <- alpha A x + beta y, or A'x. */
extern void dgemv_(const char *transpose, const int *m, const int *n, const double *alpha, const double *a,
                   const int *lda, const double *x, const int *step_x, const double *beta, double *y,
                   const int *step_y, size_t);

/* [local] C <- alpha A A' + beta C, one triangle of it. */
extern void dsyrk_(const char *uplo, const char *transpose, const int *n, const int *k, const double *alpha,
                   const double *a, const int *lda, const double *beta, double *c, const int *ldc, size_t,
                   size_t);

/* [local] The length of x. */
extern double dnrm2_(const int *n, const double *x, const int *step);

/* [local] Eigenvalues w, ascending, and eigenvectors, in place of a, of a symmetric matrix. lwork >= 1 + 6 n + 2 n^2,
 * liwork >= 3 + 5 n for jobz = "V". */
extern void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
                    double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t, size_t);

#endif
