/* Factors in the eigenbasis of their Gram matrix, in which rows are solved. */
#ifndef SOLVE_EIGENBASIS_H
#define SOLVE_EIGENBASIS_H

#include "solve/model.h"

/* [collective] a0 Y'Y = Q diag(g) Q'; Y <- Y Q, each rank its own rows and those it was sent, and its own of the other
 * side too where that is improved upon rather than solved for; gram <- diag(g) / a0. Where the spectrum is so wide that
 * float32 noise would be felt, it is done twice and with Gram matrices in double. */
status rotate_to_eigenbasis(struct model *model, enum side side);

/* [collective] The eigenbasis that rotate_to_eigenbasis left after it rotated the side, its rows as they were then:
 * eigenbasis.vectors of that time. */
status eigenbasis_resume(struct model *model, enum side side, const double *vectors);

/* [local] How many factors the side rotated last is worth: exp of the entropy of its singular values g^(1/2) over their
 * sum (Roy and Vetterli, EUSIPCO 2007); k before the first rotation, and where there is none. */
double effective_rank(const struct model *model);

#endif
