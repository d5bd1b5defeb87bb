/* How ratings are to be read and prepared: the user's choices, the same on every rank. */
#ifndef RATINGS_OPTIONS_H
#define RATINGS_OPTIONS_H

#include "read/options.h"

#include <stdbool.h>
#include <stdint.h>

/* What becomes of several ratings r of one user for one item, in the order of the input. Where they have weights v the one
 * rating's is v of the one that stays; of a sum, sum v r / sum r, so that weight times value adds up, but kept between the
 * least and the largest v, as values of both signs need; of a mean, which is sum v r / sum v, the mean of v. */
enum duplicates {
    DUPLICATES_LAST, /* the latest by time, where there are times; of equal ones the last line */
    DUPLICATES_SUM,
    DUPLICATES_MEAN,
    DUPLICATES_ERROR,
    DUPLICATES_AUTO /* until it is settled (options/run_config.c): whatever suits the algorithm */
};

/* Which ratings are held out of the training, for evaluation. Of each user at least one stays, but with
 * HOLD_OUT_USERS. */
enum hold_out_kind {
    HOLD_OUT_NONE,
    HOLD_OUT_RANDOM, /* count of each user's, drawn at random */
    HOLD_OUT_LAST,   /* count of each user's, the latest by the time column, then by position */
    HOLD_OUT_USERS   /* all of a share of the users: a fifth is tested, the rest is for folding them in */
};

struct hold_out {
    enum hold_out_kind kind;
    int64_t count;      /* per user, >= 1 */
    double share;       /* of users, in (0, 1) */
    uint64_t seed;      /* draws are keyed by the rows of user and item: they don't depend on ranks */
    bool positive_only; /* implicit models: of values above 0; others stay with the rest of their user's */
};

/* Weights by age, ratings/age.h. */
struct aging {
    double half_life; /* seconds; 0: none */
    bool has_now;
    int64_t
        now; /* what ages are counted up to, if so: in seconds since 1970, or milli-, micro- or nanoseconds */
};

struct ratings_options {
    struct read_options read;
    enum duplicates duplicates;
    struct hold_out hold_out;
    struct aging aging;
    bool keep_all; /* no two become one, and times stay with their ratings */
    int blocks;    /* to cut each side into, whatever the number of ranks; 0: one a rank */
    bool
        positive_only; /* implicit models: pairs whose value, duplicates combined, is 0 or below are left out */
    bool keep_unknown; /* of ratings that are matched: keep those of ids that are not known, too */
};

/* [local] Whether the rule goes by times. */
static inline enum rating_times duplicates_times(enum duplicates rule)
{
    return rule == DUPLICATES_LAST ? TIMES_IF_ANY : TIMES_NONE;
}

#endif
