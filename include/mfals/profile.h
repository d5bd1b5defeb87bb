/* What a training took: time by phase, memory by node; where it was broken off and went on, over all its starts.
 *
 *     const struct mfals_profile *profile;
 *     TRY(mfals_profile(&profile, model));
 *     for (int p = 0; p < profile->phase_count; p++)
 *         printf("%s: %g s\n", profile->phases[p].name, profile->phases[p].mean_seconds);
 */
#ifndef MFALS_PROFILE_H
#define MFALS_PROFILE_H

#include <mfals/model.h>

MFALS_BEGIN

struct mfals_phase {
    const char *name;
    int64_t calls;                    /* of the rank with the most */
    double mean_seconds, max_seconds; /* over the ranks */
    int max_rank;                     /* the lowest rank that took the longest; -1 over several starts */
};

struct mfals_node {
    const char *name;
    int64_t ranks;
    int64_t bytes; /* high-water mark of its ranks' memory, what they share counted once */
};

/* Over all starts that left a checkpoint from which the next one went on, and this one: sums, of max_seconds too.
 * What a killed start did after its last checkpoint is not counted, nor is what led to a checkpoint of an earlier
 * version. */
struct mfals_profile {
    double seconds; /* since the context was opened, on this rank */
    /* From reading on; those that did not occur have no calls. */
    int phase_count;
    const struct mfals_phase *phases; /* [phase_count] */
    /* On rank 0; others have none. */
    int node_count;
    const struct mfals_node *nodes; /* [node_count] */
    /* Of the row solves, the slowest rank over the mean; 0 where none were solved. */
    double imbalance[2];         /* by side */
    double imbalance_of_both;    /* of an iteration: the ranks wait for each other after each side */
    double processor_seconds[2]; /* of the row solves of a side, all ranks */
    double train_seconds;        /* of the iterations, by the wall clock */
    int64_t iterations;          /* that were completed */
    int64_t resolved_rows;       /* solved again in double precision, on all ranks */
    double flops;                /* of the row solves, all ranks */
    int64_t starts;
    const struct mfals_profile *last; /* of this start alone, its nodes left out; NULL in that one */
};

/* [collective] Of a model that was trained here, with its reading of ratings. *profile belongs to the model, and is
 * valid until the next such call. MFALS_USAGE for a model that was opened; MFALS_NO_MEMORY. */
MFALS_API enum mfals_status mfals_profile(const struct mfals_profile **profile, struct mfals_model *model);

MFALS_END
#endif
