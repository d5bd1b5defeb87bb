/* A trained model into its file. The file's bytes don't depend on the number of ranks: neither that number
 * nor times, hosts or paths are in it. */
#ifndef CLI_TRAIN_OUTPUT_H
#define CLI_TRAIN_OUTPUT_H

#include "cli/measures.h"
#include "cli/settings.h"
#include "ratings/ratings.h"
#include "solve/train.h"

/* [collective] Whether the model can be written where --output says: MFALS_NO_OUTPUT if not. */
status train_output_check(const struct comm *comm, const struct settings *settings);

/* [collective] Writes the model: factors, ids, history, and as attributes what made it.
 *   best_iteration  the one whose factors they are, where training went on after it; else 0 */
status train_output_write(const struct comm *comm, const struct settings *settings,
                          const struct ratings *ratings, const struct model *model,
                          const struct figure_history *history, int best_iteration);

#endif
