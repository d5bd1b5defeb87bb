#include "solve/model.h"

#include "base/memory.h"
#include "base/number.h"
#include "comm/exact_sum.h"
#include "comm/partition.h"
#include "solve/blas.h"
#include "solve/draw.h"
#include "solve/gram.h"
#include "solve/row_workspace.h"
#include "solve/sgd.h"
#include "solve/work_split.h"

#include <math.h>
#include <string.h>

int model_bias_place(const struct model *model, enum side side)
{
    if (!model->biased)
        return -1;
    bool last = side == ITEMS && model->options->algorithm == ALGORITHM_SGD;
    return last ? (int)model->row_floats - 1 : model->padding - 1;
}

float *model_own_rows(const struct model *model, enum side side)
{
    const struct factors *factors = &model->side[side];
    return factors->rows.data + factors->offsets[model->comm->rank] * model->row_floats;
}

int64_t model_own_count(const struct model *model, enum side side)
{
    const int64_t *offsets = model->side[side].offsets;
    return offsets[model->comm->rank + 1] - offsets[model->comm->rank];
}

int64_t model_own_tiles(const struct model *model, enum side side)
{
    return number_divide_up(model_own_count(model, side), TILE_ROWS);
}

const float *model_rows(const struct model *model, enum side side, int64_t *row_floats)
{
    *row_floats = model->row_floats;
    return model_own_rows(model, side) + model->first;
}

const float *model_bias(const struct model *model, enum side side, int64_t *step)
{
    *step = model->row_floats;
    int place = model_bias_place(model, side);
    return place < 0 ? NULL : model_own_rows(model, side) + place;
}

double model_global_mean(const struct model *model)
{
    return model->mean;
}

const int64_t *model_counts(const struct model *model, enum side side)
{
    return model->side[side].counts;
}

const char *model_kernel(const struct model *model)
{
    return model->kernel->name;
}

/* Conjugate gradients: 4 n k a step and for the first residual. */
double solve_row_flops(int64_t row_ratings, const struct solve_options *options)
{
    int k = options->factors, steps = solve_options_steps(options);
    double n = (double)row_ratings;
    return row_is_exact(row_ratings, k, steps) ? row_flops(n, k) : 4 * n * k * (steps + 1);
}

static bool wants_grid(const struct solve_options *options)
{
    return options->algorithm == ALGORITHM_IALS && options->axes == AXES_SCALAPACK;
}

const char *model_eigen_grid(const struct model *model)
{
    static const char *const grids[] = {[1] = "1x1", [2] = "2x2", [4] = "4x4"};
    if (!wants_grid(model->options))
        return "";
    return grids[model->eigenbasis.grid == NULL ? 1 : scalapack_eigen_side(model->k)];
}

static int64_t longest_row(const struct csr *csr)
{
    int64_t longest = 0;
    for (int64_t i = 0; i < csr->rows; i++)
        longest = number_max(longest, csr->start[i + 1] - csr->start[i]);
    return longest;
}

static status open_eigenbasis(struct model *model)
{
    int64_t n = model->row_floats, k = model->k;
    TRY(allocate(&model->eigenbasis.vectors, k * (k + 1)));
    TRY(allocate(&model->eigenbasis.back, k * k));
    TRY(allocate(&model->eigenbasis.rotation, n * n));
    if (model->comm->rank == 0) {
        TRY(allocate(&model->eigenbasis.work, 1 + 6 * k + 2 * k * k));
        TRY(allocate(&model->eigenbasis.integer_work, 3 + 5 * k));
    }
    TRY(allocate(&model->side[USERS].gram, k * k));
    TRY(allocate(&model->side[ITEMS].gram, k * k));
    TRY(allocate(&model->scratch.gram, n * n));
    TRY(allocate(&model->scratch.packed, k * (k + 1) / 2));
    TRY(allocate(&model->scratch.largest, n));
    return allocate(&model->scratch.units, n);
}

