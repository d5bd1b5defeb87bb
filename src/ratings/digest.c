#include "ratings/digest.h"

#include "ratings/csr.h"

#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

static void add_hash(uint64_t sums[2], const void *data, size_t bytes, uint64_t seed)
{
    XXH128_hash_t hash = XXH3_128bits_withSeed(data, bytes, seed);
    sums[0] += hash.low64;
    sums[1] += hash.high64;
}

/* A row's id is hashed under a seed of its own, so that ids cannot change places. */
static void add_ids(uint64_t sums[2], const struct ids *ids, enum side side)
{
    for (int64_t i = 0; i < ids->count; i++)
        add_hash(sums, ids->keys + i * ids->width, (size_t)ids->width, 2 * (uint64_t)(ids->first + i) + side);
}

struct weighed_pair {
    struct pair pair;
    float weight;
};

static void add_rows(uint64_t sums[2], const struct csr *by_user)
{
    for (int64_t i = 0; i < by_user->rows; i++)
        for (int64_t j = by_user->start[i]; j < by_user->start[i + 1]; j++) {
            struct weighed_pair pair = {
                .pair = {{(uint32_t)(by_user->first_row + i), by_user->column[j]}, by_user->value[j]}};
            if (by_user->weight != NULL)
                pair.weight = by_user->weight[j];
            add_hash(sums, &pair, by_user->weight != NULL ? sizeof pair : sizeof pair.pair, 0);
        }
}

void digest_ratings(struct ratings *ratings, const struct comm *comm)
{
    uint64_t sums[2] = {0, 0};
    add_ids(sums, &ratings->ids[USERS], USERS);
    add_ids(sums, &ratings->ids[ITEMS], ITEMS);
    add_rows(sums, &ratings->by[USERS]);
    add_rows(sums, &ratings->held_out);
    add_rows(sums, &ratings->fold_in);
    MPI_Allreduce(sums, ratings->digest, 2, MPI_UINT64_T, MPI_SUM, comm->mpi);
}

void digest_text(char *text, const uint64_t digest[2])
{
    snprintf(text, DIGEST_TEXT_SIZE, "%016" PRIx64 "%016" PRIx64, digest[0], digest[1]);
}
