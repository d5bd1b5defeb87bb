#include "use/scorer.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/watchdog.h"
#include "comm/exchange.h"
#include "comm/partition.h"
#include "solve/kernel.h"

#include <math.h>

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
    float *users;      /* owned: [panels of users][depth][16] */
    float *panel;      /* owned: [depth][16]: gathered items */
    float *few_scores; /* owned: [16] */
    float *block;      /* owned: [SCORER_USERS][SCORER_ITEMS] */
    uint32_t *places;  /* owned: [SCORER_ITEMS] */
    uint32_t *empty;   /* owned: items that scorer_best leaves out, ascending */
    int64_t empty_count;
};

/* The numbers of user u, PANEL floats from each to the next. */
static float *user_column(const struct scorer *scorer, int u)
{
    return scorer->users + u / PANEL * scorer->depth * PANEL + u % PANEL;
}

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
            column[(scorer->k + 1) * PANEL] = view_bias(side, item - first);
        }
    }
}

static status open_local(struct scorer *scorer, const char *kernel)
{
    TRY(kernel_choose(&scorer->kernel, kernel));
    TRY(allocate(&scorer->users, scorer->depth * SCORER_USERS));
    TRY(allocate(&scorer->panel, scorer->depth * PANEL));
    TRY(allocate(&scorer->block, SCORER_USERS * SCORER_ITEMS));
    TRY(allocate(&scorer->places, SCORER_ITEMS));
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
    memory_free(s->block);
    memory_free(s->places);
    memory_free(s->empty);
    memory_free(s);
    *scorer = NULL;
}

void scorer_set_user(struct scorer *scorer, int u, const float *factors, float bias)
{
    float *column = user_column(scorer, u);
    for (int c = 0; c < scorer->k; c++)
        column[c * PANEL] = factors[c];
    if (scorer->depth > scorer->k) {
        column[scorer->k * PANEL] = (float)(scorer->global_mean + bias);
        column[(scorer->k + 1) * PANEL] = 1;
    }
}