int64_t model_eigenbasis_bytes(int64_t k, int64_t row_floats)
{
    int64_t n = row_floats, in_doubles = sizeof(double), in_floats = sizeof(float);
    int64_t bases = k * (k + 1) + k * k, lapack = 1 + 6 * k + 2 * k * k,
            grams = 2 * k * k + n * n + k * (k + 1) / 2 + n;
    return in_doubles * (bases + lapack + grams) + in_floats * (n * n + n);
}

static status open_scratch(struct model *model)
{
    int64_t n = model->row_floats;
    int64_t tiles = number_max(model_own_tiles(model, USERS), model_own_tiles(model, ITEMS));
    TRY(row_workspace_open(&model->row_workspace, (int)(n - model->padding)));
    if (model->options->nonnegative)
        TRY(row_workspace_open_nonnegative(model->row_workspace));
    if (model->options->nonnegative && model->options->algorithm == ALGORITHM_IALS)
        TRY(allocate(&model->weighted_gram, (int64_t)model->k * model->k));
    TRY(allocate(&model->eigenbasis.eigenvalues, n));
    for (int c = model->padding; c < model->first; c++)
        model->eigenbasis.eigenvalues[c] = 1; /* a column of zeros: any ridge keeps it so */
    TRY(allocate(&model->scratch.partials, tiles * STAT_SUMS));
    TRY(allocate(&model->scratch.scores,
                 number_max(longest_row(&model->rated[USERS]), longest_row(&model->rated[ITEMS]))));
    TRY(allocate(&model->scratch.row, n));
    return model->options->algorithm == ALGORITHM_IALS ? open_eigenbasis(model) : MFALS_OK;
}

/* [collective] The mean of all ratings by their weights, rounded as the kernels have it. */
static status find_mean(struct model *model)
{
    const struct csr *csr = &model->rated[ITEMS];
    const int sums = model->ratings->weighed ? 2 : 1; /* of ratings, of weights */
    double *partials = model->scratch.partials, total[2] = {0, (double)model->ratings->count};
    for (int64_t i = 0; i < csr->rows; i++)
        for (int64_t j = csr->start[i]; j < csr->start[i + 1]; j++) {
            double *sum = partials + i / TILE_ROWS * sums, weight = sums > 1 ? (double)csr->weight[j] : 1;
            sum[0] += weight * (double)csr->value[j];
            if (sums > 1)
                sum[1] += weight;
        }
    TRY(exact_sum_tiles(model->comm, total, sums, partials, model_own_tiles(model, ITEMS),
                        model->ratings->rows[ITEMS] / TILE_ROWS + 1));
    model->mean = total[0] / total[1];
    model->weighting.mean = (float)model->mean;
    model->mean = (double)model->weighting.mean;
    return MFALS_OK;
}

static status open_windows(struct model *model)
{
    const int64_t *rows = model->ratings->rows;
    TRY(replica_open(&model->replica, model->comm, model->options->replica));
    TRY(replica_reserve(model->replica, shared_rows_bytes(rows[USERS], model->row_floats) +
                                            shared_rows_bytes(rows[ITEMS], model->row_floats)));
    for (int side = USERS; side <= ITEMS; side++) {
        TRY(shared_rows_open(&model->side[side].rows, model->replica, rows[side], model->row_floats));
    }
    return MFALS_OK;
}

/* [collective] Of the sides that have ratings by row. */
static status open_work_splits(struct model *model)
{
    for (int side = USERS; side <= ITEMS; side++)
        if (model->rated[side].start != NULL)
            TRY(work_split_open(&model->work_split[side], model, side));
    return MFALS_OK;
}

static void note_columns(uint64_t *needed, const struct csr *csr)
{
    if (csr->start == NULL)
        return;
    for (int64_t j = csr->start[0]; j < csr->start[csr->rows]; j++)
        needed[csr->column[j] / TILE_ROWS] |= (uint64_t)1 << csr->column[j] % TILE_ROWS;
}

