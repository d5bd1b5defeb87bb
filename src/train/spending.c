#include "train/spending.h"

#include <math.h>
#include <string.h>

static double train_seconds(const struct spending *spending)
{
    if (spending->begun == 0)
        return 0;
    return (spending->ended > 0 ? spending->ended : phase_clock()) - spending->begun;
}

void spending_so_far(struct spent *spent, struct phase_summary *summary, const struct comm *comm,
                     const struct spending *spending)
{
    struct phases phases = *spending->phases;
    struct imbalance imbalance;
    *spent = (struct spent){.starts = 1,
                            .seconds = phase_clock() - spending->opened,
                            .train_seconds = train_seconds(spending),
                            .iterations = (double)spending->iterations,
                            .resolved_rows = (double)spending->resolved_rows,
                            .flops = spending->flops};
    for (int p = 0; p < PHASES; p++) {
        phases.seconds[p] += spending->reading->seconds[p];
        phases.calls[p] += spending->reading->calls[p];
    }
    report_phases(comm, summary, &phases);
    for (int p = 0; p < PHASES; p++) {
        spent->calls[p] = (double)summary[p].calls;
        spent->mean_s[p] = summary[p].mean_s;
        spent->max_s[p] = summary[p].max_s;
    }
    report_imbalance(comm, &imbalance, &phases);
    for (int side = 0; side < 2; side++) {
        spent->solve_s[side] = imbalance.seconds[side];
        spent->uneven_s[side] = imbalance.sides[side] * imbalance.seconds[side];
    }
    spent->uneven_s[2] = imbalance.all * (imbalance.seconds[0] + imbalance.seconds[1]);
}

void spent_add(struct spent *sum, const struct spent *more)
{
    double *to = (double *)sum;
    const double *from = (const double *)more;
    for (size_t i = 0; i < SPENT_NUMBERS; i++)
        to[i] += from[i];
}

/* Numbers that a run may have come to: what is shown as integers fits one. */
static bool plausible(const double *numbers)
{
    for (size_t i = 0; i < SPENT_NUMBERS; i++)
        if (!(numbers[i] >= 0 && numbers[i] < 0x1p62))
            return false;
    return true;
}

status spending_recall(struct spending *spending, const struct checkpoint *found)
{
    double numbers[SPENT_NUMBERS];
    const struct data_set *set = header_find(found->header, CHECKPOINT_SPENT);
    if (set == NULL || set->rows * set->columns != SPENT_NUMBERS)
        return MFALS_OK;
    TRY(checkpoint_numbers(numbers, SPENT_NUMBERS, found, CHECKPOINT_SPENT));
    if (plausible(numbers))
        memcpy(&spending->before, numbers, sizeof numbers);
    return MFALS_OK;
}
