/* What the tests of row kernels share: a fixed side to solve rows against, and the dense answer. */
#ifndef TESTS_KERNEL_BENCH_H
#define TESTS_KERNEL_BENCH_H

#include "solve/kernel.h"

enum { FIXED_ROWS = 2000 };

/* A random fixed side of k factors with decaying columns, and ratings to draw rows from. */
struct bench {
    int k, padding;
    int64_t row_floats;
    float *rows;
    double *eigenvalues;
    uint32_t *column;
    float *value;
    struct row_workspace *work;
    struct fixed_side side;
};

/* The draw-th number in [0, 1) of an id. */
double uniform(int64_t id, int64_t draw);

/* Values from 1 to `heaviest`. */
void bench_open(struct bench *b, int k, float heaviest);
void bench_close(struct bench *b);

/* One row by itself, exactly or by steps. */
enum row_outcome solve_one(const struct kernel *kernel, struct row_workspace *work, float *x,
                           const struct row *row, const struct fixed_side *side, const struct weighting *w,
                           int steps);

/* The row's normal equations in double: a[k x k], right[k]; owned by the caller. */
void form_reference(double *a, double *right, const struct bench *b, const struct row *row,
                    const struct weighting *w);

/* Their solution by Gaussian elimination. */
void solve_reference(double *x, const struct bench *b, const struct row *row, const struct weighting *w);

/* |x - reference| / |reference| */
double relative_error(const float *x, const double *reference, int k);

#endif
