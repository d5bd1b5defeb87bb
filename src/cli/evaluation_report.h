/* What an evaluation found, for people and programs. All local. */
#ifndef CLI_EVALUATION_REPORT_H
#define CLI_EVALUATION_REPORT_H

#include "api/measures.h"
#include "cli/json_log.h"
#include "use/evaluate.h"

/* A small table, a line for each K. */
void evaluation_print(const struct evaluation *evaluation, const struct evaluation_options *options,
                      bool explicit_model);

/* The event "evaluation": the metrics by name, users, ratings. */
void evaluation_log(struct json_log *log, const struct evaluation *evaluation,
                    const struct evaluation_options *options, bool explicit_model);

#endif
