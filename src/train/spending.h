/* What a training takes: this start of it, and those before, whose sums its checkpoints hand on. Model files have
 * none of it, as their bytes must not depend on times.
 *
 *     run.spending = (struct spending){.opened = ..., .reading = &ratings->phases, .phases = &run->phases};
 *     TRY(agree(&comm, spending_recall(&run.spending, found)));             where it goes on from a checkpoint
 *     spending_so_far(&spent, summary, &comm, &run.spending);
 *     spent_add(&spent, &run.spending.before);                              the whole training so far
 */
#ifndef TRAIN_SPENDING_H
#define TRAIN_SPENDING_H

#include "comm/report.h"
#include "store/checkpoint_file.h"

/* Of one start or of several. Numbers of doubles only: as such they are stored. */
struct spent {
    double starts;
    double seconds;       /* since the context was opened, by the clock of this rank */
    double train_seconds; /* of the iterations, alike */
    double iterations, resolved_rows;
    double flops;       /* of the row solves, all ranks */
    double solve_s[2];  /* processor time of the row solves of each side, all ranks */
    double uneven_s[3]; /* that of the sides and of both, times its imbalance (comm/report.h) */
    double calls[PHASES] /* of the rank with the most */, mean_s[PHASES], max_s[PHASES]; /* over the ranks */
};

enum { SPENT_NUMBERS = sizeof(struct spent) / sizeof(double) };

struct spending {
    double opened;               /* the clock when this start began */
    double begun, ended;         /* its iterations; 0: not yet */
    const struct phases *phases; /* not owned, as the next: of the training, and of reading the ratings */
    const struct phases *reading;
    int64_t iterations, resolved_rows; /* of this start, as flops */
    double flops;
    struct spent before; /* earlier starts; all 0 where there were none, or they left no account */
};

/* [collective] This start alone, up to now. summary: [PHASES] */
void spending_so_far(struct spent *spent, struct phase_summary *summary, const struct comm *comm,
                     const struct spending *spending);

/* [local] Takes what a checkpoint tells of the starts before; one of an earlier version tells nothing. MFALS_IO. */
status spending_recall(struct spending *spending, const struct checkpoint *found);

/* [local] */
void spent_add(struct spent *sum, const struct spent *more);

#endif
