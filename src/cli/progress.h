/* How training goes on, for a person: a line an iteration, and on a terminal a bar below them. All local. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include "solve/train.h"

struct progress {
    int iterations;  /* to do in all */
    int64_t ratings; /* per iteration */
    double begun;    /* phase_clock at the start */
};

/* [local] The header of the columns. */
void progress_begin(struct progress *progress, int iterations, int64_t ratings);

/* [local] The line of an iteration. */
void progress_iteration(const struct progress *progress, const struct figures *figures);

#endif
