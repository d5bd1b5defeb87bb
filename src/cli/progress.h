/* How training goes on, for a person: a line an iteration, and on a terminal a bar below them. All local. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <mfals/model.h>

struct progress {
    int iterations;  /* to do in all */
    int64_t ratings; /* per iteration */
    double begun;    /* the clock's seconds at the start */
};

void progress_begin(struct progress *progress, int iterations, int64_t ratings);

/* The line of an iteration; before the first, the header of the columns. */
void progress_iteration(const struct progress *progress, const struct mfals_iteration *iteration);

/* Wipes the bar. */
void progress_end(void);

#endif
