/* Ratings that a model reads besides those it is trained on: how, is decided here alone.
 *
 * Of a test of an explicit model the ratings of unknown users and items are kept by themselves. A pair that an implicit
 * model leaves out of its training for its value of 0 or below trains nothing and is no test
 * item, but counts as seen. Columns, format and bad lines are as the command says, several ratings of a pair as the
 * command says or, where it does not, as in the training.
 * Ratings that users are folded in with weigh as in the training: by the command's column of weights, and by their age up
 * to the same time as there.
 */
#ifndef INPUT_OTHER_RATINGS_H
#define INPUT_OTHER_RATINGS_H

#include "options/run_config.h"
#include "ratings/match.h"

enum ratings_role { RATINGS_TEST, RATINGS_SEEN, RATINGS_FOLD_IN };

/* [local] How a command's ratings are read in that role by a model of that configuration (of train). Without paths; a
 * command's configuration may be NULL. */
struct ratings_options other_ratings_options(enum ratings_role role, const struct run_config *model,
                                             const struct run_config *command);

/* [collective] Ratings of the model's items from the file at path, by the model's users, or in RATINGS_FOLD_IN by its
 * own; and a line about what was not known. *matched is NULL on failure. MFALS_BAD_DATA for a test that has no known
 * pair. */
status other_ratings_load(struct matched **matched, const struct comm *comm, enum ratings_role role,
                          const char *path, const struct run_config *model, const struct run_config *command,
                          const struct known_ids known[2], struct phases *phases);

#endif
