#include "ratings/csr.h"

#include "base/memory.h"
#include "comm/redistribute.h"

status csr_build(struct csr *csr, enum side side, int64_t first_row, int64_t rows, struct pair *pairs,
                 int64_t count)
{
    return csr_build_weighed(csr, side, first_row, rows, pairs, NULL, count);
}

status csr_build_weighed(struct csr *csr, enum side side, int64_t first_row, int64_t rows, struct pair *pairs,
                         const float *weights, int64_t count)
{
    static const int64_t part = (int64_t)1 << 20;
    scoped int64_t *next = NULL;
    *csr = (struct csr){.first_row = first_row, .rows = rows};
    TRY(allocate(&csr->start, rows + 1));
    TRY(allocate_raw(&csr->column, count));
    TRY(allocate_raw(&csr->value, count));
    if (weights != NULL)
        TRY(allocate_raw(&csr->weight, count));
    TRY(allocate(&next, rows));
    for (int64_t i = 0; i < count; i++)
        next[pairs[i].row[side] - first_row]++;
    displacements_of(csr->start, next, rows);
    memcpy(next, csr->start, (size_t)rows * sizeof *next);
    for (int64_t i = 0; i < count; i++) {
        int64_t place = next[pairs[i].row[side] - first_row]++;
        csr->column[place] = pairs[i].row[!side];
        csr->value[place] = pairs[i].value;
        if (weights != NULL)
            csr->weight[place] = weights[i];
        if (i % part == part - 1)
            memory_give_back(pairs, (i + 1 - part) * (int64_t)sizeof *pairs,
                             (i + 1) * (int64_t)sizeof *pairs);
    }
    return MFALS_OK;
}

/* Room for as many rows as csr has, and for count pairs. */
static status make_room(struct csr *room, const struct csr *csr, int64_t count)
{
    *room = (struct csr){.first_row = csr->first_row, .rows = csr->rows};
    TRY(allocate(&room->start, csr->rows + 1));
    TRY(allocate_raw(&room->column, count));
    return allocate_raw(&room->value, count);
}

static void put(struct csr *to, int64_t *count, const struct csr *from, int64_t j)
{
    to->column[*count] = from->column[j];
    if (to->weight != NULL)
        to->weight[*count] = from->weight[j];
    to->value[(*count)++] = from->value[j];
}

status csr_positive(struct csr *kept, const struct csr *csr)
{
    int64_t count = 0;
    TRY(make_room(kept, csr, csr->start[csr->rows]));
    if (csr->weight != NULL)
        TRY(allocate_raw(&kept->weight, csr->start[csr->rows]));
    for (int64_t i = 0; i < csr->rows; i++) {
        for (int64_t j = csr->start[i]; j < csr->start[i + 1]; j++)
            if (csr->value[j] > 0)
                put(kept, &count, csr, j);
        kept->start[i + 1] = count;
    }
    return MFALS_OK;
}

status csr_union(struct csr *all, const struct csr *one, const struct csr *other)
{
    int64_t count = 0;
    TRY(make_room(all, one, one->start[one->rows] + other->start[other->rows]));
    for (int64_t i = 0; i < one->rows; i++) {
        int64_t a = one->start[i], b = other->start[i];
        while (a < one->start[i + 1] || b < other->start[i + 1])
            if (b == other->start[i + 1] || (a < one->start[i + 1] && one->column[a] < other->column[b]))
                put(all, &count, one, a++);
            else
                put(all, &count, other, b++);
        all->start[i + 1] = count;
    }
    return MFALS_OK;
}

void csr_free(struct csr *csr)
{
    memory_free(csr->start);
    memory_free(csr->column);
    memory_free(csr->value);
    memory_free(csr->weight);
    *csr = (struct csr){0};
}
