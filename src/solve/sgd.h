/* Distributed stochastic gradient descent in strata (Gemulla et al., KDD 2011).
 *
 * Users and items are cut into B blocks each, B given by the user whatever the number of ranks. An epoch has B strata:
 * in stratum s user block b meets item block b + s mod B, so that blocks of a stratum share no user and no item and run
 * side by side; within a block ratings come by user, then item. Every number of ranks does the same steps in an order
 * that cannot matter: the same bits. A rank owns whole user blocks, and item blocks travel from rank to rank. */
#ifndef SOLVE_SGD_H
#define SOLVE_SGD_H

#include "solve/model.h"

/* [collective] The rank's ratings in the order of descent. The ratings must be cut into blocks (ratings options). */
status sgd_open(struct model *model);

/* [local] Accepts and leaves NULL. */
void sgd_free(struct sgd **sgd);

/* [collective] One epoch. On return the items are whole in every window. */
status sgd_epoch(struct model *model, struct phases *phases);

/* [local] Sets the learning rate of the next epoch from the objective of the last. */
void sgd_schedule(struct model *model, double objective);

/* [local] The learning rate of the next epoch and the objective of the last one: read, and set again. */
void sgd_state(double *rate, double *last_objective, const struct sgd *sgd);
void sgd_resume(struct sgd *sgd, double rate, double last_objective);

#endif
