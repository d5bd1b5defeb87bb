/* What a training takes: this start of it, and those before, whose sums its checkpoints hand on. Model files have
 * none of it, as their bytes must not depend on times.
 *
 *     run.profile = (struct profile){.opened = ..., .reading = &ratings->phases, .phases = &run->phases};
 *     TRY(agree(&comm, profile_recall(&run.profile, found)));             where it goes on from a checkpoint
 *     profile_of_start(&totals, summary, &comm, &run.profile);
 *     profile_add(&totals, &run.profile.before);                              the whole training so far
 */
#ifndef TRAIN_PROFILE_H
#define TRAIN_PROFILE_H

#include "comm/report.h"
#include "store/checkpoint_file.h"

/* Of one start or of several. Numbers of doubles only: as such they are stored. */
struct profile_totals {
    double starts;
    double seconds;       /* since the context was opened, by the clock of this rank */
    double train_seconds; /* of the iterations, alike */
    double iterations, resolved_rows;
    double flops;       /* of the row solves, all ranks */
    double solve_s[2];  /* processor time of the row solves of each side, all ranks */
    double uneven_s[3]; /* that of the sides and of both, times its imbalance (comm/report.h) */
    double calls[PHASES] /* of the rank with the most */, mean_s[PHASES], max_s[PHASES]; /* over the ranks */
};

enum { PROFILE_NUMBERS = sizeof(struct profile_totals) / sizeof(double) };

struct profile {
    double opened;               /* the clock when this start began */
    double begun, ended;         /* its iterations; 0: not yet */
    const struct phases *phases; /* not owned, as the next: of the training, and of reading the ratings */
    const struct phases *reading;
    int64_t iterations, resolved_rows; /* of this start, as flops */
    double flops;
    struct profile_totals before; /* earlier starts; all 0 where there were none, or they left no account */
};

/* [collective] This start alone, up to now. summary: [PHASES] */
void profile_of_start(struct profile_totals *totals, struct phase_summary *summary, const struct comm *comm,
                      const struct profile *profile);

/* [local] Takes what a checkpoint tells of the starts before; one of an earlier version tells nothing. MFALS_IO. */
status profile_recall(struct profile *profile, const struct checkpoint *found);

/* [local] */
void profile_add(struct profile_totals *sum, const struct profile_totals *more);

#endif
