/* The first factors. */
#ifndef SOLVE_DRAW_H
#define SOLVE_DRAW_H

#include "solve/model.h"

/* [local] The first factors, biases 0. */
void draw_factors(struct model *model);

#endif
