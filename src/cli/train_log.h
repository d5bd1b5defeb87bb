/* The events of training in the log for programs. All local. */
#ifndef CLI_TRAIN_LOG_H
#define CLI_TRAIN_LOG_H

#include "cli/json_log.h"

/* "resume": the checkpoint that the training goes on from, and how many whole iterations it has. */
void train_log_resume(struct json_log *log, const char *path, int iterations);

/* "ratings": the counts and the digest. */
void train_log_ratings(struct json_log *log, const struct mfals_ratings *ratings);

/* "iteration": the measures, and rank 0's times. */
void train_log_iteration(struct json_log *log, const struct mfals_iteration *iteration);

/* "checkpoint": its iteration, and the seconds since it was begun. */
void train_log_checkpoint(struct json_log *log, int64_t iteration, double seconds);

/* "summary": totals, time table, memory. */
void train_log_summary(struct json_log *log, const struct mfals_profile *profile, int64_t ratings);

#endif