/* [collective] A rank reads the rows that its own rows of the other side, and those migrated to it, have ratings of. */
static status open_exchange(struct model *model, enum side side)
{
    enum side other = side == USERS ? ITEMS : USERS;
    scoped uint64_t *needed = NULL;
    scoped int64_t *overlapped = NULL;
    status mine = allocate(&needed, number_divide_up(model->ratings->rows[side], TILE_ROWS));
    if (mine == MFALS_OK)
        mine = allocate(&overlapped, 2 * (int64_t)model->comm->size);
    TRY(agree(model->comm, mine));
    note_columns(needed, &model->rated[other]);
    if (model->work_split[other] != NULL)
        for (int i = 0; i < 2; i++)
            note_columns(needed, &model->work_split[other]->migrated[i]);
    if (model->work_split[side] != NULL)
        work_split_overlapped(overlapped, model->work_split[side], model->side[side].offsets,
                              model->comm->size);
    return exchange_open(&model->side[side].exchange, model->replica, &model->side[side].rows,
                         model->side[side].offsets, model->work_split[side] == NULL ? NULL : overlapped,
                         needed);
}

static status open_exchanges(struct model *model)
{
    TRY(open_exchange(model, USERS));
    TRY(open_exchange(model, ITEMS));
    exchange_rows(model->side[ITEMS].exchange);
    return MFALS_OK;
}

static status open_rated(struct model *model)
{
    for (int side = USERS; side <= ITEMS; side++) {
        struct csr *rated = &model->rated[side];
        *rated = model->ratings->by[side];
        TRY(weighting_values(&model->scaled[side], rated, model->options));
        if (model->scaled[side] == NULL)
            continue;
        rated->value = model->scaled[side];
        rated->weight = NULL;
    }
    return MFALS_OK;
}

static status open_counts(struct model *model, enum side side)
{
    const struct csr *csr = &model->rated[side];
    TRY(allocate(&model->side[side].counts, model_own_count(model, side)));
    if (model->options->row_exponent[side] != 0)
        TRY(allocate(&model->side[side].plain_gram, (int64_t)model->k * model->k));
    for (int64_t i = 0; csr->start != NULL && i < csr->rows; i++)
        model->side[side].counts[i] = csr->start[i + 1] - csr->start[i];
    return MFALS_OK;
}

/* [collective] Of the rows in unobserved cells. */
static status open_weights(struct model *model)
{
    if (!solve_options_weighs_rows(model->options))
        return MFALS_OK;
    status mine = allocate(&model->scratch.tile, TILE_ROWS * model->row_floats);
    for (int side = USERS; side <= ITEMS && mine == MFALS_OK; side++)
        mine = open_counts(model, side);
    TRY(agree(model->comm, mine));
    for (int side = USERS; side <= ITEMS; side++)
        TRY(row_weights_find(&model->side[side].weights, model->comm, model->side[side].counts,
                             model_own_count(model, side), model->ratings->rows[side],
                             model->options->row_exponent[side]));
    return MFALS_OK;
}

static status open_parts(struct model *model)
{
    const struct comm *comm = model->comm;
    const struct solve_options *options = model->options;
    TRY(agree(comm, kernel_choose(&model->kernel, options->kernel)));
    if (solve_options_rotates(options))
        TRY(agree(comm, blas_open()));
    TRY(agree(comm, open_rated(model)));
    TRY(agree(comm, open_scratch(model)));
    TRY(open_weights(model));
    TRY(open_windows(model));
    draw_factors(model);
    if (wants_grid(options))
        TRY(scalapack_eigen_open(&model->eigenbasis.grid, comm, model->k, scalapack_eigen_side(model->k)));
    if (options->algorithm != ALGORITHM_IALS && model->ratings->count > 0 &&
        (options->algorithm == ALGORITHM_ALS || options->biases))
        TRY(find_mean(model));
    if (options->algorithm != ALGORITHM_SGD)
        TRY(open_work_splits(model));
    TRY(open_exchanges(model));
    if (options->algorithm == ALGORITHM_SGD)
        return sgd_open(model);
    return options->algorithm == ALGORITHM_IALS ? gram(model, ITEMS) : MFALS_OK;
}

