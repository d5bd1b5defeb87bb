#include "ratings/sample_sort.h"

#include "base/memory.h"
#include "base/number.h"

/* Keys of the whole sample for each range to be cut. */
enum { OVERSAMPLING = 32 };

/* Every stride-th of the keys in their order, packed at the front of *sorted; returns how many. */
static status sample_keys(char **sorted, int *sampled, const struct key_type *type, const char *keys,
                          int64_t count, int64_t stride)
{
    size_t width = (size_t)type->width;
    *sorted = memory_new_raw(count, width);
    if (*sorted == NULL)
        return MFALS_NO_MEMORY;
    if (count > 0)
        memcpy(*sorted, keys, (size_t)count * width);
    keys_sort(*sorted, count, type);
    TRY(number_narrow(sampled, count / stride));
    for (int i = 0; i < *sampled; i++)
        memmove(*sorted + (size_t)i * width, *sorted + ((size_t)(i + 1) * (size_t)stride - 1) * width, width);
    return MFALS_OK;
}

/* The ranks' samples together, sorted. all: out, the caller's to free; counts: [2 x ranks], counts and
 * displacements. */
static status gather_samples(char **all, int *all_sampled, int *counts, const struct comm *comm,
                             const struct key_type *type, const char *samples, int sampled)
{
    int *starts = counts + comm->size;
    MPI_Allgather(&sampled, 1, MPI_INT, counts, 1, MPI_INT, comm->mpi);
    *all_sampled = 0;
    for (int r = 0; r < comm->size; r++) {
        starts[r] = *all_sampled;
        *all_sampled += counts[r];
    }
    *all = memory_new_raw(*all_sampled, (size_t)type->width);
    TRY(agree(comm, *all == NULL ? MFALS_NO_MEMORY : MFALS_OK));
    MPI_Datatype key;
    MPI_Type_contiguous(type->width, MPI_BYTE, &key);
    MPI_Type_commit(&key);
    MPI_Allgatherv(samples, sampled, key, *all, counts, starts, key, comm->mpi);
    MPI_Type_free(&key);
    keys_sort(*all, *all_sampled, type);
    return MFALS_OK;
}

/* Packs the splitters, cut from the sorted samples, at their front; returns how many there are, at most ranks
 * - 1. */
static int cut_samples(char *samples, int sampled, int ranks, size_t width)
{
    int cuts = (int)number_min(sampled, ranks - 1);
    for (int p = 0; p < cuts; p++) {
        size_t cut = (size_t)((int64_t)sampled * (p + 1) / (cuts + 1)); /* >= p */
        memmove(samples + (size_t)p * width, samples + cut * width, width);
    }
    return cuts;
}

status sample_sort_owners(int *owner, const struct comm *comm, const struct key_type *type, const char *keys,
                          int64_t count)
{
    scoped char *mine = NULL, *all = NULL;
    scoped int *counts = NULL;
    int64_t total = count;
    int sampled = 0, all_sampled;
    comm_sum_int(comm, &total, 1);
    int64_t stride = number_max(1, total / ((int64_t)OVERSAMPLING * comm->size));
    status local = allocate(&counts, 2 * (int64_t)comm->size);
    if (local == MFALS_OK)
        local = sample_keys(&mine, &sampled, type, keys, count, stride);
    TRY(agree(comm, local));
    TRY(gather_samples(&all, &all_sampled, counts, comm, type, mine, sampled));
    int splitters = cut_samples(all, all_sampled, comm->size, (size_t)type->width);
    for (int64_t i = 0; i < count; i++)
        owner[i] = (int)keys_count_to(all, splitters, type, keys + i * type->width);
    return MFALS_OK;
}
