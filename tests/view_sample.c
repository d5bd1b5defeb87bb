#include "view_sample.h"

#include "base/memory.h"
#include "base/random.h"
#include "comm/partition.h"
#include "ranks.h"
#include "ratings/csr.h"

enum { PADDING = 3 };

static int64_t number(int stream, int64_t a, int64_t b, int64_t below)
{
    return (int64_t)(random_uniform(99 + (uint64_t)stream, RANDOM_USER_FACTORS, a, b) * (double)below);
}

/* Multiples of 1/8 in [-1, 1]; the last column tells items apart by less than any difference of the others. */
double sample_factor(const struct view_sample *sample, enum side side, int64_t row, int c)
{
    if (sample->distinct && c == sample->view.factors - 1)
        return side == USERS ? 1 : (double)row / 0x1p18;
    if (side == ITEMS && row == 5)
        return 0;
    return (double)(number(side, row, c, 17) - 8) / 8;
}

double sample_bias(const struct view_sample *sample, enum side side, int64_t row)
{
    return sample->has_biases ? (double)(number(2 + (int)side, row, 0, 9) - 4) / 8 : 0;
}

double sample_score(const struct view_sample *sample, int64_t user, int64_t item)
{
    double score =
        sample->view.global_mean + sample_bias(sample, USERS, user) + sample_bias(sample, ITEMS, item);
    for (int c = 0; c < sample->view.factors; c++)
        score += sample_factor(sample, USERS, user, c) * sample_factor(sample, ITEMS, item, c);
    return score;
}

static status fill_side(struct view_sample *sample, enum side side, int64_t rows, bool lopsided)
{
    const struct comm *comm = sample->comm;
    int k = sample->view.factors, row_floats = k + PADDING;
    TRY(allocate(&sample->offsets[side], comm->size + 1));
    partition_even(sample->offsets[side], comm->size, rows);
    for (int r = 1; lopsided && r < comm->size; r++)
        sample->offsets[side][r] = 0;
    int64_t first = sample->offsets[side][comm->rank], own = sample->offsets[side][comm->rank + 1] - first;
    TRY(allocate(&sample->factors[side], own * row_floats + PADDING));
    TRY(allocate(&sample->bias[side], 2 * own));
    for (int64_t i = 0; i < own; i++) {
        for (int c = 0; c < k; c++)
            sample->factors[side][PADDING + i * row_floats + c] =
                (float)sample_factor(sample, side, first + i, c);
        sample->bias[side][2 * i] = (float)sample_bias(sample, side, first + i);
    }
    sample->view.side[side] = (struct view_side){.rows = rows,
                                                 .offsets = sample->offsets[side],
                                                 .factors = sample->factors[side] + PADDING,
                                                 .row_floats = row_floats,
                                                 .bias = sample->has_biases ? sample->bias[side] : NULL,
                                                 .bias_step = 2};
    return MFALS_OK;
}

void view_sample_open(struct view_sample *sample, const struct comm *comm, const int64_t rows[2], int k,
                      bool has_biases, bool distinct, bool lopsided)
{
    *sample = (struct view_sample){.comm = comm, .has_biases = has_biases, .distinct = distinct};
    sample->view = (struct model_view){.factors = k, .global_mean = has_biases ? 3.5 : 0};
    REQUIRE_OK(fill_side(sample, USERS, rows[USERS], false));
    REQUIRE_OK(fill_side(sample, ITEMS, rows[ITEMS], lopsided));
}

void view_sample_close(struct view_sample *sample)
{
    for (int side = USERS; side <= ITEMS; side++) {
        memory_free(sample->offsets[side]);
        memory_free(sample->factors[side]);
        memory_free(sample->bias[side]);
    }
}

bool sample_has(int set, int64_t every, int64_t user, int64_t item)
{
    if (set == 0 && user % 7 == 3)
        return false;
    if (set == 1 && user % 11 == 4)
        return true;
    return number(10 + set, user, item, every) == 0;
}

float sample_value(int64_t user, int64_t item)
{
    return (float)(1 + number(20, user, item, 5));
}

static status make_pairs(struct csr *csr, const struct view_sample *sample, int set, int64_t every)
{
    const struct view_side *users = &sample->view.side[USERS];
    int64_t first = users->offsets[sample->comm->rank], end = users->offsets[sample->comm->rank + 1];
    int64_t items = sample->view.side[ITEMS].rows, count = 0;
    scoped struct pair *pairs = NULL;
    *csr = (struct csr){0};
    TRY(allocate(&pairs, (end - first) * items));
    for (int64_t user = first; user < end; user++)
        for (int64_t item = 0; item < items; item++)
            if (sample_has(set, every, user, item))
                pairs[count++] = (struct pair){{(uint32_t)user, (uint32_t)item}, sample_value(user, item)};
    return csr_build(csr, USERS, first, end - first, pairs, count);
}

void sample_pairs(struct csr *csr, const struct view_sample *sample, int set, int64_t every)
{
    REQUIRE_OK(make_pairs(csr, sample, set, every));
}
