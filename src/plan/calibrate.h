/* How fast this machine does what an iteration consists of. */
#ifndef PLAN_CALIBRATE_H
#define PLAN_CALIBRATE_H

#include "plan/plan.h"

/* [local] Measures the speed of one rank on the task, on synthetic rows of several lengths, for about half a second;
 * for more than 512 factors with 512, from which the rest follows by the powers of k. kernel: a level, or "auto".
 * MFALS_NO_MEMORY, MFALS_USAGE for a level that is not there. */
status calibrate(struct plan_speed *speed, const struct plan_task *task, const char *kernel);

#endif
