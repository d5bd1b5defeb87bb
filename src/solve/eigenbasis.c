#include "solve/eigenbasis.h"
#include "base/log.h"
#include "comm/partition.h"
#include "solve/gram.h"
#include "solve/lapack.h"
#include "solve/ridge.h"
#include "solve/row_workspace.h"

#include <math.h>
#include <string.h>

/* [local] vectors <- Q' and g of a0 G; Q' row by row is Q in LAPACK's column-major order. */
static status decompose(struct eigenbasis *eigenbasis, const double *gram, double unobserved_weight, int k)
{
    double *vectors = eigenbasis->vectors, *values = eigenbasis->vectors + (int64_t)k * k;
    for (int64_t i = 0; i < (int64_t)k * k; i++)
        vectors[i] = unobserved_weight * gram[i];
    int info, lwork = 1 + 6 * k + 2 * k * k, liwork = 3 + 5 * k;
    dsyevd_("V", "U", &k, vectors, &k, values, eigenbasis->work, &lwork, eigenbasis->integer_work, &liwork,
            &info, 1, 1);
    bool finite = info == 0;
    for (int i = 0; i < k; i++)
        finite = finite && isfinite(values[i]);
    return finite ? MFALS_OK
                  : fail(MFALS_INTERNAL, "the Gram matrix has no eigendecomposition (LAPACK: %d)", info);
}

/* Eigenvalues below 0 are rounding errors of 0. */
static void spread_eigenbasis(struct model *model)
{
    struct eigenbasis *eigenbasis = &model->eigenbasis;
    int64_t k = model->k, n = model->row_floats, padding = model->padding;
    for (int64_t j = 0; j < k; j++) {
        eigenbasis->eigenvalues[padding + j] = fmax(eigenbasis->vectors[k * k + j], 0);
        for (int64_t i = 0; i < k; i++)
            eigenbasis->rotation[(padding + i) * n + padding + j] = (float)eigenbasis->vectors[j * k + i];
    }
}

/* [collective] By LAPACK on one rank. */
static status find_alone(struct model *model, const double *gram)
{
    int64_t k = model->k;
    status mine = MFALS_OK;
    if (model->comm->rank == 0)
        mine = decompose(&model->eigenbasis, gram, model->unobserved_weight, model->k);
    TRY(agree(model->comm, mine));
    comm_broadcast(model->comm, model->eigenbasis.vectors, k * (k + 1) * (int64_t)sizeof(double), 0);
    return MFALS_OK;
}

/* [collective] a0 Y' diag(q) Y = Q diag(g) Q' of the Gram matrix as it stands. */
static status find_eigenbasis(struct model *model, enum side side)
{
    const double *gram = model->side[side].gram;
    struct eigenbasis *eigenbasis = &model->eigenbasis;
    bool found = eigenbasis->grid != NULL && scalapack_eigen_find(eigenbasis->grid, eigenbasis->vectors, gram,
                                                                  model->unobserved_weight) == MFALS_OK;
    if (eigenbasis->grid != NULL && !found)
        log_warning("%s; LAPACK takes its place this time", failure_message());
    if (!found)
        TRY(find_alone(model, gram));
    spread_eigenbasis(model);
    return MFALS_OK;
}

double effective_rank(const struct model *model)
{
    const double *g = model->eigenbasis.eigenvalues;
    double sum = 0, entropy = 0;
    for (int64_t j = model->first; j < model->row_floats; j++)
        sum += sqrt(g[j]);
    for (int64_t j = model->first; j < model->row_floats; j++)
        if (g[j] > 0)
            entropy -= sqrt(g[j]) / sum * log(sqrt(g[j]) / sum);
    return sum > 0 ? exp(entropy) : model->k;
}

static void rotate_own(struct model *model, enum side side)
{
    float *rows = model_own_rows(model, side);
    for (int64_t tile = 0; tile < model_own_tiles(model, side); tile++, rows += TILE_ROWS * model->row_floats)
        model->kernel->rotate_tile(model->row_workspace, rows, model->eigenbasis.rotation);
}

