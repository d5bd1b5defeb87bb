/* What is known of each iteration, by name: the training's statistics that the algorithm has, then what was measured on
 * the test ratings. All local.
 *
 *     struct named_values values;
 *     history_values_of(&values, &stats, ALGORITHM_ALS);
 *     named_values_add(&values, "test_rmse", 0.91);
 *     history_add(&history, &values);
 */
#ifndef TRAIN_HISTORY_H
#define TRAIN_HISTORY_H

#include "base/named_values.h"
#include "solve/train.h"
#include "store/model_file.h"

enum { HISTORY_MAX = 10 }; /* names */

struct training_history {
    char name[HISTORY_MAX][VALUE_NAME_SIZE];
    int names;
    double *values; /* owned: [HISTORY_MAX x capacity]; NaN where a value was not taken */
    int64_t count, capacity;
};

/* The figures of the algorithm, in their order. */
void history_values_of(struct named_values *values, const struct training_stats *stats,
                       enum algorithm algorithm);

/* Room for so many iterations. */
status history_open(struct training_history *history, int64_t iterations);
void history_add(struct training_history *history, const struct named_values *values);
void history_free(struct training_history *history);

/* The values by that name, which is added where it is not there yet; NULL where there is no room. */
double *history_values(struct training_history *history, const char *name);

/* histories: out, up to HISTORY_MAX, into history's memory, by name: a file's bytes depend on their order. Returns how
 * many there are. */
int history_list(const struct training_history *history, struct history *histories);

#endif
