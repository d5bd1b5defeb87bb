/* Weights of ratings by their age: times 2^(-age / half-life).
 *
 *     TRY(weigh_by_age(&raw, &comm, &options->aging, &now));      raw->weights[i] has the age of raw->times[i] in it
 *
 * The unit of times is told by the latest of them: seconds since 1970 below 1e11 (the year 5138), else milli-, micro- or
 * nanoseconds by each further factor of 1000. Seconds of another beginning, or a running number, serve as well. */
#ifndef RATINGS_AGE_H
#define RATINGS_AGE_H

#include "comm/comm.h"
#include "ratings/options.h"
#include "read/raw.h"

/* [local] A time in seconds, by a unit of its own. */
double age_seconds(int64_t time);

/* [collective] Multiplies the weights of raw, made here where there are none, by 2^(-age / half-life), but to no less than
 * FLT_MIN; nothing where aging->half_life is 0. Ages are counted up to aging->now, or else the latest time of all; what is
 * later has age 0, and a line says so.
 *   now  out: the time that ages were counted up to; may be NULL */
status weigh_by_age(struct raw_ratings *raw, const struct comm *comm, const struct aging *aging,
                    int64_t *now);

#endif
