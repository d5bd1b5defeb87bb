#include "solve/work_split.h"

#include "base/memory.h"
#include "base/number.h"
#include "comm/redistribute.h"
#include "ratings/csr.h"
#include "solve/row_cost.h"
#include "solve/row_workspace.h"

/* A row of fewer ratings is not worth the messages of its parts. */
enum { LONG_ROW = 4 * BLOCK_ROWS };

static int64_t block_count(const struct part *part)
{
    return number_divide_up(part->count, BLOCK_ROWS);
}

/* Only primal rows that are solved exactly are sums over blocks. */
static struct grain grain_of(const struct model *model)
{
    int k = (int)model->row_floats - model->padding;
    bool exact =
        row_is_exact(INT64_MAX, k, solve_options_steps(model->options)) && !model->options->nonnegative;
    return (struct grain){exact ? number_max(LONG_ROW, k + 1) : INT64_MAX, BLOCK_ROWS};
}

/* [collective] */
static status cut(struct work_split *split, struct model *model, enum side side)
{
    const struct csr *csr = &model->rated[side];
    struct grain grain = grain_of(model);
    scoped int64_t *costs = NULL, *lengths = NULL;
    status mine = allocate(&costs, csr->rows);
    if (mine == MFALS_OK)
        mine = allocate(&lengths, csr->rows);
    TRY(agree(model->comm, mine));
    for (int64_t i = 0; i < csr->rows; i++) {
        lengths[i] = csr->start[i + 1] - csr->start[i];
        costs[i] = solve_row_cost(lengths[i], model->options);
    }
    partition_share(model->comm, split->cuts, model->comm->size, model->side[side].offsets, costs, lengths,
                    &grain);
    return MFALS_OK;
}

/* The whole rows and the parts of this rank's range. */
static void find_range(struct work_split *split, int rank)
{
    const struct split_point *from = &split->cuts[rank], *to = from + 1;
    split->first = from->row + (from->rating > 0);
    split->end = to->row;
    if (from->rating > 0)
        split->parts[0] = work_split_part(split->cuts, rank, from->row, from->length);
    if (to->rating > 0 && (to->row > from->row || from->rating == 0))
        split->parts[1] = work_split_part(split->cuts, rank, to->row, to->length);
}

/* Own ratings that migrate, by row, with their weights if they have any; pairs, owner may be NULL to count them. */
static int64_t list_migrated(struct pair *pairs, float *weights, int *owner, const struct work_split *split,
                             const struct model *model, enum side side)
{
    const struct csr *csr = &model->rated[side];
    int64_t count = 0;
    for (int r = 0; r < model->comm->size; r++) {
        int64_t first = number_max(csr->first_row, split->cuts[r].row);
        int64_t end = number_min(csr->first_row + csr->rows, split->cuts[r + 1].row + 1);
        for (int64_t row = first; r != model->comm->rank && row < end; row++) {
            int64_t start = csr->start[row - csr->first_row];
            struct part part =
                work_split_part(split->cuts, r, row, csr->start[row - csr->first_row + 1] - start);
            for (int64_t j = start + part.first; pairs != NULL && j < start + part.first + part.count; j++) {
                struct pair *pair = &pairs[count + j - start - part.first];
                pair->row[side] = (uint32_t)row;
                pair->row[!side] = csr->column[j];
                pair->value = csr->value[j];
                if (csr->weight != NULL)
                    weights[count + j - start - part.first] = csr->weight[j];
                owner[count + j - start - part.first] = r;
            }
            count += part.count;
        }
    }
    return count;
}

/* What came, by rows: those before the rank's own and those behind. */
static status receive_migrated(struct work_split *split, const struct received *got, const float *weights,
                               const struct csr *own, enum side side, const struct split_point *from)
{
    struct pair *pairs = got->records;
    int64_t own_end = own->first_row + own->rows, end = from[1].row + (from[1].rating > 0), behind_at = 0;
    while (behind_at < got->count && pairs[behind_at].row[side] < own->first_row)
        behind_at++;
    int64_t before = number_max(0, number_min(end, own->first_row) - from->row);
    int64_t behind = number_max(from->row, own_end);
    TRY(csr_build_weighed(&split->migrated[0], side, from->row, before, pairs, weights, behind_at));
    return csr_build_weighed(&split->migrated[1], side, behind, number_max(0, end - behind),
                             pairs + behind_at, weights == NULL ? NULL : weights + behind_at,
                             got->count - behind_at);
}

