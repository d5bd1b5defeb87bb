/* What to train, and how: the user's choices, the same on every rank. */
#ifndef SOLVE_OPTIONS_H
#define SOLVE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum algorithm { ALGORITHM_IALS, ALGORITHM_ALS, ALGORITHM_SGD };
enum init_kind { INIT_UNIFORM, INIT_NORMAL };
enum solver { SOLVER_AUTO, SOLVER_EXACT, SOLVER_CG };
enum axes_method { AXES_AUTO, AXES_LAPACK, AXES_SCALAPACK };
/* Of observed ratings, solve/weighting.h: of Hu et al.; of Rendle et al., by value or all 1; of explicit models. */
enum weights { WEIGHTS_HU, WEIGHTS_RENDLE, WEIGHTS_RENDLE_ONE, WEIGHTS_EXPLICIT };
/* s(r) of a rating r: r, log(1 + r / epsilon). */
enum rating_scale { SCALE_LINEAR, SCALE_LOG };
/* Of ials: ratings of 0 and below are left out, or say that the user does not like the item. */
enum nonpositive { NONPOSITIVE_DROP, NONPOSITIVE_NEGATIVE };
enum schedule { SCHEDULE_CONSTANT, SCHEDULE_INVERSE, SCHEDULE_BOLD };

struct solve_options {
    enum algorithm algorithm;
    int factors;    /* k, 1 .. MAX_FACTORS */
    int iterations; /* >= 0; of sgd: epochs */
    double lambda;  /* >= 0 */
    enum weights weights;
    double alpha;             /* ials, >= 0: weight alpha r of a rating */
    double unobserved_weight; /* ials: a0 > 0; 1 with WEIGHTS_HU */
    double unobserved_ratio;  /* ials: > 0: a0 = ratio N / (m n) of N ratings in its place; else 0 */
    double row_exponent[2];   /* ials: of users, of items, >= 0: solve/row_weights.h; 0 with WEIGHTS_HU */
    enum axes_method
        axes;            /* ials: how the Gram matrix's eigenvectors are found; auto is settled by k alone */
    double reg_exponent; /* nu: lambda_u = lambda (n_u + a0 p_u n)^nu of ials, lambda n_u^nu of als */
    bool biases;         /* als, sgd */
    bool nonnegative;    /* ials, als: no factor is below 0; biases are free */
    enum nonpositive nonpositive;
    enum rating_scale scale; /* ials: the weight of a rating r is alpha s(r) */
    double weight_epsilon;   /* > 0 */
    enum solver solver;      /* ials, als; auto is exact */
    int cg_steps;            /* of SOLVER_CG: steps of conjugate gradients a row, >= 1 */
    double learning_rate;    /* sgd, > 0 */
    enum schedule schedule;  /* sgd */
    int sgd_blocks;          /* sgd: blocks per side of the grid of strata, >= 1 */
    uint64_t seed;
    enum init_kind init;
    double init_scale;  /* uniform in [0, scale), or the standard deviation; > 0 */
    int replica;        /* ranks per replica group, or REPLICA_NODE */
    const char *kernel; /* "auto", "plain", "x86-64-v3", "x86-64-v4" */
};

/* From how many factors on "auto" eigenvectors are ScaLAPACK's. */
enum { GRID_FACTORS = 1024 };

enum { MAX_FACTORS = 4096, MAX_SGD_BLOCKS = 4096, MAX_CG_STEPS = 1000 };

/* [local] Whether rows are solved in the eigenbasis of the Gram matrix, in which no factor has a sign. */
bool solve_options_rotates(const struct solve_options *options);

/* [local] Whether cells without rating weigh otherwise than all alike. */
bool solve_options_weighs_rows(const struct solve_options *options);

/* [local] Steps of conjugate gradients a row; 0: rows are solved exactly. */
int solve_options_steps(const struct solve_options *options);

#endif