void scorer_set_row(struct scorer *scorer, int u, const struct view_side *side, int64_t i)
{
    scorer_set_user(scorer, u, side->factors + i * side->row_floats, view_bias(side, i));
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

/* The items from `first` on that scorer_best and scorer_rank take at once. */
struct block {
    int64_t first, items, padded; /* padded: to whole panels */
};

static struct block block_at(const struct scorer *scorer, int64_t first)
{
    return (struct block){.first = first,
                          .items = number_min(SCORER_ITEMS, scorer->items.rows - first),
                          .padded = number_min(SCORER_ITEMS, scorer_items_padded(scorer) - first)};
}

static float *block_scores(const struct scorer *scorer, int u)
{
    return scorer->block + (int64_t)u * SCORER_ITEMS;
}

/* Moves *at past the items of the block, and makes their scores NaN, which is above nothing. */
static void leave_out(float *scores, const struct item_list *list, int64_t *at, struct block block)
{
    for (; *at < list->count && list->item[*at] < block.first + block.items; ++*at)
        scores[list->item[*at] - block.first] = NAN;
}

/* at: [count], where each list goes on; empty_at: where that of the items without factors does, or NULL. */
static void score_items(struct scorer *scorer, struct block block, int count,
                        const struct item_list *left_out, int64_t *at, int64_t *empty_at)
{
    const struct item_list empty = {.item = scorer->empty, .count = scorer->empty_count};
    int64_t begin = empty_at != NULL ? *empty_at : 0;
    scorer->kernel->score_block(scorer->block, SCORER_ITEMS, scorer->users, count,
                                panel_of(scorer, block.first), block.padded / PANEL, scorer->depth);
    for (int u = 0; u < count; u++) {
        for (int64_t i = block.items; i < block.padded; i++)
            block_scores(scorer, u)[i] = NAN;
        if (left_out != NULL)
            leave_out(block_scores(scorer, u), &left_out[u], &at[u], block);
        if (empty_at == NULL)
            continue;
        *empty_at = begin;
        leave_out(block_scores(scorer, u), &empty, empty_at, block);
    }
}

float scorer_item_bias(const struct scorer *scorer, int64_t item)
{
    const float *column = panel_of(scorer, item) + item % PANEL;
    return scorer->depth == scorer->k ? 0 : column[(scorer->k + 1) * PANEL];
}

static bool is_empty(const struct scorer *scorer, int64_t item)
{
    const float *column = panel_of(scorer, item) + item % PANEL;
    bool empty = scorer_item_bias(scorer, item) == 0;
    for (int c = 0; c < scorer->k && empty; c++)
        empty = column[c * PANEL] == 0;
    return empty;
}

int64_t scorer_leave_out_empty(struct scorer *scorer)
{
    int64_t capacity = 0;
    for (int64_t item = 0; item < scorer->items.rows; item++)
        if (is_empty(scorer, item)) {
            if (memory_grow(&scorer->empty, &capacity, scorer->empty_count + 1, sizeof *scorer->empty) !=
                MFALS_OK)
                return -1;
            scorer->empty[scorer->empty_count++] = (uint32_t)item;
        }
    return scorer->empty_count;
}

/* A score that at least `wanted` of the block are above, and seldom more than twice as many, so that the others need
 * no place in a heap: tried in steps between the scores of a sample, halved where one goes too far. NaN for none. */
static float floor_of(const struct kernel *kernel, const float *scores, int64_t panels, int64_t wanted)
{
    enum { TRIALS = 12 };
    float low = INFINITY, high = -INFINITY;
    for (int64_t i = 0; i < panels * PANEL; i += PANEL) {
        low = scores[i] < low ? scores[i] : low;
        high = scores[i] > high ? scores[i] : high;
    }
    int64_t above = kernel->count_above(scores, panels, low);
    float floor = above < wanted ? NAN : low, step = high - low;
    for (int t = 0; t < TRIALS && above > 2 * wanted; t++) {
        int64_t left = kernel->count_above(scores, panels, floor + step);
        if (left < wanted) {
            step /= 2;
        } else {
            floor += step;
            above = left;
        }
    }
    return floor;
}

/* Items come in ascending order, so one that only equals the worst of a full heap does not enter it. */
static void add_block(struct scorer *scorer, struct top *top, const float *scores, struct block block)
{
    const struct kernel *kernel = scorer->kernel;
    int64_t panels = block.padded / PANEL;
    float floor =
        top->count == top->capacity ? top_floor(top) : floor_of(kernel, scores, panels, top->capacity);
    if (isnan(floor)) {
        for (int64_t i = 0; i < block.items; i++)
            top_add(top, block.first + i, scores[i]);
        return;
    }
    int64_t found = kernel->find_above(scorer->places, scores, panels, floor);
    for (int64_t j = 0; j < found; j++)
        top_add(top, block.first + scorer->places[j], scores[scorer->places[j]]);
}

void scorer_best(struct scorer *scorer, struct top *tops, int count, const struct item_list *left_out)
{
    int64_t at[SCORER_USERS] = {0}, empty_at = 0;
    for (int u = 0; u < count; u++)
        tops[u].count = 0;
    for (int64_t first = 0; first < scorer->items.rows; first += SCORER_ITEMS) {
        watchdog_note();
        struct block block = block_at(scorer, first);
        score_items(scorer, block, count, left_out, at, &empty_at);
        for (int u = 0; u < count; u++)
            add_block(scorer, &tops[u], block_scores(scorer, u), block);
    }
}

/* A test item's equals are what is above the next lower number, but not above its score. */
static void count_block(const struct kernel *kernel, struct ranking *ranking, const float *scores,
                        struct block block)
{
    int64_t before = 0, panels = block.padded / PANEL;
    for (int64_t r = 0; r < ranking->relevant; r = ranking_next(ranking, r)) {
        int64_t above = kernel->count_above(scores, panels, ranking->scores[r]);
        int64_t reached = kernel->count_above(scores, panels, nextafterf(ranking->scores[r], -INFINITY));
        ranking->above[r] += above - before;
        ranking->level[r] += reached - above;
        before = reached;
    }
}

void scorer_rank(struct scorer *scorer, struct ranking *rankings, int count, const struct item_list *left_out)
{
    int64_t at[SCORER_USERS] = {0};
    for (int64_t first = 0; first < scorer->items.rows; first += SCORER_ITEMS) {
        watchdog_note();
        struct block block = block_at(scorer, first);
        score_items(scorer, block, count, left_out, at, NULL);
        for (int u = 0; u < count; u++)
            count_block(scorer->kernel, &rankings[u], block_scores(scorer, u), block);
    }
    for (int u = 0; u < count; u++)
        rankings[u].others += scorer->items.rows - (left_out == NULL ? 0 : left_out[u].count);
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
        scorer->kernel->score_block(scorer->few_scores, PANEL, user_column(scorer, u), 1, scorer->panel, 1,
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
