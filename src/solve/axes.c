#include "comm/partition.h"
#include "solve/model.h"

#include <math.h>
#include <string.h>

/* LAPACK's, with the hidden lengths of the two characters behind. */
extern void dsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *lda, double *w,
                    double *work, const int *lwork, int *iwork, const int *liwork, int *info, size_t, size_t);

/* [local] vectors <- Q' and g of a0 G; Q' row by row is Q in LAPACK's column-major order. */
static status decompose(struct axes *axes, const double *gram, double unobserved_weight, int k)
{
    double *vectors = axes->vectors, *values = axes->vectors + (int64_t)k * k;
    for (int64_t i = 0; i < (int64_t)k * k; i++)
        vectors[i] = unobserved_weight * gram[i];
    int info, lwork = 1 + 6 * k + 2 * k * k, liwork = 3 + 5 * k;
    dsyevd_("V", "U", &k, vectors, &k, values, axes->work, &lwork, axes->integer_work, &liwork, &info, 1, 1);
    bool finite = info == 0;
    for (int i = 0; i < k; i++)
        finite = finite && isfinite(values[i]);
    return finite ? MFALS_OK : fail(MFALS_INTERNAL, "the Gram matrix has no eigendecomposition (LAPACK: %d)", info);
}

/* Eigenvalues below 0 are rounding errors of 0. */
static void spread_axes(struct model *model, double *gram)
{
    struct axes *axes = &model->axes;
    int64_t k = model->k, n = model->row_floats, padding = model->padding;
    const double *values = axes->vectors + k * k;
    memset(gram, 0, (size_t)(k * k) * sizeof *gram);
    for (int64_t j = 0; j < k; j++) {
        axes->eigenvalues[padding + j] = fmax(values[j], 0);
        gram[j * k + j] = fmax(values[j], 0) / model->unobserved_weight;
        for (int64_t i = 0; i < k; i++)
            axes->rotation[(padding + i) * n + padding + j] = (float)axes->vectors[j * k + i];
    }
}

status rotate_to_gram_axes(struct model *model, enum side side)
{
    struct axes *axes = &model->axes;
    double *gram = model->side[side].gram;
    int64_t k = model->k;
    status mine = MFALS_OK;
    if (model->comm->rank == 0)
        mine = decompose(axes, gram, model->unobserved_weight, model->k);
    TRY(agree(model->comm, mine));
    comm_broadcast(model->comm, axes->vectors, k * (k + 1) * (int64_t)sizeof(double), 0);
    spread_axes(model, gram);
    for (int64_t tile = 0; tile < model_own_tiles(model, side); tile++)
        model->kernel->rotate_tile(model->row_work,
                                   model_own_rows(model, side) + tile * TILE_ROWS * model->row_floats,
                                   axes->rotation);
    return MFALS_OK;
}
