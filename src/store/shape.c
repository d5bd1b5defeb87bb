#include "store/shape.h"

#include "store/names.h"

#include <inttypes.h>

enum { FACTORS_MOST = 1 << 16 };

static status find(const struct data_set **found, const struct header *header, const char *path,
                   const char *name, enum element element, int dimensions)
{
    *found = header_find(header, name);
    if (*found == NULL)
        return fail(MFALS_BAD_DATA, "'%s' is damaged: %s is missing or of another type", path, name);
    if ((*found)->element != element || (*found)->dimensions != dimensions)
        return fail(MFALS_BAD_DATA, "'%s' is damaged: %s is of another type", path, name);
    return MFALS_OK;
}

static status check_rows(const struct data_set *set, int64_t rows, const char *path)
{
    if (set->rows == rows)
        return MFALS_OK;
    return fail(MFALS_BAD_DATA, "'%s' is damaged: %s has %" PRId64 " rows instead of %" PRId64, path,
                set->name, set->rows, rows);
}

static status find_ids(const struct data_set **found, const struct header *header, const char *path,
                       enum side side)
{
    const struct data_set *ids = header_find(header, ids_name[side]);
    enum element element = ids != NULL && ids->element == ELEMENT_TEXT ? ELEMENT_TEXT : ELEMENT_INT64;
    TRY(find(found, header, path, ids_name[side], element, 1));
    if (ids->rows > UINT32_MAX)
        return fail(MFALS_BAD_DATA, "'%s' is damaged: %s has more than 2^32 - 1 rows", path, ids->name);
    if (ids->width > ID_MAX_BYTES)
        return fail(MFALS_BAD_DATA, "'%s' is damaged: %s are longer than %d bytes", path, ids->name,
                    ID_MAX_BYTES);
    return MFALS_OK;
}

/* A number for each row of a side, which both sides have or neither. */
static status find_column(const struct data_set **found, const struct header *header, const char *path,
                          const char *const names[2], enum side side, enum element element)
{
    if (header_find(header, names[USERS]) == NULL && header_find(header, names[ITEMS]) == NULL)
        return MFALS_OK;
    TRY(find(found, header, path, names[side], element, 1));
    return check_rows(*found, header_find(header, ids_name[side])->rows, path);
}

static status find_side(struct shape *shape, const struct header *header, const char *path, enum side side)
{
    TRY(find_ids(&shape->ids[side], header, path, side));
    TRY(find(&shape->factors[side], header, path, factors_name[side], ELEMENT_FLOAT32, 2));
    TRY(check_rows(shape->factors[side], shape->ids[side]->rows, path));
    TRY(find_column(&shape->bias[side], header, path, bias_name, side, ELEMENT_FLOAT32));
    return find_column(&shape->count[side], header, path, count_name, side, ELEMENT_INT64);
}

status shape_of_model(struct shape *shape, const struct header *header, const char *path)
{
    *shape = (struct shape){0};
    TRY(find_side(shape, header, path, USERS));
    TRY(find_side(shape, header, path, ITEMS));
    int64_t users = shape->factors[USERS]->columns, items = shape->factors[ITEMS]->columns;
    if (users != items || users > FACTORS_MOST)
        return fail(MFALS_BAD_DATA, "'%s' is damaged: %" PRId64 " factors of users, %" PRId64 " of items",
                    path, users, items);
    return MFALS_OK;
}

status shape_of_ratings(struct shape *shape, const struct header *header, const char *path)
{
    *shape = (struct shape){0};
    TRY(find(&shape->value, header, path, rating_value_name, ELEMENT_FLOAT32, 1));
    for (int side = USERS; side <= ITEMS; side++) {
        TRY(find_ids(&shape->ids[side], header, path, side));
        TRY(find(&shape->row[side], header, path, rating_row_name[side], ELEMENT_UINT32, 1));
        TRY(check_rows(shape->row[side], shape->value->rows, path));
    }
    if (header_find(header, rating_time_name) == NULL)
        return MFALS_OK;
    TRY(find(&shape->time, header, path, rating_time_name, ELEMENT_INT64, 1));
    return check_rows(shape->time, shape->value->rows, path);
}
