/* A trained model into its file. The file's bytes don't depend on the number of ranks: neither that number
 * nor times, hosts or paths are in it. */
#ifndef CLI_TRAIN_OUTPUT_H
#define CLI_TRAIN_OUTPUT_H

#include "cli/settings.h"
#include "ratings/ratings.h"
#include "solve/train.h"

#define COUNT_FIGURE(name) +1
enum { HISTORIES = 0 FIGURE_LIST(COUNT_FIGURE) };
#undef COUNT_FIGURE

/* The figures of FIGURE_LIST, iteration by iteration. */
struct figure_history {
    double *values; /* owned: [HISTORIES x capacity] */
    int64_t count, capacity;
};

/* [local] Room for so many iterations. */
status figure_history_open(struct figure_history *history, int64_t iterations);
void figure_history_add(struct figure_history *history, const struct figures *figures);
void figure_history_free(struct figure_history *history);

/* [collective] Whether the model can be written where --output says: MFALS_NO_OUTPUT if not. */
status train_output_check(const struct comm *comm, const struct settings *settings);

/* [collective] Writes the model: factors, ids, history, and as attributes what made it. */
status train_output_write(const struct comm *comm, const struct settings *settings,
                          const struct ratings *ratings, const struct model *model,
                          const struct figure_history *history);

#endif
