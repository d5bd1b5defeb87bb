/* How a run goes on, for a person: training by a line an iteration, anything long by a bar on a terminal and a line
 * every ten seconds elsewhere. All local. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <mfals/model.h>

struct progress {
    int iterations;  /* to do in all */
    int64_t ratings; /* per iteration */
    int before;      /* iterations of earlier starts */
    int last;        /* the iteration done last */
    double begun;    /* the clock's seconds at the start */
};

/* before: iterations that are there already. */
void progress_begin(struct progress *progress, int iterations, int before, int64_t ratings);

/* The line of an iteration, its number "of N" and the time left; before the first, the header of the columns. At most
 * 80 columns: of the stats those are shown that tell most. */
void progress_iteration(struct progress *progress, const struct mfals_iteration *iteration);

/* Of what runs within the library: mfals_on_progress. */
mfals_progress_function progress_note;

#endif
