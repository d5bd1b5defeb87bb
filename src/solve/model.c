#include "solve/model.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/random.h"
#include "comm/partition.h"
#include "solve/row_work.h"

#include <math.h>

/* OpenBLAS: sums of several threads would be ordered by the number of threads. */
extern void openblas_set_num_threads(int threads);

double model_row_lambda(const struct model *model, enum side side, int64_t row_ratings)
{
    double nu = model->options->reg_exponent, n = (double)model->ratings->rows[side == USERS ? ITEMS : USERS];
    if (nu == 0)
        return model->options->lambda;
    return model->options->lambda * pow((double)row_ratings + model->unobserved_weight * n, nu);
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
    return model_own_rows(model, side) + model->padding;
}

const char *model_kernel(const struct model *model)
{
    return model->kernel->name;
}

/* Primal: n k^2 + k^3 / 3; dual: n^2 k + n^3 / 3; and what every row and rating costs besides. */
int64_t solve_row_cost(int64_t row_ratings, const void *context)
{
    const struct solve_options *options = context;
    int64_t k = options->factors, n = row_ratings;
    int64_t small = row_is_dual(n, options->factors) ? n : k;
    return n == 0 ? k : n * small * k + small * small * small / 3 + 64 * k + 16 * n * k;
}

static void draw_row(struct model *model, enum side side, int64_t row, float *x)
{
    const struct solve_options *options = model->options;
    enum random_purpose purpose = side == USERS ? RANDOM_USER_FACTORS : RANDOM_ITEM_FACTORS;
    bool normal = options->has_init ? options->init == INIT_NORMAL : options->has_unobserved_weight;
    double scale = options->has_init ? options->init_scale : normal ? 0.1 / sqrt(model->k) : 0.01;
    for (int c = 0; c < model->k; c++) {
        double drawn = normal ? random_normal(options->seed, purpose, row, c)
                              : random_uniform(options->seed, purpose, row, c);
        x[model->padding + c] = (float)(scale * drawn);
    }
}

static void draw_factors(struct model *model)
{
    for (int side = USERS; side <= ITEMS; side++)
        for (int64_t i = 0; i < model_own_count(model, side); i++)
            draw_row(model, side, model->side[side].offsets[model->comm->rank] + i,
                     model_own_rows(model, side) + i * model->row_floats);
}

static int64_t longest_row(const struct csr *csr)
{
    int64_t longest = 0;
    for (int64_t i = 0; i < csr->rows; i++)
        longest = number_max(longest, csr->start[i + 1] - csr->start[i]);
    return longest;
}

static status open_scratch(struct model *model)
{
    int64_t n = model->row_floats, k = model->k;
    int64_t tiles = number_max(model_own_tiles(model, USERS), model_own_tiles(model, ITEMS));
    TRY(row_work_open(&model->row_work, model->k));
    TRY(allocate(&model->side[USERS].gram, k * k));
    TRY(allocate(&model->side[ITEMS].gram, k * k));
    TRY(allocate(&model->axes.eigenvalues, n));
    TRY(allocate(&model->axes.vectors, k * (k + 1)));
    TRY(allocate(&model->axes.rotation, n * n));
    if (model->comm->rank == 0) {
        TRY(allocate(&model->axes.work, 1 + 6 * k + 2 * k * k));
        TRY(allocate(&model->axes.integer_work, 3 + 5 * k));
    }
    TRY(allocate(&model->scratch.gram, n * n));
    TRY(allocate(&model->scratch.packed, k * (k + 1) / 2));
    TRY(allocate(&model->scratch.largest, n));
    TRY(allocate(&model->scratch.units, n));
    TRY(allocate(&model->scratch.partials, tiles * FIGURE_SUMS));
    return allocate(&model->scratch.scores, longest_row(&model->ratings->by[ITEMS]));
}

static status open_parts(struct model *model)
{
    const struct comm *comm = model->comm;
    const int64_t *rows = model->ratings->rows;
    openblas_set_num_threads(1);
    TRY(agree(comm, kernel_choose(&model->kernel, model->options->kernel)));
    TRY(agree(comm, open_scratch(model)));
    TRY(replica_open(&model->replica, comm, model->options->replica));
    TRY(replica_reserve(model->replica, shared_rows_bytes(rows[USERS], model->row_floats) +
                                            shared_rows_bytes(rows[ITEMS], model->row_floats)));
    for (int side = USERS; side <= ITEMS; side++)
        TRY(shared_rows_open(&model->side[side].rows, model->replica, rows[side], model->row_floats));
    draw_factors(model);
    return gram(model, ITEMS);
}

status model_open(struct model **model, const struct comm *comm, const struct ratings *ratings,
                  const struct solve_options *options)
{
    TRY(allocate_on_all(comm, model, 1));
    int64_t row_floats = number_divide_up(options->factors, 16) * 16;
    **model = (struct model){.comm = comm,
                             .ratings = ratings,
                             .options = options,
                             .side = {{.offsets = ratings->offsets[USERS]}, {.offsets = ratings->offsets[ITEMS]}},
                             .weighting = {.alpha = (float)options->alpha,
                                           .from_values = !options->has_unobserved_weight || options->has_alpha,
                                           .plus_one = !options->has_unobserved_weight},
                             .unobserved_weight = options->has_unobserved_weight ? options->unobserved_weight : 1,
                             .k = options->factors,
                             .padding = (int)(row_floats - options->factors),
                             .row_floats = row_floats};
    status opened = open_parts(*model);
    if (opened != MFALS_OK)
        model_free(model);
    return opened;
}

void model_free(struct model **model)
{
    struct model *m = *model;
    if (m == NULL)
        return;
    for (int side = USERS; side <= ITEMS; side++) {
        shared_rows_close(&m->side[side].rows);
        memory_free(m->side[side].gram);
    }
    replica_free(&m->replica);
    row_work_free(&m->row_work);
    void *blocks[] = {m->axes.eigenvalues, m->axes.vectors,  m->axes.rotation, m->axes.work,
                      m->axes.integer_work, m->scratch.gram, m->scratch.packed, m->scratch.largest,
                      m->scratch.units,    m->scratch.partials, m->scratch.scores};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        memory_free(blocks[i]);
    memory_free(m);
    *model = NULL;
}
