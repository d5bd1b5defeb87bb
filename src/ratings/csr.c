#include "ratings/csr.h"

#include "base/memory.h"
#include "comm/ship.h"

status csr_build(struct csr *csr, enum side side, int64_t first_row, int64_t rows, struct pair *pairs,
                 int64_t count)
{
    static const int64_t part = (int64_t)1 << 20;
    scoped int64_t *next = NULL;
    *csr = (struct csr){.first_row = first_row, .rows = rows};
    TRY(allocate(&csr->start, rows + 1));
    TRY(allocate_raw(&csr->column, count));
    TRY(allocate_raw(&csr->value, count));
    TRY(allocate(&next, rows));
    for (int64_t i = 0; i < count; i++)
        next[pairs[i].row[side] - first_row]++;
    ship_displacements(csr->start, next, rows);
    memcpy(next, csr->start, (size_t)rows * sizeof *next);
    for (int64_t i = 0; i < count; i++) {
        int64_t place = next[pairs[i].row[side] - first_row]++;
        csr->column[place] = pairs[i].row[!side];
        csr->value[place] = pairs[i].value;
        if (i % part == part - 1)
            memory_give_back(pairs, (i + 1 - part) * (int64_t)sizeof *pairs,
                             (i + 1) * (int64_t)sizeof *pairs);
    }
    return MFALS_OK;
}

void csr_free(struct csr *csr)
{
    memory_free(csr->start);
    memory_free(csr->column);
    memory_free(csr->value);
    *csr = (struct csr){0};
}
