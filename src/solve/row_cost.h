/* What the solution of a row is predicted to cost. */
#ifndef SOLVE_ROW_COST_H
#define SOLVE_ROW_COST_H

#include <stdint.h>

/* [local] Predicted cost of a row, at most 2^62: picoseconds, of sgd ratings. context: a struct solve_options. */
int64_t solve_row_cost(int64_t row_ratings, const void *context);

#endif
