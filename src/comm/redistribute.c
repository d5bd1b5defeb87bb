#include "comm/redistribute.h"

#include "base/memory.h"
#include "base/number.h"

#include <stdbool.h>
#include <string.h>

static const int64_t default_round_bytes = (int64_t)1 << 23;
static int64_t round_bytes = (int64_t)1 << 23;

void redistribute_set_round_bytes(int64_t bytes)
{
    round_bytes = bytes > 0 ? bytes : default_round_bytes;
}

int64_t redistribute_round_bytes(void)
{
    return round_bytes;
}

void displacements_of(int64_t *starts, const int64_t *counts, int64_t n)
{
    starts[0] = 0;
    for (int64_t i = 0; i < n; i++)
        starts[i + 1] = starts[i] + counts[i];
}

void received_free(struct received *got)
{
    memory_free(got->records);
    memory_free(got->from);
    *got = (struct received){0};
}

/* What one redistribution needs besides what it returns. Records go in slices, the last ones first, so that those a
 * slice has taken can be given back; a slice goes in rounds, of at most `part` records between two ranks. */
struct plan {
    const struct comm *comm; /* not owned */
    char *records;           /* not owned */
    const int *owner;        /* not owned */
    size_t record_size;
    int64_t count, slice, part;
    bool keep;         /* the records are the caller's still */
    char *sorted, *in; /* owned: a slice by owner; what comes in a round */
    int64_t *counts;   /* owned: [2 x ranks] sent to and received from each */
    int64_t *starts, *next,
        *end;  /* owned: [ranks + 1] each: of owners in sorted; scratch; where senders' next slices end */
    int *ints; /* owned: [4 x ranks] of struct round */
};

/* The counts and displacements of one MPI_Alltoallv, in records. */
struct round {
    int *send_count, *send_start, *receive_count, *receive_start;
};

static void plan_free(struct plan *plan)
{
    memory_free(plan->sorted);
    memory_free(plan->in);
    memory_free(plan->counts);
    memory_free(plan->starts);
    memory_free(plan->next);
    memory_free(plan->end);
    memory_free(plan->ints);
}

static void count_owners(int64_t *counts, const struct plan *plan, int64_t first, int64_t end)
{
    memset(counts, 0, (size_t)plan->comm->size * sizeof *counts);
    for (int64_t i = first; i < end; i++)
        counts[plan->owner[i]]++;
}

static status plan_send(struct plan *plan, int64_t **from)
{
    int64_t ranks = plan->comm->size, size = (int64_t)plan->record_size;
    plan->slice = number_max(1, round_bytes / size);
    plan->part = number_max(1, round_bytes / (size * ranks));
    TRY(allocate(&plan->counts, 2 * ranks));
    TRY(allocate(&plan->starts, ranks + 1));
    TRY(allocate(&plan->next, ranks + 1));
    TRY(allocate(&plan->end, ranks + 1));
    TRY(allocate(&plan->ints, 4 * ranks));
    TRY(allocate(from, ranks + 1));
    TRY(allocate_raw(&plan->sorted, number_min(plan->slice, plan->count) * size));
    count_owners(plan->counts, plan, 0, plan->count);
    return MFALS_OK;
}

static status plan_receive(struct received *got, struct plan *plan)
{
    int64_t most = number_min(plan->part * plan->comm->size, got->count); /* in a round */
    got->records = memory_new_raw(got->count, plan->record_size);
    if (got->records == NULL)
        return MFALS_NO_MEMORY;
    return allocate_raw(&plan->in, most * (int64_t)plan->record_size);
}

/* Records first .. end - 1 in the order of their owners; their counts and starts. */
static void sort_slice(struct plan *plan, int64_t first, int64_t end)
{
    size_t size = plan->record_size;
    count_owners(plan->counts, plan, first, end);
    displacements_of(plan->starts, plan->counts, plan->comm->size);
    memcpy(plan->next, plan->starts, (size_t)plan->comm->size * sizeof *plan->next);
    for (int64_t i = first; i < end; i++)
        memcpy(plan->sorted + (size_t)plan->next[plan->owner[i]]++ * size, plan->records + (size_t)i * size,
               size);
}

