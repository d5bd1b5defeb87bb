/* The model inside: factors of both sides and all that the sweeps need, allocated once. */
#ifndef SOLVE_MODEL_H
#define SOLVE_MODEL_H

#include "comm/exchange.h"
#include "solve/kernel.h"
#include "solve/scalapack_eigen.h"
#include "solve/train.h"

/* One side's factors. The k numbers of row r begin at rows.data + r * rows.row_floats + first. With biases the row's
 * bias is the last number of its padding, and a 1 follows them (the other way round in the items of sgd, so that a dot
 * product of whole rows has both biases). */
struct factors {
    struct shared_rows rows;
    const int64_t *offsets;    /* not owned: the partition */
    struct exchange *exchange; /* owned: of the rows that the other side's ratings touch */
    double *gram;              /* owned, ials: [k x k] Y'Y in the current basis */
    float *kept;               /* owned: this rank's rows as model_keep found them, or NULL */
};

/* Of the Gram matrix: a0 Y'Y = Q diag(g) Q'. Explicit models have g = 0 and are not rotated. */
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
    struct csr rated[2]; /* the ratings by row of each side, not owned; values as the solver weighs them */
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
    double *weighted_gram; /* owned: [k x k] a0 Y'Y, of non-negative ials alone */
    struct scratch {
        int64_t *gram;    /* owned: [row_floats x row_floats] */
        int64_t *packed;  /* owned: [k (k + 1) / 2] */
        float *largest;   /* owned: [row_floats] */
        double *units;    /* owned: [row_floats] */
        double *partials; /* owned: [tiles of this rank's larger side x STAT_SUMS] */
        double *scores;   /* owned: [the longest of this rank's rows] */
        double *row;      /* owned: [row_floats] */
    } scratch;
};

enum { STAT_SUMS = 3 };

/* [local] lambda_u of a row of `side` with n_u ratings, n being the rows of the other side: lambda (n_u + a0 n)^nu of
 * ials, lambda n_u^nu of als, lambda n_u of sgd, whose every step on a rating shrinks the row. */
double model_row_lambda(const struct model *model, enum side side, int64_t row_ratings);

/* [local] The place of a side's biases in its rows; -1 where there are none. */
int model_bias_place(const struct model *model, enum side side);

/* [local] The first row of this rank, and the tiles and rows it owns. */
float *model_own_rows(const struct model *model, enum side side);
int64_t model_own_count(const struct model *model, enum side side);
int64_t model_own_tiles(const struct model *model, enum side side);

/* [collective] gram <- Y'Y of a side, the same bits for any partition: exact sums of tile products. */
status gram(struct model *model, enum side side);

/* [collective] a0 Y'Y = Q diag(g) Q'; Y <- Y Q, each rank its own rows and those it was sent, and its own of the other
 * side too where that is improved upon rather than solved for; gram <- diag(g) / a0. Where the spectrum is so wide that
 * float32 noise would be felt, it is done twice and with Gram matrices in double. */
status rotate_to_eigenbasis(struct model *model, enum side side);

/* [collective] The eigenbasis that rotate_to_eigenbasis left after it rotated the side, its rows as they were then:
 * eigenbasis.vectors of that time. */
status eigenbasis_resume(struct model *model, enum side side, const double *vectors);

/* [local] What rows of `side` are solved against: the other side, in the basis at hand. */
struct fixed_side model_fixed_side(const struct model *model, enum side side);

/* [local] MFALS_BAD_DATA, naming an own row that has no solution. */
status row_failed(const struct model *model, enum side side, int64_t number);

/* [local] Solves this rank's part of a side (solve/work_split.h) against the other side, in its eigenbasis, exactly
 * or by steps from where its rows are. Where the side's exchange has begun, rows travel as they are solved.
 * MFALS_BAD_DATA names the row that has no solution; MFALS_REQUEUE where the run is to stop (base/stop.h). *in_double
 * counts rows that needed it. */
status solve_rows(struct model *model, enum side side, int64_t *in_double);

/* [collective] The figures after an iteration; times and counts are left alone. The side solved against last must be
 * whole in every window: the users, or the items of sgd. */
status measure(struct model *model, struct training_stats *stats);

/* [local] The bytes of eigenbases and Gram matrices that a rank of ials holds, the first with LAPACK's work. */
int64_t model_eigenbasis_bytes(int64_t k, int64_t row_floats);

/* [local] The first factors, biases 0. */
void draw_factors(struct model *model);

#endif
