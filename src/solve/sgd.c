#include "solve/sgd.h"

#include "base/memory.h"
#include "base/number.h"
#include "comm/partition.h"
#include "comm/redistribute.h"

#include <math.h>

struct sgd {
    int blocks;                 /* B */
    int first, end;             /* this rank's user blocks: first .. end - 1 */
    struct sgd_rating *ratings; /* owned: this rank's, by user block, item block, user, item */
    int64_t *start; /* owned: block pair (b, c) begins at start[(b - first) B + c]; one more value */
    float *steps;   /* owned: [4 x row_floats] shrink and moves of users, of items */
    double rate, last_objective;
};

/* Blocks are dealt as ratings_load deals them: rank r has blocks r B / P .. (r + 1) B / P - 1. */
static int first_block(const struct model *model, int64_t rank)
{
    return (int)(rank * model->ratings->block_count / model->comm->size);
}

static int rank_of_block(const struct model *model, int block)
{
    int low = 0, high = model->comm->size;
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        if (first_block(model, middle) <= block)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Puts each of this rank's ratings in its place, or only counts them: next[pair] is where the next of a block pair
 * goes. */
static void place_ratings(struct sgd *sgd, const struct model *model, int64_t *next, bool count_only)
{
    const struct csr *csr = &model->rated[USERS];
    const int64_t *users = model->ratings->blocks[USERS], *items = model->ratings->blocks[ITEMS];
    int block = sgd->first;
    for (int64_t i = 0; i < csr->rows; i++) {
        while (csr->first_row + i >= users[block + 1])
            block++;
        int column_block = 0;
        int64_t *row = next + (int64_t)(block - sgd->first) * sgd->blocks;
        for (int64_t j = csr->start[i]; j < csr->start[i + 1]; j++) {
            while (csr->column[j] >= items[column_block + 1])
                column_block++;
            int64_t place = row[column_block]++;
            if (!count_only)
                sgd->ratings[place] =
                    (struct sgd_rating){(uint32_t)(csr->first_row + i), csr->column[j], csr->value[j]};
        }
    }
}

static status order_ratings(struct sgd *sgd, const struct model *model)
{
    const struct csr *csr = &model->rated[USERS];
    int64_t pairs = (int64_t)(sgd->end - sgd->first) * sgd->blocks;
    scoped int64_t *next = NULL;
    TRY(allocate(&next, pairs + 1));
    TRY(allocate(&sgd->start, pairs + 1));
    TRY(allocate_raw(&sgd->ratings, csr->start[csr->rows]));
    place_ratings(sgd, model, next, true);
    displacements_of(sgd->start, next, pairs);
    memcpy(next, sgd->start, (size_t)(pairs + 1) * sizeof *next);
    place_ratings(sgd, model, next, false);
    return MFALS_OK;
}

static status open_local(struct model *model)
{
    struct sgd *sgd = model->sgd;
    sgd->blocks = model->ratings->block_count;
    sgd->first = first_block(model, model->comm->rank);
    sgd->end = first_block(model, (int64_t)model->comm->rank + 1);
    sgd->rate = model->options->learning_rate;
    sgd->last_objective = INFINITY;
    TRY(allocate(&sgd->steps, 4 * model->row_floats));
    return order_ratings(sgd, model);
}

status sgd_open(struct model *model)
{
    TRY(allocate_on_all(model->comm, &model->sgd, 1));
    return agree(model->comm, open_local(model));
}

void sgd_free(struct sgd **sgd)
{
    if (*sgd == NULL)
        return;
    memory_free((*sgd)->ratings);
    memory_free((*sgd)->start);
    memory_free((*sgd)->steps);
    memory_free(*sgd);
    *sgd = NULL;
}

/* shrink and moves of kernel.h's struct descent; `constant` is the place of a 1 that stays, or -1. */
static void find_steps(float *shrink, float *moves, int64_t row_floats, double rate_lambda, int64_t constant)
{
    for (int64_t c = 0; c < row_floats; c++) {
        shrink[c] = c == constant ? 1 : (float)(1 - rate_lambda);
        moves[c] = c == constant ? 0 : 1;
    }
}

static struct descent describe_descent(const struct model *model)
{
    struct sgd *sgd = model->sgd;
    int64_t n = model->row_floats;
    float *steps = sgd->steps;
    double rate_lambda = sgd->rate * model->options->lambda;
    find_steps(steps, steps + n, n, rate_lambda, model->biased ? n - 1 : -1);
    find_steps(steps + 2 * n, steps + 3 * n, n, rate_lambda, model->biased ? model->padding - 1 : -1);
    return (struct descent){.users = model->side[USERS].rows.data,
                            .items = model->side[ITEMS].rows.data,
                            .row_floats = n,
                            .mean = (float)model->mean,
                            .rate = (float)sgd->rate,
                            .user_shrink = steps,
                            .user_moves = steps + n,
                            .item_shrink = steps + 2 * n,
                            .item_moves = steps + 3 * n};
}

/* [local] The rank's block pairs of a stratum, of user blocks low .. high - 1 alone. */
static void descend_stratum(const struct model *model, const struct descent *descent, int stratum, int low,
                            int high)
{
    const struct sgd *sgd = model->sgd;
    int first = sgd->first > low ? sgd->first : low, end = sgd->end < high ? sgd->end : high;
    for (int b = first; b < end; b++) {
        const int64_t *start =
            sgd->start + (int64_t)(b - sgd->first) * sgd->blocks + (b + stratum) % sgd->blocks;
        model->kernel->descend(descent, sgd->ratings + start[0], start[1] - start[0]);
    }
}

/* [collective] After stratum s the item block of this rank's first user block goes on to the rank of the user block
 * before it, and that of the user block behind the last one comes. Ranks of a group share the window. */
static void pass_items_on(struct model *model, int stratum)
{
    const struct sgd *sgd = model->sgd;
    struct shared_rows *items = &model->side[ITEMS].rows;
    int blocks = sgd->blocks;
    if (sgd->first < sgd->end) {
        int gone = (sgd->first + stratum) % blocks, come = (sgd->end + stratum) % blocks;
        int to = rank_of_block(model, (sgd->first - 1 + blocks) % blocks),
            from = rank_of_block(model, sgd->end % blocks);
        replica_pass_rows(model->replica, items, model->ratings->blocks[ITEMS], gone, to, come, from);
    }
    replica_barrier(model->replica, items);
}

/* [local] Steps that are too long make factors grow without bound. */
static status check_finite(const struct model *model)
{
    for (int side = USERS; side <= ITEMS; side++) {
        const float *x = model_own_rows(model, side);
        for (int64_t i = 0; i < model_own_count(model, side); i++) {
            float check = 0;
            for (int64_t c = 0; c < model->row_floats; c++)
                check += x[i * model->row_floats + c] * 0;
            if (check == 0)
                continue;
            char id[ID_MAX_BYTES + 1];
            ids_text(&model->ratings->ids[side], i, id);
            return fail(MFALS_BAD_DATA,
                        "%s %s: its factors are not finite after epoch %d; lower --learning-rate",
                        side == USERS ? "user" : "item", id, model->iteration + 1);
        }
    }
    return MFALS_OK;
}

/* [collective] Once round all strata, for user blocks low .. high - 1. */
static void run_strata(struct model *model, const struct descent *descent, struct phases *phases, int low,
                       int high)
{
    for (int stratum = 0; stratum < model->sgd->blocks; stratum++) {
        phase_begin(phases, PHASE_SOLVE);
        descend_stratum(model, descent, stratum, low, high);
        phase_end(phases, PHASE_SOLVE);
        phase_begin(phases, PHASE_EXCHANGE);
        pass_items_on(model, stratum);
        phase_end(phases, PHASE_EXCHANGE);
    }
}

/* Factors near 0 first have to agree on a direction. Were all blocks to start side by side, each pair would find its
 * own, and epochs would pass until they were reconciled; so in the first epoch one user block leads the way. */
status sgd_epoch(struct model *model, struct phases *phases)
{
    struct factors *items = &model->side[ITEMS];
    struct descent descent = describe_descent(model);
    int leaders = model->iteration == 0 ? 1 : 0;
    if (leaders > 0)
        run_strata(model, &descent, phases, 0, leaders);
    run_strata(model, &descent, phases, leaders, model->sgd->blocks);
    phase_begin(phases, PHASE_EXCHANGE);
    exchange_rows(items->exchange); /* every block is home again */
    phase_end(phases, PHASE_EXCHANGE);
    return agree(model->comm, check_finite(model));
}

/* Constant; eta / (1 + t / 10) after t epochs; or "bold driver": 5% more after an epoch that improved the objective,
 * half after one that did not. */
void sgd_schedule(struct model *model, double objective)
{
    struct sgd *sgd = model->sgd;
    if (model->options->schedule == SCHEDULE_INVERSE)
        sgd->rate = model->options->learning_rate / (1 + 0.1 * model->iteration);
    if (model->options->schedule == SCHEDULE_BOLD)
        sgd->rate *= objective < sgd->last_objective ? 1.05 : 0.5;
    sgd->last_objective = objective;
}

void sgd_state(double *rate, double *last_objective, const struct sgd *sgd)
{
    *rate = sgd->rate;
    *last_objective = sgd->last_objective;
}

void sgd_resume(struct sgd *sgd, double rate, double last_objective)
{
    sgd->rate = rate;
    sgd->last_objective = last_objective;
}
