#include "base/number.h"
#include "use/recommend.h"
#include "use/scorer.h"

#include <math.h>

/* to <- y / |y|; NaN, which is never among the best, where y is 0. */
static void normalise(float *to, const float *y, int k)
{
    double squares = 0;
    for (int c = 0; c < k; c++)
        squares += (double)y[c] * (double)y[c];
    double scale = squares > 0 ? 1 / sqrt(squares) : NAN;
    for (int c = 0; c < k; c++)
        to[c] = (float)(scale * (double)y[c]);
}

/* [local] The view's items of this rank, of length 1, in *factors, and a view of them without biases. */
static status normalised_view(struct model_view *normal, float **factors, const struct model_view *view,
                              int64_t own_items)
{
    const struct view_side *items = &view->side[ITEMS];
    int k = view->factors;
    *normal = (struct model_view){.factors = k, .side = {{0}, *items}};
    normal->side[ITEMS].bias = NULL;
    normal->side[ITEMS].row_floats = k;
    TRY(allocate(factors, own_items * k));
    for (int64_t i = 0; i < own_items; i++)
        normalise(*factors + i * k, items->factors + i * items->row_floats, k);
    normal->side[ITEMS].factors = *factors;
    return MFALS_OK;
}

/* Asked items that a rank takes at once. */
enum { DEALT = 16 };

struct neighbours {
    struct scorer *scorer;
    const int64_t *items;
    int64_t count;
    int top;
    struct top_entry *entries;
    int *filled;
    float *factors; /* owned: [k] */
    uint64_t *keys; /* owned: [DEALT x top] */
};

static void find_block(struct neighbours *n, int64_t first, int count)
{
    struct top tops[DEALT];
    struct item_list left_out[DEALT];
    uint32_t itself[DEALT];
    for (int u = 0; u < count; u++) {
        scorer_item(n->scorer, n->factors, n->items[first + u]);
        scorer_set_user(n->scorer, u, n->factors, 0);
        tops[u] = (struct top){.keys = n->keys + (int64_t)u * n->top, .capacity = n->top};
        itself[u] = (uint32_t)n->items[first + u];
        left_out[u] = (struct item_list){&itself[u], 1};
    }
    scorer_best(n->scorer, tops, count, left_out);
    for (int u = 0; u < count; u++) {
        top_list(&tops[u], n->entries + (first + u) * n->top);
        n->filled[first + u] = tops[u].count;
    }
}

/* [collective] Blocks of items are dealt to the ranks in turn. */
static status find_neighbours(struct neighbours *n, const struct comm *comm, int k)
{
    TRY(allocate_on_all(comm, &n->factors, k));
    TRY(allocate_on_all(comm, &n->keys, (int64_t)DEALT * n->top));
    for (int64_t first = 0; first < n->count; first += DEALT)
        if (first / DEALT % comm->size == comm->rank)
            find_block(n, first, (int)number_min(DEALT, n->count - first));
    for (int64_t first = 0; first < n->count; first += DEALT) {
        int64_t count = number_min(DEALT, n->count - first);
        int root = (int)(first / DEALT % comm->size);
        comm_broadcast(comm, n->entries + first * n->top, count * n->top * (int64_t)sizeof *n->entries, root);
        comm_broadcast(comm, n->filled + first, count * (int64_t)sizeof *n->filled, root);
    }
    return MFALS_OK;
}

status similar(const struct comm *comm, const struct model_view *view, const int64_t *items, int64_t count,
               const struct recommend_options *options, struct top_entry *entries, int *filled)
{
    const int64_t *offsets = view->side[ITEMS].offsets;
    struct model_view normal;
    scoped float *factors = NULL;
    TRY(agree(comm, normalised_view(&normal, &factors, view, offsets[comm->rank + 1] - offsets[comm->rank])));
    struct neighbours n = {
        .items = items, .count = count, .top = options->top, .entries = entries, .filled = filled};
    TRY(scorer_open(&n.scorer, comm, &normal, options->replica, options->kernel));
    status done = find_neighbours(&n, comm, view->factors);
    memory_free(n.factors);
    memory_free(n.keys);
    scorer_free(&n.scorer);
    return done;
}
