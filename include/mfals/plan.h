/* What a training will take: memory of a node, seconds of an iteration, traffic.
 *
 *     struct mfals_plan plan;
 *     TRY(mfals_options_new(&options, context, "plan"));
 *     TRY(mfals_options_set(options, "users", "1000000"));
 *     TRY(mfals_options_set(options, "items", "50000"));
 *     TRY(mfals_options_set(options, "ratings", "100000000"));
 *     TRY(mfals_plan(&plan, options));
 *     printf("%g bytes, %g s\n", plan.memory.peak, plan.time.total);
 *     mfals_options_free(&options);
 */
#ifndef MFALS_PLAN_H
#define MFALS_PLAN_H

#include <mfals/options.h>

MFALS_BEGIN

/* Bytes of a node; of files in all. */
struct mfals_plan_memory {
    double program, ratings, ids, factors, scratch; /* held while training */
    double training;                                /* these together */
    double reading;                                 /* at the end of reading */
    double redistributing;                          /* while ratings are redistributed to their owners */
    double peak;                                    /* the largest of the three */
    double model, checkpoint;                       /* files */
};

/* Seconds of an iteration. */
struct mfals_plan_time {
    double users, items; /* row solves, or the epoch of sgd, a half to each */
    double axes;         /* Gram matrix, and rotation but for non-negative factors */
    double eigen;        /* 0 for those, and where no axes are needed */
    double exchange, stats;
    double total;
    double flops_per_second; /* of a rank in its row solves */
    double bytes_in;         /* into a node */
};

struct mfals_plan {
    int64_t users, items, ratings;
    /* Standard deviation of the logarithm of row lengths, assumed; 0 where ratings were counted. */
    double row_spread[2];
    struct mfals_plan_memory memory;
    struct mfals_plan_time time;
    /* As many as keep a node's peak within option `memory`; 0: no number is enough, or no such option. */
    int64_t nodes;
};

/* [collective] By options of "plan": for the ratings that its words name, or for sizes. *plan is set on rank 0, which
 * measures the speed of this machine for half a second, unless `gflops` says it. MFALS_USAGE; MFALS_NO_INPUT,
 * MFALS_BAD_DATA; MFALS_REQUEUE where it was stopped. */
MFALS_API enum mfals_status mfals_plan(struct mfals_plan *plan, struct mfals_options *options);

MFALS_END
#endif
