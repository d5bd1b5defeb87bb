#include "solve/scalapack_eigen.h"

#include "base/number.h"
#include "base/random.h"
#include "solve/lapack.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* The BLACS, in C. */
extern int Csys2blacs_handle(MPI_Comm comm);
extern void Cfree_blacs_system_handle(int handle);
extern void Cblacs_gridinit(int *context, const char *order, int rows, int columns);
extern void Cblacs_gridinfo(int context, int *rows, int *columns, int *row, int *column);
extern void Cblacs_set(int context, int what, const int *value);
extern void Cblacs_gridexit(int context);

/* ScaLAPACK, with the hidden lengths of characters behind. */
extern int numroc_(const int *n, const int *block, const int *process, const int *first,
                   const int *processes);
extern void descinit_(int *descriptor, const int *m, const int *n, const int *row_block,
                      const int *column_block, const int *first_row, const int *first_column,
                      const int *context, const int *leading, int *info);
extern void pdsyevd_(const char *jobz, const char *uplo, const int *n, double *a, const int *ia,
                     const int *ja, const int *desc_a, double *w, double *z, const int *iz, const int *jz,
                     const int *desc_z, double *work, const int *lwork, int *iwork, const int *liwork,
                     int *info, size_t, size_t);
extern void pdormtr_(const char *side, const char *uplo, const char *trans, const int *m, const int *n,
                     const double *a, const int *ia, const int *ja, const int *desc_a, const double *tau,
                     double *c, const int *ic, const int *jc, const int *desc_c, double *work,
                     const int *lwork, int *info, size_t, size_t, size_t);

enum { BLOCK = 64, DESCRIPTOR = 9, REPEATABLE_COMBINES = 15, PROBES = 2 };

static const int zero = 0, one = 1, block = BLOCK;

/* Rows and columns are dealt in blocks, in turn. */
struct scalapack_eigen {
    const struct comm *comm; /* not owned */
    int k, side;
    MPI_Comm processes;  /* owned: the first side^2 ranks; MPI_COMM_NULL on others, which lack what follows */
    int handle, context; /* of the BLACS */
    int row, column;     /* this process's place in the grid */
    int rows, columns;   /* of this process's part */
    int descriptor[DESCRIPTOR];
    double *part, *vectors; /* owned: [columns x rows] of the matrix, and of Q, column by column */
    double *values;         /* owned: [k] */
    double *work;           /* owned: [work_size] */
    int *integer_work;      /* owned: [integer_work_size] */
    int work_size, integer_work_size;
    double *probe; /* owned, rank 0: [4 x k] */
};

bool scalapack_eigen_there(void)
{
    return true;
}

int scalapack_eigen_side(int k)
{
    return k < 2048 ? 2 : 4; /* parts of 512 rows or more, where it pays at all */
}

/* The row or column of the whole matrix that is number `local` of a process's part. */
static int64_t global_index(int local, int process, int side)
{
    return ((int64_t)(local / BLOCK) * side + process) * BLOCK + local % BLOCK;
}

static void open_context(struct scalapack_eigen *grid)
{
    grid->handle = Csys2blacs_handle(grid->processes);
    grid->context = grid->handle;
    Cblacs_gridinit(&grid->context, "R", grid->side, grid->side);
    Cblacs_set(grid->context, REPEATABLE_COMBINES, &one); /* otherwise sums follow the order of arrival */
    int rows, columns;
    Cblacs_gridinfo(grid->context, &rows, &columns, &grid->row, &grid->column);
    grid->rows = numroc_(&grid->k, &block, &grid->row, &zero, &grid->side);
    grid->columns = numroc_(&grid->k, &block, &grid->column, &zero, &grid->side);
}

/* [collective, within the grid] Also asks for the memory that work takes. pdsyevd's own answer is too small for
 * matrices of few blocks: pdormtr then has too little, and the vectors are wrong or the call hangs. */
