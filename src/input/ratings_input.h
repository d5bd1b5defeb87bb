/* The ratings that a command is given, and what is said about them. */
#ifndef INPUT_RATINGS_INPUT_H
#define INPUT_RATINGS_INPUT_H

#include "options/run_config.h"
#include "ratings/ratings.h"

/* [local] path <- the sample that comes with mfals: at $MFALS_SAMPLE or where it was installed. */
void ratings_input_sample(char *path, size_t size);

/* [collective] ratings_load, from text or, where that is the only path, from HDF5
 * (input/hdf5_ratings.h). */
status ratings_input_read(struct ratings **ratings, const struct comm *comm,
                          const struct ratings_options *options, const struct solve_options *solve,
                          struct phases *phases);

/* [collective] The same, a line that says how many there are, and one about what an implicit model leaves
 * out. */
status ratings_input_load(struct ratings **ratings, const struct comm *comm, const struct run_config *config,
                          struct phases *phases);

#endif
