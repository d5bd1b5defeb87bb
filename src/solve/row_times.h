/* What rows of so many ratings take to solve: measured with the model's own kernel, factors and options, so that it holds
 * for any processor. It decides who solves what and no bit of the answer.
 *
 *     struct row_times times;
 *     TRY(row_times_measure(&times, model, side));
 *     double seconds = row_times_of(&times, n_u);
 */
#ifndef SOLVE_ROW_TIMES_H
#define SOLVE_ROW_TIMES_H

#include "solve/model.h"

enum { ROW_TIMES_POINTS = 64 };

struct row_times {
    int points;
    int64_t ratings[ROW_TIMES_POINTS]; /* ascending */
    double seconds[ROW_TIMES_POINTS];
};

/* [collective] Times rows of `side`; the points are dealt to the ranks, and all get the same table. The other side must
 * be whole in every window. */
status row_times_measure(struct row_times *times, struct model *model, enum side side);

/* [local] By straight lines between the points; >= 0. */
double row_times_of(const struct row_times *times, int64_t row_ratings);

#endif
