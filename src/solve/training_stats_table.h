/* Training statistics by name. */
#ifndef SOLVE_TRAINING_STATS_TABLE_H
#define SOLVE_TRAINING_STATS_TABLE_H

#include "solve/options.h"
#include "solve/training_stats.h"

#include <stddef.h>

/* Those, in the order in which they are shown: those that an algorithm has. */
struct training_stat_row {
    const char *name;
    size_t field; /* offset of a double in struct training_stats */
    bool implicit_model, explicit_model;
};
extern const struct training_stat_row training_stats_table[];
extern const int training_stat_count;

/* [local] Whether the algorithm has this figure; its value. */
bool training_stat_applies(const struct training_stat_row *row, enum algorithm algorithm);
double training_stat_value(const struct training_stat_row *row, const struct training_stats *stats);

#endif
