/* The rows of a half-iteration. */
#ifndef SOLVE_ROWS_H
#define SOLVE_ROWS_H

#include "solve/model.h"

/* [local] What rows of `side` are solved against: the other side, in the basis at hand. */
struct fixed_side model_fixed_side(const struct model *model, enum side side);

/* [local] MFALS_BAD_DATA, naming an own row that has no solution. */
status row_failed(const struct model *model, enum side side, int64_t number);

/* [local] Solves this rank's part of a side (solve/work_split.h) against the other side, in its eigenbasis, exactly
 * or by steps from where its rows are. Where the side's exchange has begun, rows travel as they are solved.
 * MFALS_BAD_DATA names the row that has no solution; MFALS_REQUEUE where the run is to stop (base/stop.h). *in_double
 * counts rows that needed it. */
status solve_rows(struct model *model, enum side side, int64_t *in_double);

#endif
