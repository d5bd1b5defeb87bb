/* What the latest evaluation of a model found, for people and programs. All local. */
#ifndef CLI_EVALUATION_REPORT_H
#define CLI_EVALUATION_REPORT_H

#include "cli/json_log.h"

/* A small table, a line for each K. */
void evaluation_print(const struct program *program, const struct mfals_model *model);

/* The event "evaluation": the metrics by name, users, ratings. */
void evaluation_log(struct json_log *log, const struct mfals_model *model);

#endif
