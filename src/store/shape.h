/* The data sets of a model or ratings file, found and in agreement with each other. */
#ifndef STORE_SHAPE_H
#define STORE_SHAPE_H

#include "store/header.h"

/* They live in the header. */
struct shape {
    const struct data_set *ids[2];
    const struct data_set *factors[2], *bias[2],
        *count[2];                         /* of a model; bias and count NULL where it has none */
    const struct data_set *row[2], *value; /* of ratings */
    const struct data_set *time;           /* NULL where they have none */
};

/* [local] MFALS_BAD_DATA, naming the data set, where one is missing, of another type or of another size. */
status shape_of_model(struct shape *shape, const struct header *header, const char *path);
status shape_of_ratings(struct shape *shape, const struct header *header, const char *path);

#endif
