/* What to train, and how: the user's choices, the same on every rank. */
#ifndef SOLVE_OPTIONS_H
#define SOLVE_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

enum algorithm { ALGORITHM_IALS };
enum init_kind { INIT_UNIFORM, INIT_NORMAL };

struct solve_options {
    enum algorithm algorithm;
    int factors;    /* k, 1 .. MAX_FACTORS */
    int iterations; /* >= 0 */
    double lambda;  /* >= 0 */
    double alpha;   /* >= 0: weight alpha r of a rating */
    bool has_unobserved_weight, has_alpha; /* given by the user; with the former and not the latter, weights are 1 */
    double unobserved_weight;              /* a0 > 0 */
    double reg_exponent;                   /* nu: lambda_u = lambda (n_u + a0 n)^nu */
    uint64_t seed;
    bool has_init; /* without: uniform:0.01, or normal:0.1/sqrt(k) with an unobserved weight */
    enum init_kind init;
    double init_scale; /* uniform in [0, scale), or the standard deviation; > 0 */
    int replica;       /* ranks per replica group, or REPLICA_NODE */
    const char *kernel; /* "auto", "plain", "x86-64-v3", "x86-64-v4" */
};

enum { MAX_FACTORS = 4096 };

#endif
