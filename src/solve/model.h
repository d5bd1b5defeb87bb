/* The model inside: factors of both sides and all that the sweeps need, allocated once. */
#ifndef SOLVE_MODEL_H
#define SOLVE_MODEL_H

#include "comm/exchange.h"
#include "solve/kernel.h"
#include "solve/options.h"
#include "solve/row_weights.h"
#include "solve/scalapack_eigen.h"

/* One side's factors. The k numbers of row r begin at rows.data + r * rows.row_floats + first. With biases the row's
 * bias is the last number of its padding, and a 1 follows them (the other way round in the items of sgd, so that a dot
 * product of whole rows has both biases). */
struct factors {
    struct shared_rows rows;
    const int64_t *offsets;    /* not owned: the partition */
    struct exchange *exchange; /* owned: of the rows that the other side's ratings touch */
    double *gram;              /* owned, ials: [k x k] Y' diag(q) Y in the current basis */
    double *plain_gram;        /* owned: [k x k] Y'Y, for the figures; NULL where q is 1 */
    int64_t *counts;           /* owned: [own rows] ratings of each, of which q is made; NULL where q is 1 */
    struct row_weights weights;
    float *kept; /* owned: this rank's rows as model_keep found them, or NULL */
};

/* Of the Gram matrix: a0 Y' diag(q) Y = Q diag(g) Q'. Explicit models have g = 0 and are not rotated. */
struct eigenbasis {
    double *eigenvalues; /* owned: [row_floats] g, padding 0 */
    double *vectors;     /* owned: [k x k] Q' row by row, and g behind it: k (k + 1) numbers */
    double *back; /* owned: [k x k] Q' of all that the last rotate_to_eigenbasis rotated, for rotating back */
    float *rotation; /* owned: [row_floats x row_floats] Q, padding 0 */
    double *work;    /* owned, rank 0: LAPACK's */
    int *integer_work;
    struct scalapack_eigen *grid; /* owned; NULL where LAPACK finds them */
};

struct work_split;
struct sgd; /* what stochastic gradient descent keeps, solve/sgd.h */

struct model {
    const struct comm *comm;             /* not owned */
    const struct ratings *ratings;       /* not owned */
    const struct solve_options *options; /* not owned */
    struct csr rated[2]; /* the ratings by row of each side, not owned; values as the solver weighs
                            them; weights in them already, but for als */
    float *scaled[2];    /* owned: those values where they are not the ratings' own */
    const struct kernel *kernel;
    struct replica *replica;
    struct factors side[2];
    struct eigenbasis eigenbasis;
    struct row_workspace *row_workspace;
    struct work_split
        *work_split[2]; /* who solves what, solve/work_split.h; NULL of a side that is not solved for */
    struct sgd *sgd;    /* NULL for other algorithms */
    struct weighting weighting;
    double unobserved_weight; /* a0 */
    double mean;              /* that scores of explicit models start from */
    bool biased;
    bool precise; /* Gram matrices of tiles in double: the spectrum is wide */
    int k, padding;
    int first; /* place of a row's first factor: padding, or one more where k + 1 numbers fill whole panels */
    int64_t row_floats;
    int iteration;         /* complete ones */
    enum side half;        /* that the half-iteration under way, or next, solves for */
    bool in_eigenbasis;    /* the side it is solved against has been rotated already */
    bool interrupted;      /* an iteration has begun and is not complete */
    double *weighted_gram; /* owned: [k x k] a0 Y' diag(q) Y, of non-negative ials alone */
    struct scratch {
        int64_t *gram;    /* owned: [row_floats x row_floats] */
        int64_t *packed;  /* owned: [k (k + 1) / 2] */
        float *largest;   /* owned: [row_floats] */
        float *tile;      /* owned: [TILE_ROWS x row_floats] rows times q^(1/2); NULL where q is 1 */
        double *units;    /* owned: [row_floats] */
        double *partials; /* owned: [tiles of this rank's larger side x STAT_SUMS] */
        double *scores;   /* owned: [the longest of this rank's rows] */
        double *row;      /* owned: [row_floats] */
    } scratch;
};

enum { STAT_SUMS = 4 };

/* [local] The place of a side's biases in its rows; -1 where there are none. */
int model_bias_place(const struct model *model, enum side side);

/* [local] The first row of this rank, and the tiles and rows it owns. */
float *model_own_rows(const struct model *model, enum side side);
int64_t model_own_count(const struct model *model, enum side side);
int64_t model_own_tiles(const struct model *model, enum side side);

/* [local] The bytes of eigenbases and Gram matrices that a rank of ials holds, the first with LAPACK's work. */
int64_t model_eigenbasis_bytes(int64_t k, int64_t row_floats);

/* [collective] Initial factors for ratings, which must outlive the model with options and comm. NULL on failure. */
status model_open(struct model **model, const struct comm *comm, const struct ratings *ratings,
                  const struct solve_options *options);

/* [collective] Accepts and leaves NULL. */
void model_free(struct model **model);

/* [local] This rank's rows of a side, the first of its k numbers, and the distance between rows in floats. */
const float *model_rows(const struct model *model, enum side side, int64_t *row_floats);

/* [local] This rank's biases of a side, the own row i's at [i * *step]; NULL where the model has none. And the mean
 * that scores start from: global_mean + bias_u + bias_i + x_u . y_i. */
const float *model_bias(const struct model *model, enum side side, int64_t *step);
double model_global_mean(const struct model *model);

/* [local] The ratings of each of this rank's rows of a side; NULL where the model does not go by them. */
const int64_t *model_counts(const struct model *model, enum side side);

/* [collective] Remembers the factors as they are now; [local] goes back to those remembered last, if any. */
status model_keep(struct model *model);
void model_restore(struct model *model);

/* [local] The instruction level of the row kernels, e.g. "x86-64-v4". */
const char *model_kernel(const struct model *model);

/* [local] Floating point operations of the solution of a row of ials or als. */
double solve_row_flops(int64_t row_ratings, const struct solve_options *options);

/* [local] The grid of ranks that finds the Gram matrix's eigenvectors, e.g. "2x2", on which the bits depend; "1x1"
 * where ScaLAPACK is asked for and there are too few ranks, so that LAPACK does it on one; "" where LAPACK is asked
 * for, or there are no axes. */
const char *model_eigen_grid(const struct model *model);

#endif