/* Rows travel before their eigenbasis is known; whoever received them rotates them. */
static void rotate_received(struct model *model, enum side side)
{
    struct factors *factors = &model->side[side];
    int64_t count;
    const int64_t *tiles = exchange_tiles(factors->exchange, &count);
    for (int64_t i = 0; i < count; i++)
        model->kernel->rotate_tile(model->row_workspace,
                                   factors->rows.data + tiles[i] * TILE_ROWS * model->row_floats,
                                   model->eigenbasis.rotation);
}

/* Conjugate gradients start from the other side, which has to be in the same basis. */
static void rotate_rows(struct model *model, enum side side)
{
    rotate_own(model, side);
    rotate_received(model, side);
    if (solve_options_steps(model->options) > 0)
        rotate_own(model, side == USERS ? ITEMS : USERS);
    replica_barrier(model->replica, &model->side[side].rows);
}

/* Rotating in float32 leaves noise of about eps |y| in every column, and with it elements of about eps g_max^(1/2)
 * g_j^(1/2) off the diagonal. In units of the ridges this is eps (p g_max / (p g_j + lambda_u))^(1/2), which must be
 * small; it is largest where p is. */
static bool is_wide(const struct model *model, enum side side)
{
    static const double widest = 1e4;
    const double *g = model->eigenbasis.vectors + (int64_t)model->k * model->k; /* ascending */
    double p, ridge = model_least_ridge(&p, model, side == USERS ? ITEMS : USERS);
    return p * g[model->k - 1] > widest * (p * fmax(g[0], 0) + ridge);
}

static void set_diagonal(double *gram, const struct model *model)
{
    int64_t k = model->k;
    memset(gram, 0, (size_t)(k * k) * sizeof *gram);
    for (int64_t j = 0; j < k; j++)
        gram[j * k + j] = model->eigenbasis.eigenvalues[model->padding + j] / model->unobserved_weight;
}

static void keep_rotation(struct model *model)
{
    size_t k = (size_t)model->k;
    memcpy(model->eigenbasis.back, model->eigenbasis.vectors, k * k * sizeof(double));
}

/* (Q1 Q2)' = Q2' Q1': `back` holds Q1', the eigenvectors are Q2. scratch: [k x k]. Row by row, so that BLAS, column
 * by column, multiplies Q1 Q2. */
static void compose_rotation(struct eigenbasis *eigenbasis, double *scratch, int k)
{
    const double one = 1, zero = 0;
    memcpy(scratch, eigenbasis->back, (size_t)k * (size_t)k * sizeof *scratch);
    dgemm_("N", "N", &k, &k, &k, &one, scratch, &k, eigenbasis->vectors, &k, &zero, eigenbasis->back, &k, 1,
           1);
}

/* A second rotation is nearly the identity: what it rounds is small in each column's own measure. */
static status rotate_twice(struct model *model, enum side side)
{
    keep_rotation(model);
    rotate_rows(model, side);
    TRY(gram(model, side));
    TRY(find_eigenbasis(model, side));
    compose_rotation(&model->eigenbasis, model->row_workspace->dense, model->k);
    rotate_rows(model, side);
    return gram(model, side);
}

status rotate_to_eigenbasis(struct model *model, enum side side)
{
    bool was_precise = model->precise;
    TRY(find_eigenbasis(model, side));
    model->precise = is_wide(model, side);
    if (!model->precise) {
        keep_rotation(model);
        rotate_rows(model, side);
        set_diagonal(model->side[side].gram, model);
        return MFALS_OK;
    }
    if (!was_precise) {
        TRY(gram(model, side));
        TRY(find_eigenbasis(model, side));
    }
    return rotate_twice(model, side);
}

status eigenbasis_resume(struct model *model, enum side side, const double *vectors)
{
    int64_t k = model->k;
    memcpy(model->eigenbasis.vectors, vectors, (size_t)(k * (k + 1)) * sizeof *vectors);
    spread_eigenbasis(model);
    if (model->precise)
        return gram(model, side);
    set_diagonal(model->side[side].gram, model);
    return MFALS_OK;
}
