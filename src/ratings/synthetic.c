#include "ratings/synthetic.h"

#include "base/memory.h"
#include "base/random.h"

#include <math.h>
#include <stdlib.h>

static const double tail = 1.8; /* a of the users' power law */

status synthetic_row_open(struct synthetic_row *row, const struct synthetic_options *shape)
{
    *row = (struct synthetic_row){.shape = shape};
    return allocate(&row->user_factors, shape->factors);
}

void synthetic_row_free(struct synthetic_row *row)
{
    memory_free(row->item);
    memory_free(row->value);
    memory_free(row->user_factors);
    *row = (struct synthetic_row){0};
}

static status make_room(struct synthetic_row *row, int64_t count)
{
    int64_t items = row->capacity, values = row->capacity;
    TRY(memory_grow(&row->item, &items, count, sizeof *row->item));
    TRY(memory_grow(&row->value, &values, count, sizeof *row->value));
    row->capacity = items;
    return MFALS_OK;
}

static int64_t draw_count(const struct synthetic_options *shape, uint64_t seed, int64_t user)
{
    double u = 1 - random_uniform(seed, RANDOM_SYNTHETIC_USERS, user, 0); /* in (0, 1] */
    double count = (double)shape->ratings_per_user * (tail - 1) / tail * pow(u, -1 / tail);
    double most = ceil((double)shape->items / 2);
    return (int64_t)fmax(1, fmin(most, round(count)));
}

static int ascending(const void *a, const void *b)
{
    uint32_t one = *(const uint32_t *)a, other = *(const uint32_t *)b;
    return (one > other) - (one < other);
}

/* Sorts the items and drops repetitions. Returns how many are left. */
static int64_t make_distinct(uint32_t *item, int64_t count)
{
    int64_t kept = 0;
    qsort(item, (size_t)count, sizeof *item, ascending);
    for (int64_t i = 0; i < count; i++)
        if (i == 0 || item[i] != item[kept - 1])
            item[kept++] = item[i];
    return kept;
}

static double draw_value(const struct synthetic_row *row, uint64_t seed, int64_t user, int64_t item)
{
    double sum = 0;
    for (int f = 0; f < row->shape->factors; f++)
        sum += row->user_factors[f] * random_normal(seed, RANDOM_SYNTHETIC_ITEM_FACTORS, item, f);
    double noise = row->shape->noise;
    if (noise > 0)
        noise *= random_normal(seed, RANDOM_SYNTHETIC_NOISE, user, item);
    return sum / sqrt(row->shape->factors) + noise;
}

status synthetic_draw(struct synthetic_row *row, int64_t *count, uint64_t seed, int64_t user)
{
    const struct synthetic_options *shape = row->shape;
    int64_t drawn = draw_count(shape, seed, user);
    TRY(make_room(row, drawn));
    for (int64_t i = 0; i < drawn; i++) {
        double u = random_uniform(seed, RANDOM_SYNTHETIC_ITEMS, user, i);
        row->item[i] = (uint32_t)(u * u * (double)shape->items);
    }
    for (int f = 0; f < shape->factors; f++)
        row->user_factors[f] = random_normal(seed, RANDOM_SYNTHETIC_USER_FACTORS, user, f);
    *count = make_distinct(row->item, drawn);
    for (int64_t i = 0; i < *count; i++)
        row->value[i] = draw_value(row, seed, user, row->item[i]);
    return MFALS_OK;
}
