#include "base/number.h"
#include "solve/ridge.h"
#include "solve/row_workspace.h"
#include "solve/rows.h"
#include "solve/work_split.h"

#include <math.h>

enum { ROWS_TAG = 1, BLOCKS_TAG = 2 }; /* whole rows and blocks on their way */

/* The rows that rank r solves whole and rank `owner` owns: *first .. return value - 1. */
static int64_t migrated_rows(int64_t *first, const struct split_point *cuts, const int64_t *offsets, int r,
                             int owner)
{
    *first = number_max(cuts[r].row + (cuts[r].rating > 0), offsets[owner]);
    return number_min(cuts[r + 1].row, offsets[owner + 1]);
}

/* One message between this rank and another group's, if there is anything to say. */
static void pass(struct model *model, enum side side, MPI_Datatype row_type, int64_t first, int64_t end,
                 int other, bool out, int *count)
{
    struct shared_rows *rows = &model->side[side].rows;
    float *data = rows->data + first * rows->row_floats;
    MPI_Request *request = model->work_split[side]->requests + *count;
    if (end <= first)
        return;
    ++*count;
    if (out)
        MPI_Isend(data, (int)(end - first), row_type, other, ROWS_TAG, model->comm->mpi, request);
    else
        MPI_Irecv(data, (int)(end - first), row_type, other, ROWS_TAG, model->comm->mpi, request);
}

/* Whole rows between owners and solvers of different groups, to be completed; the others are in one window. */
static int pass_rows(struct model *model, enum side side, bool home)
{
    const struct split_point *cuts = model->work_split[side]->cuts;
    const int64_t *offsets = model->side[side].offsets;
    int me = model->comm->rank, count = 0;
    int64_t first, end;
    MPI_Datatype row_type;
    MPI_Type_contiguous((int)model->row_floats, MPI_FLOAT, &row_type);
    MPI_Type_commit(&row_type);
    for (int r = 0; r < model->comm->size; r++) {
        if (replica_same_group(model->replica, r))
            continue;
        end = migrated_rows(&first, cuts, offsets, me, r);
        pass(model, side, row_type, first, end, r, home, &count);
        end = migrated_rows(&first, cuts, offsets, r, me);
        pass(model, side, row_type, first, end, r, !home, &count);
    }
    MPI_Type_free(&row_type);
    return count;
}

static void complete(struct model *model, enum side side, int count)
{
    MPI_Waitall(count, model->work_split[side]->requests, MPI_STATUSES_IGNORE);
    replica_barrier(model->replica, &model->side[side].rows);
}

void work_split_migrate(struct model *model, enum side side)
{
    complete(model, side, pass_rows(model, side, false));
}

/* This rank's blocks of split rows, one message each. */
static int send_blocks(struct model *model, enum side side, int count)
{
    struct work_split *split = model->work_split[side];
    int64_t floats = row_workspace_block_floats(model->row_workspace);
    const float *block = split->blocks;
    for (int p = 0; p < 2; p++) {
        const struct part *part = &split->parts[p];
        int owner = partition_owner(model->side[side].offsets, model->comm->size, part->row);
        for (int64_t done = 0; done < part->count; done += BLOCK_ROWS, block += floats)
            if (owner != model->comm->rank)
                MPI_Isend(block, (int)floats, MPI_FLOAT, owner, BLOCKS_TAG, model->comm->mpi,
                          &split->requests[count++]);
    }
    return count;
}

/* Rank r's blocks of a row, in their order, added to those before. */
static void add_blocks(struct model *model, enum side side, const struct part *part, int r, double *seconds)
{
    struct work_split *split = model->work_split[side];
    int64_t floats = row_workspace_block_floats(model->row_workspace);
    bool behind = split->parts[0].row != part->row || split->parts[0].count == 0;
    const float *own =
        split->blocks + (behind ? number_divide_up(split->parts[0].count, BLOCK_ROWS) * floats : 0);
    for (int64_t done = 0; done < part->count; done += BLOCK_ROWS, own += floats) {
        if (r != model->comm->rank)
            MPI_Recv(split->received, (int)floats, MPI_FLOAT, r, BLOCKS_TAG, model->comm->mpi,
                     MPI_STATUS_IGNORE);
        double begun = phase_processor_clock();
        model->kernel->add_block(model->row_workspace, r == model->comm->rank ? own : split->received);
        *seconds += phase_processor_clock() - begun;
    }
}

/* An own row that ranks from r on have parts of. */
static status solve_cut_row(struct model *model, enum side side, int64_t number, int r, int64_t *in_double,
                            double *seconds)
{
    const struct split_point *cuts = model->work_split[side]->cuts;
    const struct fixed_side fixed = model_fixed_side(model, side);
    struct row row;
    work_split_row(&row, model, side, number);
    model_set_ridge(&row, model, side, row.count);
    model->kernel->clear_blocks(model->row_workspace);
    for (; r < model->comm->size && cuts[r].row <= number; r++) {
        struct part part = work_split_part(cuts, r, number, row.count);
        add_blocks(model, side, &part, r, seconds);
    }
    double begun = phase_processor_clock();
    float *x = model->side[side].rows.data + number * model->row_floats;
    enum row_outcome outcome =
        model->kernel->solve_blocks(model->row_workspace, x, &row, &fixed, &model->weighting);
    *seconds += phase_processor_clock() - begun;
    *in_double += outcome == ROW_SOLVED_IN_DOUBLE;
    return outcome == ROW_FAILED ? row_failed(model, side, number) : MFALS_OK;
}

/* All of them, whatever becomes of one: their blocks are on the way. */
static status solve_cut_rows(struct model *model, enum side side, int64_t *in_double, double *seconds)
{
    const struct split_point *cuts = model->work_split[side]->cuts;
    const int64_t *offsets = model->side[side].offsets;
    int me = model->comm->rank;
    status done = MFALS_OK;
    for (int r = 1; r < model->comm->size; r++) {
        bool cut_here = cuts[r].rating > 0 && (cuts[r - 1].row < cuts[r].row || cuts[r - 1].rating == 0);
        if (cut_here && offsets[me] <= cuts[r].row && cuts[r].row < offsets[me + 1]) {
            status solved = solve_cut_row(model, side, cuts[r].row, r - 1, in_double, seconds);
            done = done == MFALS_OK ? solved : done;
        }
    }
    return done;
}

/* Own rows that others found without solution. */
static status check_migrated(const struct model *model, enum side side)
{
    const struct work_split *split = model->work_split[side];
    const struct csr *csr = &model->rated[side];
    const float *x = model_own_rows(model, side) + model->first;
    for (int64_t i = 0; i < csr->rows; i++, x += model->row_floats) {
        bool migrated = csr->first_row + i < split->first || csr->first_row + i >= split->end;
        if (migrated && isnan(*x))
            return row_failed(model, side, csr->first_row + i);
    }
    return MFALS_OK;
}

status work_split_return(struct model *model, enum side side, int64_t *in_double, double *seconds)
{
    int count = send_blocks(model, side, pass_rows(model, side, true));
    status mine = solve_cut_rows(model, side, in_double, seconds);
    complete(model, side, count);
    if (mine == MFALS_OK)
        mine = check_migrated(model, side);
    return agree(model->comm, mine);
}
