/* The names of formats and data sets. */
#ifndef STORE_NAMES_H
#define STORE_NAMES_H

#include "ratings/ids.h"
#include "read/raw.h"
#include "store/new_file.h"

#define MODEL_FORMAT      "mfals-model"
#define RATINGS_FORMAT    "mfals-ratings"
#define CHECKPOINT_FORMAT "mfals-checkpoint"
#define HISTORY_GROUP     "/history"
#define HISTORY_PREFIX    HISTORY_GROUP "/"

extern const char *const factors_name[2],
    *const ids_name[2], *const bias_name[2], *const count_name[2], *const rating_row_name[2];
extern const char *const rating_value_name, *const rating_time_name;

/* [local] The ids of a side as a data set. */
struct table ids_table(enum side side, const struct ids *ids, const int64_t *offsets);

#endif
