#include "store/names.h"

#include "base/number.h"

const char *const factors_name[2] = {[USERS] = "/users/factors", [ITEMS] = "/items/factors"};
const char *const ids_name[2] = {[USERS] = "/users/ids", [ITEMS] = "/items/ids"};
const char *const bias_name[2] = {[USERS] = "/users/bias", [ITEMS] = "/items/bias"};
const char *const count_name[2] = {[USERS] = "/users/rating_count", [ITEMS] = "/items/rating_count"};
const char *const rating_row_name[2] = {[USERS] = "/ratings/user", [ITEMS] = "/ratings/item"};
const char *const rating_value_name = "/ratings/value", *const rating_time_name = "/ratings/time";

struct table ids_table(enum side side, const struct ids *ids, const int64_t *offsets)
{
    int64_t width = ids->kind == ID_INTEGER ? (int64_t)sizeof(int64_t) : number_max(1, ids->width);
    return (struct table){.slab = {ids_name[side], ids->keys, width, width, offsets},
                          .element = ids->kind == ID_INTEGER ? ELEMENT_INT64 : ELEMENT_TEXT};
}
