/* What an evaluation found, for people and programs. All local. */
#ifndef CLI_EVALUATION_REPORT_H
#define CLI_EVALUATION_REPORT_H

#include "cli/json_log.h"
#include "cli/measures.h"
#include "use/evaluate.h"

/* The metrics by name: "hr@10", "ndcg@10", ..., "mrr", "auc"; of explicit models also "rmse", "mae". */
void evaluation_measures(struct measures *measures, const struct evaluation *evaluation,
                         const struct evaluation_options *options, bool explicit_model);

/* A small table, a line for each K. */
void evaluation_print(const struct evaluation *evaluation, const struct evaluation_options *options,
                      bool explicit_model);

/* The event "evaluation": the metrics by name, users, ratings. */
void evaluation_log(struct json_log *log, const struct evaluation *evaluation,
                    const struct evaluation_options *options, bool explicit_model);

#endif
