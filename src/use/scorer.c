#include "use/scorer.h"

#include "base/memory.h"
#include "base/number.h"
#include "comm/exchange.h"
#include "comm/partition.h"
#include "solve/kernel.h"

enum { PANEL = 16 };

/* Item i is lane i % 16 of panel i / 16, and column c of a panel is 16 floats: the c-th number of its items. A tile
 * of items is then as large as one of rows of `depth` floats, so the exchange of tiles serves. */
struct scorer {
    const struct kernel *kernel;
    struct replica *replica;
    struct shared_rows items; /* [panels][depth][16] */
    int k;
    int64_t depth; /* k, and 2 with a mean or biases: those of the user meet a 1, and the item's meets a 1 */
    double global_mean;
    float *users;      /* owned: [depth][16] */
    float *panel;      /* owned: [depth][16]: gathered items */
    float *few_scores; /* owned: [16] */
};

static float *panel_of(const struct scorer *scorer, int64_t item)
{
    return scorer->items.data + item / PANEL * scorer->depth * PANEL;
}

/* [local] This rank's items. */
static void lay_out_items(struct scorer *scorer, const struct view_side *side, int64_t first, int64_t end)
{
    for (int64_t item = first; item < end; item++) {
        const float *y = side->factors + (item - first) * side->row_floats;
        float *column = panel_of(scorer, item) + item % PANEL;
        for (int c = 0; c < scorer->k; c++)
            column[c * PANEL] = y[c];
        if (scorer->depth > scorer->k) {
            column[scorer->k * PANEL] = 1;
            column[(scorer->k + 1) * PANEL] =
                side->bias == NULL ? 0 : side->bias[(item - first) * side->bias_step];
        }
    }
}

static status open_local(struct scorer *scorer, const char *kernel)
{
    TRY(kernel_choose(&scorer->kernel, kernel));
    TRY(allocate(&scorer->users, scorer->depth * PANEL));
    TRY(allocate(&scorer->panel, scorer->depth * PANEL));
    return allocate(&scorer->few_scores, PANEL);
}

static status open_parts(struct scorer *scorer, const struct comm *comm, const struct view_side *side,
                         int ranks_per_group, const char *kernel)
{
    TRY(agree(comm, open_local(scorer, kernel)));
    TRY(replica_open(&scorer->replica, comm, ranks_per_group));
    TRY(replica_reserve(scorer->replica, shared_rows_bytes(side->rows, scorer->depth)));
    TRY(shared_rows_open(&scorer->items, scorer->replica, side->rows, scorer->depth));
    lay_out_items(scorer, side, side->offsets[comm->rank], side->offsets[comm->rank + 1]);
    return exchange_all_rows(scorer->replica, &scorer->items, side->offsets);
}

status scorer_open(struct scorer **scorer, const struct comm *comm, const struct model_view *view,
                   int ranks_per_group, const char *kernel)
{
    TRY(allocate_on_all(comm, scorer, 1));
    bool offset = view->global_mean != 0 || view->side[USERS].bias != NULL || view->side[ITEMS].bias != NULL;
    **scorer = (struct scorer){
        .k = view->factors, .depth = view->factors + (offset ? 2 : 0), .global_mean = view->global_mean};
    status opened = open_parts(*scorer, comm, &view->side[ITEMS], ranks_per_group, kernel);
    if (opened != MFALS_OK)
        scorer_free(scorer);
    return opened;
}

void scorer_free(struct scorer **scorer)
{
    struct scorer *s = *scorer;
    if (s == NULL)
        return;
    shared_rows_close(&s->items);
    replica_free(&s->replica);
    memory_free(s->users);
    memory_free(s->panel);
    memory_free(s->few_scores);
    memory_free(s);
    *scorer = NULL;
}

void scorer_set_user(struct scorer *scorer, int u, const float *factors, float bias)
{
    float *column = scorer->users + u;
    for (int c = 0; c < scorer->k; c++)
        column[c * PANEL] = factors[c];
    if (scorer->depth > scorer->k) {
        column[scorer->k * PANEL] = (float)(scorer->global_mean + bias);
        column[(scorer->k + 1) * PANEL] = 1;
    }
}

void scorer_set_row(struct scorer *scorer, int u, const struct view_side *side, int64_t i)
{
    scorer_set_user(scorer, u, side->factors + i * side->row_floats,
                    side->bias == NULL ? 0 : side->bias[i * side->bias_step]);
}

int64_t scorer_items_padded(const struct scorer *scorer)
{
    return number_divide_up(scorer->items.rows, TILE_ROWS) * TILE_ROWS;
}

void scorer_all(const struct scorer *scorer, float *scores, int count)
{
    int64_t padded = scorer_items_padded(scorer);
    scorer->kernel->score_block(scores, padded, scorer->users, count, scorer->items.data, padded / PANEL,
                                scorer->depth);
}

static void gather_items(struct scorer *scorer, const uint32_t *items, int64_t n)
{
    for (int64_t l = 0; l < n; l++) {
        const float *column = panel_of(scorer, items[l]) + items[l] % PANEL;
        for (int64_t c = 0; c < scorer->depth; c++)
            scorer->panel[c * PANEL + l] = column[c * PANEL];
    }
}

void scorer_listed(struct scorer *scorer, float *scores, int u, const uint32_t *items, int64_t n)
{
    for (int64_t first = 0; first < n; first += PANEL) {
        int64_t count = number_min(PANEL, n - first);
        gather_items(scorer, items + first, count);
        scorer->kernel->score_block(scorer->few_scores, PANEL, scorer->users + u, 1, scorer->panel, 1,
                                    scorer->depth);
        for (int64_t l = 0; l < count; l++)
            scores[first + l] = scorer->few_scores[l];
    }
}

void scorer_item(const struct scorer *scorer, float *factors, int64_t item)
{
    const float *column = panel_of(scorer, item) + item % PANEL;
    for (int c = 0; c < scorer->k; c++)
        factors[c] = column[c * PANEL];
}
