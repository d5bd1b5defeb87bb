#include "train/profile.h"

#include <math.h>
#include <string.h>

static double train_seconds(const struct profile *profile)
{
    if (profile->begun == 0)
        return 0;
    return (profile->ended > 0 ? profile->ended : phase_clock()) - profile->begun;
}

void profile_of_start(struct profile_totals *totals, struct phase_summary *summary, const struct comm *comm,
                      const struct profile *profile)
{
    struct phases phases = *profile->phases;
    struct imbalance imbalance;
    *totals = (struct profile_totals){.starts = 1,
                                      .seconds = phase_clock() - profile->opened,
                                      .train_seconds = train_seconds(profile),
                                      .iterations = (double)profile->iterations,
                                      .resolved_rows = (double)profile->resolved_rows,
                                      .flops = profile->flops};
    for (int p = 0; p < PHASES; p++) {
        phases.seconds[p] += profile->reading->seconds[p];
        phases.calls[p] += profile->reading->calls[p];
    }
    report_phases(comm, summary, &phases);
    for (int p = 0; p < PHASES; p++) {
        totals->calls[p] = (double)summary[p].calls;
        totals->mean_s[p] = summary[p].mean_s;
        totals->max_s[p] = summary[p].max_s;
    }
    report_imbalance(comm, &imbalance, &phases);
    for (int side = 0; side < 2; side++) {
        totals->solve_s[side] = imbalance.seconds[side];
        totals->uneven_s[side] = imbalance.sides[side] * imbalance.seconds[side];
    }
    totals->uneven_s[2] = imbalance.all * (imbalance.seconds[0] + imbalance.seconds[1]);
}

void profile_add(struct profile_totals *sum, const struct profile_totals *more)
{
    double *to = (double *)sum;
    const double *from = (const double *)more;
    for (size_t i = 0; i < PROFILE_NUMBERS; i++)
        to[i] += from[i];
}

/* Numbers that a run may have come to: what is shown as integers fits one. */
static bool plausible(const double *numbers)
{
    for (size_t i = 0; i < PROFILE_NUMBERS; i++)
        if (!(numbers[i] >= 0 && numbers[i] < 0x1p62))
            return false;
    return true;
}

status profile_recall(struct profile *profile, const struct checkpoint *found)
{
    double numbers[PROFILE_NUMBERS];
    const struct data_set *set = header_find(found->header, CHECKPOINT_SPENT);
    if (set == NULL || set->rows * set->columns != PROFILE_NUMBERS)
        return MFALS_OK;
    TRY(checkpoint_numbers(numbers, PROFILE_NUMBERS, found, CHECKPOINT_SPENT));
    if (plausible(numbers))
        memcpy(&profile->before, numbers, sizeof numbers);
    return MFALS_OK;
}