/* Round t carries records t * part .. (t + 1) * part - 1 of each pair of ranks. What comes is packed. */
static void plan_round(struct round *round, const struct plan *plan, int64_t t)
{
    const int64_t *received = plan->counts + plan->comm->size;
    int64_t first = t * plan->part, packed = 0;
    for (int r = 0; r < plan->comm->size; r++) {
        round->send_count[r] = (int)number_max(0, number_min(plan->counts[r] - first, plan->part));
        round->send_start[r] = (int)(plan->starts[r] + first); /* a slice is less than 2^31 records */
        round->receive_count[r] = (int)number_max(0, number_min(received[r] - first, plan->part));
        round->receive_start[r] = (int)packed;
        packed += round->receive_count[r];
    }
}

static void unpack_round(struct received *got, const struct plan *plan, const struct round *round, int64_t t)
{
    const int64_t *received = plan->counts + plan->comm->size;
    char *records = got->records;
    for (int r = 0; r < plan->comm->size; r++) {
        int64_t place = plan->end[r] - received[r] + t * plan->part;
        if (round->receive_count[r] > 0)
            memcpy(records + (size_t)place * plan->record_size,
                   plan->in + (size_t)round->receive_start[r] * plan->record_size,
                   (size_t)round->receive_count[r] * plan->record_size);
    }
}

/* The slice as it stands in counts, starts and sorted. */
static void exchange_slice(struct received *got, struct plan *plan, MPI_Datatype record)
{
    const struct comm *comm = plan->comm;
    int ranks = comm->size;
    struct round round = {plan->ints, plan->ints + ranks, plan->ints + 2 * ranks, plan->ints + 3 * ranks};
    int64_t largest = 0, *received = plan->counts + ranks;
    for (int r = 0; r < ranks; r++)
        largest = number_max(largest, plan->counts[r]);
    comm_max_int(comm, &largest, 1);
    MPI_Alltoall(plan->counts, 1, MPI_INT64_T, received, 1, MPI_INT64_T, comm->mpi);
    for (int64_t t = 0; t * plan->part < largest; t++) {
        plan_round(&round, plan, t);
        MPI_Alltoallv(plan->sorted, round.send_count, round.send_start, record, plan->in, round.receive_count,
                      round.receive_start, record, comm->mpi);
        unpack_round(got, plan, &round, t);
    }
    for (int r = 0; r < ranks; r++)
        plan->end[r] -= received[r];
}

/* As many slices on every rank; one that has run out sends nothing. */
static void exchange_slices(struct received *got, struct plan *plan)
{
    int64_t slices = number_divide_up(plan->count, plan->slice), size = (int64_t)plan->record_size;
    MPI_Datatype record;
    comm_max_int(plan->comm, &slices, 1);
    MPI_Type_contiguous((int)size, MPI_BYTE, &record);
    MPI_Type_commit(&record);
    for (int64_t end = plan->count; slices > 0; slices--) {
        int64_t first = number_max(0, end - plan->slice);
        sort_slice(plan, first, end);
        if (!plan->keep)
            memory_give_back(plan->records, first * size, end * size);
        exchange_slice(got, plan, record);
        end = first;
    }
    MPI_Type_free(&record);
}

static status redistribute_planned(struct received *got, struct plan *plan)
{
    const struct comm *comm = plan->comm;
    int ranks = comm->size;
    TRY(agree(comm, plan_send(plan, &got->from)));
    MPI_Alltoall(plan->counts, 1, MPI_INT64_T, plan->counts + ranks, 1, MPI_INT64_T, comm->mpi);
    displacements_of(got->from, plan->counts + ranks, ranks);
    memcpy(plan->end, got->from + 1, (size_t)ranks * sizeof *plan->end);
    got->count = got->from[ranks];
    TRY(agree(comm, plan_receive(got, plan)));
    exchange_slices(got, plan);
    return MFALS_OK;
}

static status run_plan(struct received *got, struct plan *plan)
{
    *got = (struct received){0};
    status redistributed = redistribute_planned(got, plan);
    plan_free(plan);
    return redistributed;
}

status redistribute(const struct comm *comm, struct received *got, const void *records, int64_t count,
                    size_t record_size, const int *owner)
{
    struct plan plan = {.comm = comm,
                        .records = (char *)(uintptr_t)records, /* only read */
                        .owner = owner,
                        .record_size = record_size,
                        .count = count,
                        .keep = true};
    return run_plan(got, &plan);
}

status redistribute_consuming(const struct comm *comm, struct received *got, void *records, int64_t count,
                              size_t record_size, const int *owner)
{
    struct plan plan = {
        .comm = comm, .records = records, .owner = owner, .record_size = record_size, .count = count};
    return run_plan(got, &plan);
}