static double unobserved_weight(const struct ratings *ratings, const struct solve_options *options)
{
    double cells = (double)ratings->rows[USERS] * (double)ratings->rows[ITEMS];
    if (options->weights == WEIGHTS_HU)
        return 1;
    return options->unobserved_ratio > 0 ? options->unobserved_ratio * (double)ratings->count / cells
                                         : options->unobserved_weight;
}

status model_open(struct model **model, const struct comm *comm, const struct ratings *ratings,
                  const struct solve_options *options)
{
    TRY(allocate_on_all(comm, model, 1));
    bool biased = options->biases && options->algorithm != ALGORITHM_IALS;
    int64_t numbers = options->factors + (biased ? 2 : 0); /* a bias, and a 1 for that of the other side */
    int64_t row_floats = number_divide_up(numbers, 16) * 16;
    **model = (struct model){
        .comm = comm,
        .ratings = ratings,
        .options = options,
        .side = {{.offsets = ratings->offsets[USERS], .weights = ROW_WEIGHTS_ALIKE},
                 {.offsets = ratings->offsets[ITEMS], .weights = ROW_WEIGHTS_ALIKE}},
        .weighting = weighting_of(options, ratings->weighed),
        .unobserved_weight = unobserved_weight(ratings, options),
        .biased = biased,
        .precise =
            options->nonnegative, /* such Gram matrices have one large eigenvalue, and stay as they are */
        .k = options->factors,
        .first = (int)(row_floats - options->factors) - biased,
        .row_floats = row_floats};
    (*model)->padding =
        (*model)->first < 16 ? (*model)->first : 15; /* the kernels leave out a part of one panel */
    status opened = open_parts(*model);
    if (opened != MFALS_OK)
        model_free(model);
    return opened;
}

static status keep_rows(struct model *model)
{
    for (int side = USERS; side <= ITEMS; side++) {
        float **kept = &model->side[side].kept;
        int64_t floats = model_own_count(model, side) * model->row_floats;
        if (*kept == NULL)
            TRY(allocate_raw(kept, floats));
        memcpy(*kept, model_own_rows(model, side), (size_t)floats * sizeof **kept);
    }
    return MFALS_OK;
}

status model_keep(struct model *model)
{
    return agree(model->comm, keep_rows(model));
}

void model_restore(struct model *model)
{
    for (int side = USERS; side <= ITEMS; side++)
        if (model->side[side].kept != NULL)
            memcpy(model_own_rows(model, side), model->side[side].kept,
                   (size_t)(model_own_count(model, side) * model->row_floats) * sizeof(float));
}

void model_free(struct model **model)
{
    struct model *m = *model;
    if (m == NULL)
        return;
    for (int side = USERS; side <= ITEMS; side++) {
        exchange_free(&m->side[side].exchange);
        shared_rows_close(&m->side[side].rows);
        memory_free(m->side[side].gram);
        memory_free(m->side[side].plain_gram);
        memory_free(m->side[side].counts);
        memory_free(m->side[side].kept);
        memory_free(m->scaled[side]);
        work_split_free(&m->work_split[side]);
    }
    scalapack_eigen_free(&m->eigenbasis.grid);
    sgd_free(&m->sgd);
    replica_free(&m->replica);
    row_workspace_free(&m->row_workspace);
    void *blocks[] = {m->eigenbasis.back,     m->eigenbasis.eigenvalues, m->eigenbasis.vectors,
                      m->eigenbasis.rotation, m->eigenbasis.work,        m->eigenbasis.integer_work,
                      m->scratch.gram,        m->scratch.packed,         m->scratch.largest,
                      m->scratch.units,       m->scratch.partials,       m->scratch.scores,
                      m->scratch.row,         m->scratch.tile,           m->weighted_gram};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        memory_free(blocks[i]);
    memory_free(m);
    *model = NULL;
}
