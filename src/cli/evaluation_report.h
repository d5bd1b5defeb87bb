/* What the latest evaluation of a model found, for people and programs. All local. */
#ifndef CLI_EVALUATION_REPORT_H
#define CLI_EVALUATION_REPORT_H

#include "cli/json_log.h"

/* A small table, a line for each K. */
void evaluation_print(const struct program *program, const struct mfals_model *model);

/* The event "evaluation": the metrics by name, users, ratings. popularity: what ranking by popularity has on the same
 * test, taken over; may be NULL. */
void evaluation_log(struct json_log *log, const struct mfals_model *model, json_t *popularity);

/* The metrics by name, for evaluation_log. NULL without a log. */
json_t *evaluation_metrics(const struct json_log *log, const struct mfals_model *model);

/* The value of the first NDCG, and its name, which is valid until the next evaluation. NULL where there is none. */
const char *evaluation_ndcg(double *value, const struct mfals_model *model);

#endif
