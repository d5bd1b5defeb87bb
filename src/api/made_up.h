/* Made-up ratings: of low rank and noise, with power laws in the numbers of ratings. All local; a user's lines depend
 * on the seed and the user alone.
 *
 *     struct made_up_row row;
 *     TRY(made_up_row_open(&row, &settings->made_up));
 *     TRY(made_up_draw(&row, &count, seed, user));           row.item[0 .. count), row.value[0 .. count)
 *     made_up_row_free(&row);
 *
 * Of m users and n items: user u, 0-based, draws R (a - 1) / a U^(-1/a) items (Pareto, a = 1.8, mean R), 1 to n / 2; an
 * item is floor(n U^2), so that the density of item i falls like i^(-1/2); an item drawn twice counts once. Its value
 * is x_u . y_i + noise, all normal, where x . y has variance 1.
 */
#ifndef API_MADE_UP_H
#define API_MADE_UP_H

#include "api/settings.h"

struct made_up_row {
    const struct made_up *shape; /* not owned */
    int64_t capacity;
    uint32_t *item;               /* owned; ascending */
    double *value, *user_factors; /* owned */
};

/* Sets *row, which is to be freed in any case. */
status made_up_row_open(struct made_up_row *row, const struct made_up *shape);
void made_up_row_free(struct made_up_row *row);

/* How many ratings the user has; they are in item and value. MFALS_NO_MEMORY. */
status made_up_draw(struct made_up_row *row, int64_t *count, uint64_t seed, int64_t user);

#endif
