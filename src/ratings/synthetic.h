/* Synthetic ratings: of low rank and noise, with power laws in the numbers of ratings. All local; a user's lines depend
 * on the seed and the user alone.
 *
 *     struct synthetic_row row;
 *     TRY(synthetic_row_open(&row, &shape));
 *     TRY(synthetic_draw(&row, &count, seed, user));           row.item[0 .. count), row.value[0 .. count)
 *     synthetic_row_free(&row);
 *
 * Of m users and n items: user u, 0-based, draws R (a - 1) / a U^(-1/a) items (Pareto, a = 1.8, mean R), 1 to n / 2; an
 * item is floor(n U^2), so that the density of item i falls like i^(-1/2); an item drawn twice counts once. Its value
 * is x_u . y_i + noise, all normal, where x . y has variance 1.
 */
#ifndef RATINGS_SYNTHETIC_H
#define RATINGS_SYNTHETIC_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct synthetic_options {
    uint64_t users, items, ratings_per_user;
    int factors;
    double noise;
    bool explicit_values;
};

struct synthetic_row {
    const struct synthetic_options *shape; /* not owned */
    int64_t capacity;
    uint32_t *item;               /* owned; ascending */
    double *value, *user_factors; /* owned */
};

/* Sets *row, which is to be freed in any case. */
status synthetic_row_open(struct synthetic_row *row, const struct synthetic_options *shape);
void synthetic_row_free(struct synthetic_row *row);

/* How many ratings the user has; they are in item and value. MFALS_NO_MEMORY. */
status synthetic_draw(struct synthetic_row *row, int64_t *count, uint64_t seed, int64_t user);

#endif
