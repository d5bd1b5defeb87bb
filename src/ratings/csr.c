#include "ratings/csr.h"

#include "base/memory.h"
#include "comm/ship.h"

status csr_build(struct csr *csr, enum side side, int64_t first_row, int64_t rows, const struct pair *pairs,
                 int64_t count)
{
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
