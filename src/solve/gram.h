/* The Gram matrix of a side. */
#ifndef SOLVE_GRAM_H
#define SOLVE_GRAM_H

#include "solve/model.h"

/* [collective] gram <- Y' diag(q) Y of a side, the same bits for any partition: exact sums of tile products. */
status gram(struct model *model, enum side side);

/* [collective] plain_gram <- Y'Y of a side whose rows weigh otherwise than all alike. */
status plain_gram(struct model *model, enum side side);

#endif
