#include "comm/ship.h"

#include "base/memory.h"
#include "base/number.h"

#include <string.h>

static const int64_t default_round_bytes = (int64_t)1 << 26;
static int64_t round_bytes = (int64_t)1 << 26;

void ship_set_round_bytes(int64_t bytes)
{
    round_bytes = bytes > 0 ? bytes : default_round_bytes;
}

void ship_displacements(int64_t *starts, const int64_t *counts, int64_t n)
{
    starts[0] = 0;
    for (int64_t i = 0; i < n; i++)
        starts[i + 1] = starts[i] + counts[i];
}

void ship_free(struct shipment *got)
{
    memory_free(got->records);
    memory_free(got->from);
    *got = (struct shipment){0};
}

/* Records in the order of their owners; start: out, size + 1 values, owner r's begin at sorted[start[r]]. */
static status sort_by_owner(const struct comm *comm, char *sorted, int64_t *start, const char *records,
                            int64_t count, size_t record_size, const int *owner)
{
    scoped int64_t *next = NULL;
    TRY(allocate(&next, comm->size + 1));
    for (int64_t i = 0; i < count; i++)
        next[owner[i]]++;
    ship_displacements(start, next, comm->size);
    memcpy(next, start, (size_t)comm->size * sizeof *next);
    for (int64_t i = 0; i < count; i++)
        memcpy(sorted + (size_t)next[owner[i]]++ * record_size, records + (size_t)i * record_size,
               record_size);
    return MFALS_OK;
}

/* The counts and displacements of one MPI_Alltoallv, in records. */
struct round {
    int *send_count, *send_start, *receive_count, *receive_start;
};

/* Round t carries records t * part .. (t + 1) * part - 1 of each pair of ranks, packed behind one another. */
static void plan_round(int *count, int *start, const int64_t *offsets, int ranks, int64_t t, int64_t part)
{
    int64_t packed = 0;
    for (int r = 0; r < ranks; r++) {
        int64_t left = offsets[r + 1] - offsets[r] - t * part;
        count[r] = (int)number_max(0, number_min(left, part));
        start[r] = (int)packed;
        packed += count[r];
    }
}

static void copy_round(char *packed, char *records, const int *count, const int *start,
                       const int64_t *offsets, int ranks, int64_t first, size_t record_size, int pack)
{
    for (int r = 0; r < ranks; r++) {
        char *here = packed + (size_t)start[r] * record_size;
        char *there = records + (size_t)(offsets[r] + first) * record_size;
        if (count[r] > 0)
            memcpy(pack ? here : there, pack ? there : here, (size_t)count[r] * record_size);
    }
}

/* What one shipment needs besides what it returns. */
struct plan {
    char *sorted, *out, *in;        /* owned: records by owner; one round's, packed */
    int64_t *send_offsets, *counts; /* owned: [ranks + 1]; [2 x ranks] sent to and received from each */
    int *ints;                      /* owned: [4 x ranks] of struct round */
    int64_t part, rounds;           /* records a round carries between two ranks */
};

static void plan_free(struct plan *plan)
{
    memory_free(plan->sorted);
    memory_free(plan->out);
    memory_free(plan->in);
    memory_free(plan->send_offsets);
    memory_free(plan->counts);
    memory_free(plan->ints);
}

static status plan_send(struct plan *plan, int64_t **from, const struct comm *comm, const void *records,
                        int64_t count, size_t record_size, const int *owner)
{
    int64_t ranks = comm->size;
    TRY(allocate(&plan->send_offsets, ranks + 1));
    TRY(allocate(&plan->counts, 2 * ranks));
    TRY(allocate(&plan->ints, 4 * ranks));
    TRY(allocate(from, ranks + 1));
    TRY(allocate_raw(&plan->sorted, count * (int64_t)record_size));
    TRY(sort_by_owner(comm, plan->sorted, plan->send_offsets, records, count, record_size, owner));
    for (int64_t r = 0; r < ranks; r++)
        plan->counts[r] = plan->send_offsets[r + 1] - plan->send_offsets[r];
    return MFALS_OK;
}

static status plan_receive(struct plan *plan, struct shipment *got, const struct comm *comm, int64_t largest,
                           size_t record_size)
{
    int64_t pair_bytes = (int64_t)record_size * comm->size;
    plan->part = number_max(1, number_min(largest, round_bytes / pair_bytes));
    plan->rounds = number_divide_up(largest, plan->part);
    got->records = memory_new_raw(got->count, record_size);
    if (got->records == NULL)
        return MFALS_NO_MEMORY;
    TRY(allocate_raw(&plan->out, plan->part * pair_bytes));
    return allocate_raw(&plan->in, plan->part * pair_bytes);
}

static void exchange_rounds(const struct comm *comm, struct shipment *got, struct plan *plan,
                            size_t record_size)
{
    int ranks = comm->size;
    struct round round = {plan->ints, plan->ints + ranks, plan->ints + 2 * ranks, plan->ints + 3 * ranks};
    MPI_Datatype record;
    MPI_Type_contiguous((int)record_size, MPI_BYTE, &record);
    MPI_Type_commit(&record);
    for (int64_t t = 0; t < plan->rounds; t++) {
        int64_t first = t * plan->part;
        plan_round(round.send_count, round.send_start, plan->send_offsets, ranks, t, plan->part);
        plan_round(round.receive_count, round.receive_start, got->from, ranks, t, plan->part);
        copy_round(plan->out, plan->sorted, round.send_count, round.send_start, plan->send_offsets, ranks,
                   first, record_size, 1);
        MPI_Alltoallv(plan->out, round.send_count, round.send_start, record, plan->in, round.receive_count,
                      round.receive_start, record, comm->mpi);
        copy_round(plan->in, got->records, round.receive_count, round.receive_start, got->from, ranks, first,
                   record_size, 0);
    }
    MPI_Type_free(&record);
}

static status ship_planned(const struct comm *comm, struct shipment *got, struct plan *plan,
                           const void *records, int64_t count, size_t record_size, const int *owner)
{
    int ranks = comm->size;
    TRY(agree(comm, plan_send(plan, &got->from, comm, records, count, record_size, owner)));
    int64_t largest = 0, *received = plan->counts + ranks;
    for (int r = 0; r < ranks; r++)
        largest = number_max(largest, plan->counts[r]);
    MPI_Alltoall(plan->counts, 1, MPI_INT64_T, received, 1, MPI_INT64_T, comm->mpi);
    comm_max_int(comm, &largest, 1);
    ship_displacements(got->from, received, ranks);
    got->count = got->from[ranks];
    TRY(agree(comm, plan_receive(plan, got, comm, largest, record_size)));
    exchange_rounds(comm, got, plan, record_size);
    return MFALS_OK;
}

status ship(const struct comm *comm, struct shipment *got, const void *records, int64_t count,
            size_t record_size, const int *owner)
{
    struct plan plan = {0};
    *got = (struct shipment){0};
    status shipped = ship_planned(comm, got, &plan, records, count, record_size, owner);
    plan_free(&plan);
    return shipped;
}
