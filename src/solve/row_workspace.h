/* The scratch memory of the row kernels, shared by all instruction levels. */
#ifndef SOLVE_ROW_WORK_H
#define SOLVE_ROW_WORK_H

#include <stdint.h>

#include "solve/kernel.h"

/* Systems of up to SMALL_PANELS panels are solved side by side. */
enum { CHUNK_ROWS = 64, BLOCK_ROWS = 1024, SMALL_PANELS = 3 };

/* Rows that wait for a batch to be full; all NULL where systems are larger. */
struct batch {
    int count;
    int64_t system_floats;   /* from system to system */
    float *systems;          /* [ROWS_TOGETHER][system_floats]: I + S'S each, as in matrix */
    float *rights, *scales;  /* [ROWS_TOGETHER][row_floats]: S'd, then v; D^(-1/2) */
    float *mixed;            /* [row_floats][row_floats + 1][ROWS_TOGETHER]: all of them, lane by lane */
    float *x[ROWS_TOGETHER]; /* not owned: where the answers go */
};

enum { ADDED_TOGETHER = 4 };

/* Of rows that must not be negative, in n = row_floats - padding places; all NULL where there are none. */
struct nonnegative {
    double *matrix, *part;           /* [n][n]: A; of the places passive, then its Cholesky factor */
    double *right, *vector, *values; /* [n] */
    double *rated;                   /* [ADDED_TOGETHER][n]: ratings at work */
    int64_t *places;                 /* [n]: those passive */
    bool *passive;                   /* [n]: whether x may be other than 0 there */
};

struct row_workspace {
    int64_t row_floats, panels;
    int padding;
    int64_t chunk_panel; /* floats from panel to panel of a chunk: not a power of two, for the cache's sets */
    int64_t matrix_panel;       /* the same of a matrix */
    float *chunk;               /* [panels][CHUNK_ROWS][16]: scaled ratings, panel by panel */
    float *roots, *targets;     /* [CHUNK_ROWS, or row_floats in dual form]: sqrt(w), b / sqrt(w) */
    float *rated;               /* [row_floats][row_floats]: the scaled rows of a dual problem */
    float *transposed;          /* the same in panels of ratings */
    float *matrix, *block;      /* [panels][row_floats][16]: I + S'S, and its part since the last block */
    float *inverse, *copy;      /* scratch of the Cholesky factorisation */
    float *right, *block_right; /* [row_floats]: right-hand side, then solution */
    float *dual_right;          /* [row_floats] */
    float *direction, *scaled;  /* [row_floats]: of conjugate gradients, and that times scale */
    float *scale;               /* [row_floats]: D^(-1/2); padding 0 */
    double scaled_unobserved, scaled_lambda; /* the p_u and lambda that scale holds for; NaN: none */
    double *solution, *gradient;             /* [row_floats] */
    double *dense;                           /* [row_floats][row_floats] */
    struct batch batch;
    struct nonnegative nonnegative;
};

/* [local] The bytes of row_workspace_open's matrices and vectors. */
int64_t row_workspace_bytes(int64_t row_floats);

/* [local] Of what row_workspace_open_nonnegative takes. */
int64_t row_workspace_nonnegative_bytes(int64_t row_floats);

#endif
