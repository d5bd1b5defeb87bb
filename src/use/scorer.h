/* Scores of users against items: all items of a model, once per replica group, in the layout of the product kernel.
 *
 *     struct scorer *scorer;
 *     TRY(scorer_open(&scorer, &comm, &view, REPLICA_NODE, "auto"));
 *     scorer_set_users(scorer, factors, row_floats, bias, bias_step, count);      up to SCORER_USERS of them
 *     scorer_all(scorer, scores);                        scores[u * scorer_items_padded(scorer) + item]
 *     scorer_listed(scorer, scores, u, items, n);        scores[j] of items[j], the very same bits
 *     scorer_free(&scorer);
 */
#ifndef USE_SCORER_H
#define USE_SCORER_H

#include "comm/comm.h"
#include "use/model_view.h"

enum { SCORER_USERS = 16 };

struct scorer;

/* [collective] Gathers the items of the view, with their biases; a score is one chain of multiply-adds over
 * (factors, user bias, item bias), then the global mean is added. *scorer is NULL on failure. comm must outlive it. */
status scorer_open(struct scorer **scorer, const struct comm *comm, const struct model_view *view,
                   int ranks_per_group, const char *kernel);

/* [collective] Accepts and leaves NULL. */
void scorer_free(struct scorer **scorer);

/* [local] The users to be scored next, 1 <= count <= SCORER_USERS; copied. bias may be NULL. */
void scorer_set_users(struct scorer *scorer, const float *factors, int64_t row_floats, const float *bias,
                      int64_t bias_step, int count);

/* [local] Scores of all items for each user set; a user's begin at scores + u * scorer_items_padded(scorer), 64-byte
 * aligned memory of the caller. Scores beyond the last item are unspecified. */
void scorer_all(struct scorer *scorer, float *scores);
int64_t scorer_items_padded(const struct scorer *scorer);

/* [local] Scores of n items for the user set as number u. */
void scorer_listed(struct scorer *scorer, float *scores, int u, const uint32_t *items, int64_t n);

#endif
