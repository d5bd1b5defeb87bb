/* The events of training in the log for programs, and the options in force in the one for people. All local.
 */
#ifndef CLI_TRAIN_LOG_H
#define CLI_TRAIN_LOG_H

#include "api/measures.h"
#include "api/settings.h"
#include "cli/json_log.h"
#include "cli/time_table.h"
#include "ratings/ratings.h"
#include "solve/train.h"

/* [local] "start": version, ranks, options in force; these also as lines when verbose. */
void train_log_start(struct json_log *log, const struct comm *comm, const struct settings *settings);

/* [local] "ratings": the counts and the digest. */
void train_log_ratings(struct json_log *log, const struct ratings *ratings);

/* [local] "iteration": the measures, and rank 0's times. */
void train_log_iteration(struct json_log *log, const struct figures *figures,
                         const struct measures *measures);

/* [local] "checkpoint": its iteration, and the seconds since it was begun. */
void train_log_checkpoint(struct json_log *log, int64_t iteration, double seconds);

/* [local] "summary": totals, time table, memory. */
void train_log_summary(struct json_log *log, const struct time_table *table, const struct totals *totals);

#endif
