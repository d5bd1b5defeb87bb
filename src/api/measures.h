/* The numbers of an iteration by name: the figures that the algorithm has, then what was measured on the test
 * ratings. All local.
 *
 *     struct measures measures;
 *     measures_take(&measures, &figures, ALGORITHM_ALS);
 *     measures_add(&measures, "test_rmse", 0.91);
 *     figure_history_add(&history, &measures);
 */
#ifndef API_MEASURES_H
#define API_MEASURES_H

#include "solve/train.h"
#include "store/model_file.h"
#include "use/evaluate.h"

/* HISTORY_MAX: of an iteration. MEASURES_MAX: of an evaluation, five for each of EVALUATION_TOPS lengths of lists. */
enum { HISTORY_MAX = 10, MEASURES_MAX = 48, MEASURE_NAME_SIZE = 24 };

struct measures {
    char name[MEASURES_MAX][MEASURE_NAME_SIZE];
    double value[MEASURES_MAX];
    int count;
};

/* The figures of the algorithm, in their order. */
void measures_take(struct measures *measures, const struct figures *figures, enum algorithm algorithm);
void measures_add(struct measures *measures, const char *name, double value);

/* The metrics by name: "hr@10", "ndcg@10", ..., "mrr", "auc"; of explicit models also "rmse", "mae". */
void evaluation_measures(struct measures *measures, const struct evaluation *evaluation,
                         const struct evaluation_options *options, bool explicit_model);

/* Whether there is one of that name; its value. */
bool measures_find(double *value, const struct measures *measures, const char *name);

/* All iterations' measures, for the files. */
struct figure_history {
    char name[HISTORY_MAX][MEASURE_NAME_SIZE];
    int names;
    double *values; /* owned: [HISTORY_MAX x capacity]; NaN where a measure was not taken */
    int64_t count, capacity;
};

/* Room for so many iterations. */
status figure_history_open(struct figure_history *history, int64_t iterations);
void figure_history_add(struct figure_history *history, const struct measures *measures);
void figure_history_free(struct figure_history *history);

/* The values of a measure by that name, which is added where it is not there yet; NULL where there is no room. */
double *figure_history_values(struct figure_history *history, const char *name);

/* histories: out, up to HISTORY_MAX, into history's memory, by name: a file's bytes depend on their order. Returns how
 * many there are. */
int figure_history_list(const struct figure_history *history, struct history *histories);

#endif