static status ask_sizes(struct scalapack_eigen *grid)
{
    const int query = -1, k = grid->k;
    int info, integers = 0, leading = (int)number_max(1, grid->rows);
    double doubles = 0, back = 0, none = 0;
    descinit_(grid->descriptor, &k, &k, &block, &block, &zero, &zero, &grid->context, &leading, &info);
    if (info != 0)
        return fail(MFALS_INTERNAL, "ScaLAPACK refuses a matrix of %d rows (%d)", k, info);
    pdsyevd_("V", "U", &k, &none, &one, &one, grid->descriptor, &none, &none, &one, &one, grid->descriptor,
             &doubles, &query, &integers, &query, &info, 1, 1);
    if (info != 0)
        return fail(MFALS_INTERNAL, "ScaLAPACK refuses a matrix of %d rows (%d)", k, info);
    pdormtr_("L", "U", "N", &k, &k, &none, &one, &one, grid->descriptor, &none, &none, &one, &one,
             grid->descriptor, &back, &query, &info, 1, 1, 1);
    if (info != 0)
        return fail(MFALS_INTERNAL, "ScaLAPACK refuses a matrix of %d rows (%d)", k, info);
    grid->work_size = (int)fmax(doubles, 2.0 * k + back);
    grid->integer_work_size = integers;
    return MFALS_OK;
}

/* [local] */
static status open_memory(struct scalapack_eigen *grid)
{
    int64_t size = (int64_t)grid->rows * grid->columns;
    if (grid->comm->rank == 0)
        TRY(allocate(&grid->probe, 4 * (int64_t)grid->k));
    if (grid->processes == MPI_COMM_NULL)
        return MFALS_OK;
    TRY(allocate(&grid->part, size));
    TRY(allocate(&grid->vectors, size));
    TRY(allocate(&grid->values, grid->k));
    TRY(allocate(&grid->work, grid->work_size));
    return allocate(&grid->integer_work, grid->integer_work_size);
}

static status open_parts(struct scalapack_eigen *grid)
{
    status mine = MFALS_OK;
    int processes = grid->side * grid->side;
    MPI_Comm_split(grid->comm->mpi, grid->comm->rank < processes ? 0 : MPI_UNDEFINED, 0, &grid->processes);
    if (grid->processes != MPI_COMM_NULL) {
        comm_guard(grid->processes);
        open_context(grid);
        mine = ask_sizes(grid);
    }
    return agree(grid->comm, mine == MFALS_OK ? open_memory(grid) : mine);
}

status scalapack_eigen_open(struct scalapack_eigen **grid, const struct comm *comm, int k, int side)
{
    *grid = NULL;
    if (comm->size < side * side)
        return MFALS_OK;
    TRY(allocate_on_all(comm, grid, 1));
    **grid = (struct scalapack_eigen){.comm = comm, .k = k, .side = side, .processes = MPI_COMM_NULL};
    status opened = open_parts(*grid);
    if (opened != MFALS_OK)
        scalapack_eigen_free(grid);
    return opened;
}

void scalapack_eigen_free(struct scalapack_eigen **grid)
{
    struct scalapack_eigen *g = *grid;
    if (g == NULL)
        return;
    if (g->processes != MPI_COMM_NULL) {
        Cblacs_gridexit(g->context);
        Cfree_blacs_system_handle(g->handle);
        MPI_Comm_free(&g->processes);
    }
    void *blocks[] = {g->part, g->vectors, g->values, g->work, g->integer_work, g->probe, g};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++)
        memory_free(blocks[i]);
    *grid = NULL;
}

static status check_finite(const double *matrix, double scale, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(scale * matrix[i]))
            return fail(MFALS_INTERNAL, "a matrix with numbers beyond all range has no eigenvectors");
    return MFALS_OK;
}

/* [collective, within the grid] */
static status decompose(const struct scalapack_eigen *grid, const double *matrix, double scale)
{
    int64_t k = grid->k, at = 0;
    int info;
    for (int j = 0; j < grid->columns; j++) {
        const double *column = matrix + global_index(j, grid->column, grid->side) * k;
        for (int i = 0; i < grid->rows; i++)
            grid->part[at++] = scale * column[global_index(i, grid->row, grid->side)];
    }
    pdsyevd_("V", "U", &grid->k, grid->part, &one, &one, grid->descriptor, grid->values, grid->vectors, &one,
             &one, grid->descriptor, grid->work, &grid->work_size, grid->integer_work,
             &grid->integer_work_size, &info, 1, 1);
    return info == 0 ? MFALS_OK : fail(MFALS_INTERNAL, "ScaLAPACK found no eigenvectors (%d)", info);
}

