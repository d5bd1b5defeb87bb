/* The Gram matrix of a side. */
#ifndef SOLVE_GRAM_H
#define SOLVE_GRAM_H

#include "solve/model.h"

/* [collective] gram <- Y'Y of a side, the same bits for any partition: exact sums of tile products. */
status gram(struct model *model, enum side side);

#endif
