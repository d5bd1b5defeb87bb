/* What a training is planned for, as a configuration of plan says: sizes, or those of ratings. */
#ifndef PLAN_PLAN_TASK_H
#define PLAN_PLAN_TASK_H

#include "comm/comm.h"
#include "options/run_config.h"
#include "plan/plan.h"

/* Spreads of the logarithm of row lengths where no ratings are given: about those of MovieLens. */
extern const double plan_spread[2];

/* [collective] MFALS_USAGE where sizes are missing, or given beside ratings; fails as ratings_input_load. */
status plan_task_of(struct plan_task *task, const struct comm *comm, const struct run_config *config);

#endif
