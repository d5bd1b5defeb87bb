/* From ratings as read to ratings as solved: everything in ratings_load but the reading. */
#ifndef RATINGS_ASSEMBLE_H
#define RATINGS_ASSEMBLE_H

#include "ratings/ratings.h"

/* [collective] As ratings_load. Uses up raw: its ratings and dictionaries are freed as soon as they are not
 * needed (set to NULL or zeroed); the rest stays the caller's to free. */
status ratings_assemble(struct ratings **ratings, const struct comm *comm, struct raw_ratings *raw,
                        const struct ratings_options *options, row_cost_function *cost,
                        const void *cost_context, struct phases *phases);

#endif