/* [collective] */
static status migrate(struct work_split *split, const struct model *model, enum side side)
{
    const struct csr *own = &model->rated[side];
    scoped struct pair *pairs = NULL;
    scoped float *weights = NULL;
    scoped int *owner = NULL;
    scoped_received got = {0}, got_weights = {0};
    int64_t count = list_migrated(NULL, NULL, NULL, split, model, side);
    status mine = allocate_raw(&pairs, count);
    if (mine == MFALS_OK && own->weight != NULL)
        mine = allocate_raw(&weights, count);
    if (mine == MFALS_OK)
        mine = allocate_raw(&owner, count);
    TRY(agree(model->comm, mine));
    list_migrated(pairs, weights, owner, split, model, side);
    TRY(redistribute(model->comm, &got, pairs, count, sizeof *pairs, owner));
    if (own->weight != NULL) /* or on no rank */
        TRY(redistribute(model->comm, &got_weights, weights, count, sizeof *weights, owner));
    return agree(model->comm, receive_migrated(split, &got, got_weights.records, own, side,
                                               &split->cuts[model->comm->rank]));
}

static status open_messages(struct work_split *split, const struct model *model)
{
    int64_t floats = row_workspace_block_floats(model->row_workspace);
    int64_t blocks = block_count(&split->parts[0]) + block_count(&split->parts[1]);
    TRY(allocate(&split->requests, 2 * (int64_t)model->comm->size + blocks));
    TRY(allocate_raw(&split->blocks, blocks * floats));
    return allocate_raw(&split->received, floats);
}

static status open(struct work_split *split, struct model *model, enum side side)
{
    TRY(agree(model->comm, allocate(&split->cuts, model->comm->size + 1)));
    TRY(cut(split, model, side));
    find_range(split, model->comm->rank);
    TRY(migrate(split, model, side));
    return agree(model->comm, open_messages(split, model));
}

status work_split_open(struct work_split **split, struct model *model, enum side side)
{
    TRY(allocate_on_all(model->comm, split, 1));
    status opened = open(*split, model, side);
    if (opened != MFALS_OK)
        work_split_free(split);
    return opened;
}

void work_split_overlapped(int64_t *overlapped, const struct work_split *split, const int64_t *offsets,
                           int ranks)
{
    for (int r = 0; r < ranks; r++) {
        const struct split_point *cut = &split->cuts[r];
        overlapped[2 * r] = number_max(offsets[r], cut->row + (cut->rating > 0));
        overlapped[2 * r + 1] = number_min(offsets[r + 1], cut[1].row);
    }
}

void work_split_free(struct work_split **split)
{
    struct work_split *old = *split;
    if (old == NULL)
        return;
    csr_free(&old->migrated[0]);
    csr_free(&old->migrated[1]);
    memory_free(old->cuts);
    memory_free(old->blocks);
    memory_free(old->received);
    memory_free(old->requests);
    memory_free(old);
    *split = NULL;
}

static bool holds(const struct csr *csr, int64_t row)
{
    return csr->first_row <= row && row < csr->first_row + csr->rows;
}

void work_split_row(struct row *row, const struct model *model, enum side side, int64_t row_number)
{
    const struct work_split *split = model->work_split[side];
    const struct csr *csr = &model->rated[side];
    if (!holds(csr, row_number))
        csr = &split->migrated[row_number >= csr->first_row];
    int64_t first = csr->start[row_number - csr->first_row];
    row->column = csr->column + first;
    row->value = csr->value + first;
    row->weight = csr->weight == NULL ? NULL : csr->weight + first;
    row->count = csr->start[row_number - csr->first_row + 1] - first;
    row->following = csr->start[csr->rows] - first - row->count;
}
