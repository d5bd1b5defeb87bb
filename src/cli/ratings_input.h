/* The ratings that a command is given, and what is said about them. */
#ifndef CLI_RATINGS_INPUT_H
#define CLI_RATINGS_INPUT_H

#include "cli/settings.h"
#include "ratings/ratings.h"

/* [collective] Without ratings on the command line: the sample, at $MFALS_SAMPLE or where it was installed,
 * its duplicates summed unless the user has a wish. MFALS_USAGE where the output or the log is one of the
 * inputs. */
status ratings_input_choose(struct settings *settings, const struct comm *comm);

/* [collective] ratings_load, a line that says how many there are, and one about what an implicit model leaves
 * out. */
status ratings_input_load(struct ratings **ratings, const struct comm *comm, const struct settings *settings,
                          struct phases *phases);

#endif