/* [collective] Every element is some one process's and 0 on all others, so that summing bits as integers moves them as
 * they are. */
static void gather(const struct scalapack_eigen *grid, double *vectors)
{
    int64_t k = grid->k, at = 0;
    memset(vectors, 0, (size_t)(k * (k + 1)) * sizeof *vectors);
    if (grid->processes != MPI_COMM_NULL)
        for (int j = 0; j < grid->columns; j++) {
            double *column = vectors + global_index(j, grid->column, grid->side) * k;
            for (int i = 0; i < grid->rows; i++)
                column[global_index(i, grid->row, grid->side)] = grid->vectors[at++];
        }
    if (grid->comm->rank == 0)
        memcpy(vectors + k * k, grid->values, (size_t)k * sizeof *vectors);
    comm_sum_int(grid->comm, (void *)vectors, k * (k + 1));
}

/* y <- y + alpha A x, or A'x; A column by column. */
static void multiply(double *y, const char *transpose, double alpha, const double *a, const double *x, int k)
{
    const double whole = 1;
    dgemv_(transpose, &k, &k, &alpha, a, &k, x, &one, &whole, y, &one, 1);
}

/* The eigenvalues ascend, and for a vector x of random signs a G x = Q diag(g) Q'x and x = Q Q'x. A single wrong
 * eigenvector has a share of about |x| / sqrt(k) in them. */
static bool holds(const struct scalapack_eigen *grid, const double *vectors, const double *matrix,
                  double scale, int64_t draw)
{
    const double tolerance = 100 * DBL_EPSILON * grid->k;
    int k = grid->k;
    const double *g = vectors + (int64_t)k * k;
    double *x = grid->probe, *y = x + k, *residual = y + k, *lost = residual + k;
    for (int j = 0; j < k; j++) {
        x[j] = random_bits(0, RANDOM_PROBES, j, draw) & 1 ? 1 : -1;
        lost[j] = x[j];
        y[j] = residual[j] = 0;
    }
    multiply(y, "T", 1, vectors, x, k);     /* Q'x */
    multiply(lost, "N", -1, vectors, y, k); /* x - Q Q'x */
    multiply(residual, "N", scale, matrix, x, k);
    bool ascend = true;
    for (int j = 0; j < k; j++) {
        y[j] *= g[j];
        ascend = ascend && isfinite(g[j]) && (j == 0 || g[j - 1] <= g[j]);
    }
    multiply(residual, "N", -1, vectors, y, k); /* a G x - Q diag(g) Q'x */
    const int elements = k * k;
    double length = sqrt(k), size = fabs(scale) * dnrm2_(&elements, matrix, &one);
    return ascend && dnrm2_(&k, lost, &one) <= tolerance * length &&
           dnrm2_(&k, residual, &one) <= tolerance * size * length;
}

/* [local] info = 0 alone proves nothing. */
static status check(const struct scalapack_eigen *grid, const double *vectors, const double *matrix,
                    double scale)
{
    for (int64_t draw = 0; draw < PROBES; draw++)
        if (!holds(grid, vectors, matrix, scale, draw))
            return fail(MFALS_INTERNAL, "ScaLAPACK's eigenvectors are not those of the matrix");
    return MFALS_OK;
}

status scalapack_eigen_find(const struct scalapack_eigen *grid, double *vectors, const double *matrix,
                            double scale)
{
    status mine = check_finite(matrix, scale, (int64_t)grid->k * grid->k);
    TRY(agree(grid->comm, mine));
    if (grid->processes != MPI_COMM_NULL)
        mine = decompose(grid, matrix, scale);
    TRY(agree(grid->comm, mine));
    gather(grid, vectors);
    return agree(grid->comm, grid->comm->rank == 0 ? check(grid, vectors, matrix, scale) : MFALS_OK);
}
