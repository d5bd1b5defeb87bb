#include "comm/partition.h"

#include "base/number.h"

#include <math.h>
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

/* Costs as they are added up: without their last bits where the sum would not fit otherwise. */
struct scale {
    int shift;
    int64_t before, total; /* of the ranks before this one, and of all */
};

/* The sum is exact, in halves of 32 bits, so that the shift depends on the costs alone. */
static struct scale find_scale(const struct comm *comm, const int64_t *cost, int64_t rows)
{
    int64_t halves[2] = {0}, mine = 0;
    for (int64_t i = 0; i < rows; i++) {
        halves[0] += cost[i] >> 32;
        halves[1] += cost[i] & UINT32_MAX;
    }
    comm_sum_int(comm, halves, 2);
    struct scale scale = {0};
    for (int64_t high = halves[0] + (halves[1] >> 32); high >> scale.shift >= (int64_t)1 << 29;)
        scale.shift++;
    for (int64_t i = 0; i < rows; i++)
        mine += cost[i] >> scale.shift;
    scale.before = comm_sum_before(comm, mine);
    scale.total = mine;
    comm_sum_int(comm, &scale.total, 1);
    return scale;
}

/* The cost that the first p parts should have. */
static int64_t target_of(int p, int parts, int64_t total)
{
    return total / parts * p + total % parts * p / parts;
}

/* Cut p lies at the tile boundary whose cost before it is nearest to total p / parts. Each rank finds the cuts that
 * fall inside its own tiles, the others say 0. */
static void find_cuts(const struct comm *comm, int64_t *cuts, int parts, const int64_t *offsets,
                      const int64_t *cost, const struct scale *scale)
{
    int64_t first = offsets[comm->rank], end = offsets[comm->rank + 1], before = scale->before;
    int p = 1;
    for (int64_t tile = first; tile < end; tile += TILE_ROWS) {
        int64_t tile_end = number_min(tile + TILE_ROWS, end), after = before;
        for (int64_t row = tile; row < tile_end; row++)
            after += cost[row - first] >> scale->shift;
        for (; p < parts && target_of(p, parts, scale->total) < after; p++) {
            int64_t target = target_of(p, parts, scale->total);
            if (before <= target)
                cuts[p] = target - before > after - target ? tile_end : tile;
        }
        before = after;
    }
}

void partition_cut(const struct comm *comm, int64_t *cuts, int parts, const int64_t *offsets,
                   const int64_t *cost)
{
    int64_t rows = offsets[comm->size];
    struct scale scale = find_scale(comm, cost, offsets[comm->rank + 1] - offsets[comm->rank]);
    if (scale.total == 0) {
        partition_even(cuts, parts, rows);
        return;
    }
    memset(cuts, 0, ((size_t)parts + 1) * sizeof *cuts);
    find_cuts(comm, cuts, parts, offsets, cost, &scale);
    comm_max_int(comm, cuts, parts);
    cuts[parts] = rows;
    for (int p = 1; p < parts; p++)
        cuts[p] = number_max(cuts[p], cuts[p - 1]);
}

/* The place nearest to where a row's cost reaches `wanted`. */
static struct split_point cut_row(int64_t row, int64_t length, int64_t cost, int64_t wanted,
                                  const struct grain *grain)
{
    double share = (double)wanted / (double)cost;
    if (length < grain->long_row)
        return (struct split_point){.row = row + (share > 0.5)};
    int64_t rating = llround(share * (double)length / (double)grain->ratings) * grain->ratings;
    if (rating == 0 || rating >= length)
        return (struct split_point){.row = row + (rating > 0)};
    return (struct split_point){row, rating, length};
}

static void find_shares(const struct comm *comm, struct split_point *cuts, int parts, const int64_t *offsets,
                        const int64_t *cost, const int64_t *lengths, const struct grain *grain,
                        const struct scale *scale)
{
    int64_t first = offsets[comm->rank], rows = offsets[comm->rank + 1] - first, before = scale->before;
    int p = 1;
    for (int64_t i = 0; i < rows; i++) {
        int64_t row_cost = cost[i] >> scale->shift;
        for (; p < parts && target_of(p, parts, scale->total) < before + row_cost; p++) {
            int64_t target = target_of(p, parts, scale->total);
            if (before <= target)
                cuts[p] = cut_row(first + i, lengths[i], row_cost, target - before, grain);
        }
        before += row_cost;
    }
}

void partition_share(const struct comm *comm, struct split_point *cuts, int parts, const int64_t *offsets,
                     const int64_t *cost, const int64_t *lengths, const struct grain *grain)
{
    enum { NUMBERS = sizeof *cuts / sizeof(int64_t) };
    struct scale scale = find_scale(comm, cost, offsets[comm->rank + 1] - offsets[comm->rank]);
    memset(cuts, 0, ((size_t)parts + 1) * sizeof *cuts);
    find_shares(comm, cuts, parts, offsets, cost, lengths, grain, &scale);
    comm_max_int(comm, &cuts->row, (int64_t)parts * NUMBERS);
    cuts[parts].row = offsets[comm->size];
}
