#include "comm/partition.h"

#include "base/number.h"

#include <string.h>

void partition_even(int64_t *offsets, int ranks, int64_t rows)
{
    int64_t tiles = number_divide_up(rows, TILE_ROWS);
    int64_t each = tiles / ranks, extra = tiles % ranks;
    for (int p = 0; p <= ranks; p++)
        offsets[p] = number_min(rows, (each * p + number_min(p, extra)) * TILE_ROWS);
}

int partition_owner(const int64_t *offsets, int ranks, int64_t row)
{
    int low = 0, high = ranks; /* offsets[low] <= row < offsets[high] */
    while (high - low > 1) {
        int middle = low + (high - low) / 2;
        if (offsets[middle] <= row)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* Cut p lies at the tile boundary whose cost before it is nearest to total p / parts. Each rank finds the cuts that fall
 * inside its own tiles, the others say 0. */
static void find_cuts(const struct comm *comm, int64_t *cuts, int parts, const int64_t *offsets,
                      const int64_t *cost, int64_t before, int64_t total)
{
    int64_t first = offsets[comm->rank], end = offsets[comm->rank + 1];
    for (int64_t tile = first; tile < end; tile += TILE_ROWS) {
        int64_t tile_end = number_min(tile + TILE_ROWS, end), tile_cost = 0;
        for (int64_t row = tile; row < tile_end; row++)
            tile_cost += cost[row - first];
        for (int p = 1; p < parts; p++) {
            int64_t target = total / parts * p + total % parts * p / parts;
            if (before <= target && target < before + tile_cost)
                cuts[p] = target - before > before + tile_cost - target ? tile_end : tile;
        }
        before += tile_cost;
    }
}

void partition_cut(const struct comm *comm, int64_t *cuts, int parts, const int64_t *offsets,
                   const int64_t *cost)
{
    int64_t mine = 0, rows = offsets[comm->size];
    for (int64_t i = 0; i < offsets[comm->rank + 1] - offsets[comm->rank]; i++)
        mine += cost[i];
    int64_t total = mine, before = comm_sum_before(comm, mine);
    comm_sum_int(comm, &total, 1);
    if (total == 0) {
        partition_even(cuts, parts, rows);
        return;
    }
    memset(cuts, 0, ((size_t)parts + 1) * sizeof *cuts);
    find_cuts(comm, cuts, parts, offsets, cost, before, total);
    comm_max_int(comm, cuts, parts);
    cuts[parts] = rows;
    for (int p = 1; p < parts; p++)
        cuts[p] = number_max(cuts[p], cuts[p - 1]);
}
