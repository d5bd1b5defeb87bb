/* Scores of users against items: all items of a model, once per replica group, in the layout of the product kernel.
 *
 *     struct scorer *scorer;
 *     TRY(scorer_open(&scorer, &comm, &view, REPLICA_NODE, "auto"));
 *     for (int u = 0; u < count; u++)                                     up to SCORER_USERS of them
 *         scorer_set_user(scorer, u, factors_of[u], bias_of[u]);
 *     scorer_best(scorer, tops, count, left_out);        the best items of each, or
 *     scorer_rank(scorer, rankings, count, left_out);    how many score higher than given ones, or
 *     scorer_all(scorer, scores, count);                 scores[u * scorer_items_padded(scorer) + item], or
 *     scorer_listed(scorer, scores, u, items, n);        scores[j] of items[j]: the very same bits
 *     scorer_free(&scorer);
 *
 * The first two never hold more than a block of SCORER_USERS x SCORER_ITEMS scores, 240 KiB, which stays in a core's
 * cache: what became of a score is known before the next block is computed.
 */
#ifndef USE_SCORER_H
#define USE_SCORER_H

#include "comm/comm.h"
#include "ratings/ratings.h"
#include "use/metrics.h"
#include "use/model_view.h"
#include "use/top.h"

enum { SCORER_USERS = 128, SCORER_ITEMS = 480 };

/* Items of a user, ascending, each once. Not owned. */
struct item_list {
    const uint32_t *item;
    int64_t count;
};

/* [local] Row i of csr; nothing where csr is NULL. */
static inline struct item_list item_list_of(const struct csr *csr, int64_t i)
{
    if (csr == NULL)
        return (struct item_list){NULL, 0};
    return (struct item_list){csr->column + csr->start[i], csr->start[i + 1] - csr->start[i]};
}

struct scorer;

/* [collective] Gathers the items of the view, with their biases; a score is one chain of multiply-adds over
 * (factors, global mean + user bias, item bias). *scorer is NULL on failure. comm must outlive
 * it, the view need not. */
status scorer_open(struct scorer **scorer, const struct comm *comm, const struct model_view *view,
                   int ranks_per_group, const char *kernel);

/* [collective] Accepts and leaves NULL. */
void scorer_free(struct scorer **scorer);

/* [local] The user to be scored next as number u: k factors, copied; bias 0 where there is none. */
void scorer_set_user(struct scorer *scorer, int u, const float *factors, float bias);

/* [local] The same for own row i of a side of a view. */
void scorer_set_row(struct scorer *scorer, int u, const struct view_side *side, int64_t i);

/* [local] tops[u] <- the best items of user u = 0 .. count - 1 but those of left_out[u]; left_out may be NULL. */
void scorer_best(struct scorer *scorer, struct top *tops, int count, const struct item_list *left_out);

/* [local] Lets scorer_best leave out items that have no factors. Returns how many there are, or -1 where there is no
 * memory. */
int64_t scorer_leave_out_empty(struct scorer *scorer);

/* [local] Counts all items but those of left_out[u] into rankings[u], as ranking_count would. */
void scorer_rank(struct scorer *scorer, struct ranking *rankings, int count,
                 const struct item_list *left_out);

/* [local] Scores of all items for users 0 .. count - 1; a user's begin at scores + u * scorer_items_padded(scorer),
 * 64-byte aligned memory of the caller. Scores beyond the last item are unspecified. */
void scorer_all(const struct scorer *scorer, float *scores, int count);
int64_t scorer_items_padded(const struct scorer *scorer);

/* [local] Scores of n items for user number u. */
void scorer_listed(struct scorer *scorer, float *scores, int u, const uint32_t *items, int64_t n);

/* [local] The bias of an item of any rank, 0 where there is none, and its k factors. */
float scorer_item_bias(const struct scorer *scorer, int64_t item);
void scorer_item(const struct scorer *scorer, float *factors, int64_t item);

#endif
