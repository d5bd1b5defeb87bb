#include "solve/shares.h"

#include "base/memory.h"
#include "base/number.h"
#include "comm/redistribute.h"
#include "ratings/csr.h"
#include "solve/row_work.h"

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
static status cut(struct shares *shares, struct model *model, enum side side)
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
    partition_share(model->comm, shares->cuts, model->comm->size, model->side[side].offsets, costs, lengths,
                    &grain);
    return MFALS_OK;
}

/* The whole rows and the parts of this rank's share. */
static void find_share(struct shares *shares, int rank)
{
    const struct cut *from = &shares->cuts[rank], *to = from + 1;
    shares->first = from->row + (from->rating > 0);
    shares->end = to->row;
    if (from->rating > 0)
        shares->parts[0] = shares_part(shares->cuts, rank, from->row, from->length);
    if (to->rating > 0 && (to->row > from->row || from->rating == 0))
        shares->parts[1] = shares_part(shares->cuts, rank, to->row, to->length);
}

/* Own ratings that are lent, by row; pairs, owner may be NULL to count them. */
static int64_t list_lent(struct pair *pairs, int *owner, const struct shares *shares,
                         const struct model *model, enum side side)
{
    const struct csr *csr = &model->rated[side];
    int64_t count = 0;
    for (int r = 0; r < model->comm->size; r++) {
        int64_t first = number_max(csr->first_row, shares->cuts[r].row);
        int64_t end = number_min(csr->first_row + csr->rows, shares->cuts[r + 1].row + 1);
        for (int64_t row = first; r != model->comm->rank && row < end; row++) {
            int64_t start = csr->start[row - csr->first_row];
            struct part part =
                shares_part(shares->cuts, r, row, csr->start[row - csr->first_row + 1] - start);
            for (int64_t j = start + part.first; pairs != NULL && j < start + part.first + part.count; j++) {
                struct pair *pair = &pairs[count + j - start - part.first];
                pair->row[side] = (uint32_t)row;
                pair->row[!side] = csr->column[j];
                pair->value = csr->value[j];
                owner[count + j - start - part.first] = r;
            }
            count += part.count;
        }
    }
    return count;
}

/* What came, by rows: those before the rank's own and those behind. */
static status take_lent(struct shares *shares, const struct received *got, const struct csr *own,
                        enum side side, const struct cut *from)
{
    struct pair *pairs = got->records;
    int64_t own_end = own->first_row + own->rows, end = from[1].row + (from[1].rating > 0), split = 0;
    while (split < got->count && pairs[split].row[side] < own->first_row)
        split++;
    int64_t before = number_max(0, number_min(end, own->first_row) - from->row);
    int64_t behind = number_max(from->row, own_end);
    TRY(csr_build(&shares->lent[0], side, from->row, before, pairs, split));
    return csr_build(&shares->lent[1], side, behind, number_max(0, end - behind), pairs + split,
                     got->count - split);
}

/* [collective] */
static status lend(struct shares *shares, const struct model *model, enum side side)
{
    scoped struct pair *pairs = NULL;
    scoped int *owner = NULL;
    scoped_received got = {0};
    int64_t count = list_lent(NULL, NULL, shares, model, side);
    status mine = allocate_raw(&pairs, count);
    if (mine == MFALS_OK)
        mine = allocate_raw(&owner, count);
    TRY(agree(model->comm, mine));
    list_lent(pairs, owner, shares, model, side);
    TRY(redistribute(model->comm, &got, pairs, count, sizeof *pairs, owner));
    return agree(model->comm,
                 take_lent(shares, &got, &model->rated[side], side, &shares->cuts[model->comm->rank]));
}

static status open_messages(struct shares *shares, const struct model *model)
{
    int64_t floats = row_work_block_floats(model->row_work);
    int64_t blocks = block_count(&shares->parts[0]) + block_count(&shares->parts[1]);
    TRY(allocate(&shares->requests, 2 * (int64_t)model->comm->size + blocks));
    TRY(allocate_raw(&shares->blocks, blocks * floats));
    return allocate_raw(&shares->received, floats);
}

static status open(struct shares *shares, struct model *model, enum side side)
{
    TRY(agree(model->comm, allocate(&shares->cuts, model->comm->size + 1)));
    TRY(cut(shares, model, side));
    find_share(shares, model->comm->rank);
    TRY(lend(shares, model, side));
    return agree(model->comm, open_messages(shares, model));
}

status shares_open(struct shares **shares, struct model *model, enum side side)
{
    TRY(allocate_on_all(model->comm, shares, 1));
    status opened = open(*shares, model, side);
    if (opened != MFALS_OK)
        shares_free(shares);
    return opened;
}

void shares_overlapped(int64_t *overlapped, const struct shares *shares, const int64_t *offsets, int ranks)
{
    for (int r = 0; r < ranks; r++) {
        const struct cut *cut = &shares->cuts[r];
        overlapped[2 * r] = number_max(offsets[r], cut->row + (cut->rating > 0));
        overlapped[2 * r + 1] = number_min(offsets[r + 1], cut[1].row);
    }
}

void shares_free(struct shares **shares)
{
    struct shares *old = *shares;
    if (old == NULL)
        return;
    csr_free(&old->lent[0]);
    csr_free(&old->lent[1]);
    memory_free(old->cuts);
    memory_free(old->blocks);
    memory_free(old->received);
    memory_free(old->requests);
    memory_free(old);
    *shares = NULL;
}

static bool holds(const struct csr *csr, int64_t row)
{
    return csr->first_row <= row && row < csr->first_row + csr->rows;
}

void shares_row(struct row *row, const struct model *model, enum side side, int64_t row_number)
{
    const struct shares *shares = model->shares[side];
    const struct csr *csr = &model->rated[side];
    if (!holds(csr, row_number))
        csr = &shares->lent[row_number >= csr->first_row];
    int64_t first = csr->start[row_number - csr->first_row];
    row->column = csr->column + first;
    row->value = csr->value + first;
    row->count = csr->start[row_number - csr->first_row + 1] - first;
    row->following = csr->start[csr->rows] - first - row->count;
}
