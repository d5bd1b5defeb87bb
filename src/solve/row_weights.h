/* Weights of rows in the cells that have no rating: the cell of user u and item i weighs a0 p_u q_i, with
 *     p_u = n_u^B / mean of n^B over the users,   q_i = n_i^A / mean of n^A over the items,
 * n the numbers of ratings (He et al., SIGIR 2016). Exponents of 0 weigh all rows alike. */
#ifndef SOLVE_ROW_WEIGHTS_H
#define SOLVE_ROW_WEIGHTS_H

#include "comm/comm.h"

struct row_weights {
    double exponent,
        scale;      /* the weight of a row of n ratings is scale n^exponent; 1 where the exponent is 0 */
    double largest; /* of all rows */
};

/* All rows alike. */
#define ROW_WEIGHTS_ALIKE ((struct row_weights){.scale = 1, .largest = 1})

/* [collective] counts: the ratings of each of this rank's own_rows rows, of all_rows on all ranks. The same bits on any
 * number of ranks. MFALS_NO_MEMORY. */
status row_weights_find(struct row_weights *weights, const struct comm *comm, const int64_t *counts,
                        int64_t own_rows, int64_t all_rows, double exponent);

/* [local] The weight of a row of n ratings. */
double row_weight(const struct row_weights *weights, int64_t n);

#endif
