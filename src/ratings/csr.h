/* Compressed sparse rows from pairs. All local. */
#ifndef RATINGS_CSR_H
#define RATINGS_CSR_H

#include "ratings/ratings.h"

/* A user's one rating of an item. */
struct pair {
    uint32_t row[2]; /* row[USERS], row[ITEMS] */
    float value;
};

/* [local] csr: out, set in any case. Its rows are first_row .. first_row + rows - 1 of `side`.
 *   pairs  of these rows, in any order but one: within a row, ascending in the other side; a block of base/memory.h,
 *          used up: its memory is given back on the way, the block is the caller's to free */
status csr_build(struct csr *csr, enum side side, int64_t first_row, int64_t rows, struct pair *pairs,
                 int64_t count);

/* [local] The same with weights, one of each pair in their order, to csr->weight; NULL: none. They stay as they are. */
status csr_build_weighed(struct csr *csr, enum side side, int64_t first_row, int64_t rows, struct pair *pairs,
                         const float *weights, int64_t count);

/* [local] kept <- the pairs of csr of values above 0. Set in any case. */
status csr_positive(struct csr *kept, const struct csr *csr);

/* [local] all <- the pairs of either, without weights, which are of the same rows and have none in common. Set in any case. */
status csr_union(struct csr *all, const struct csr *one, const struct csr *other);

/* [local] Accepts a zeroed struct. */
void csr_free(struct csr *csr);

#endif
