/* A few numbers by name, such as the metrics of an evaluation. All local.
 *
 *     struct named_values values = {0};
 *     named_values_add(&values, "ndcg@10", 0.41);
 *     if (named_values_find(&value, &values, "ndcg@10")) ...
 */
#ifndef BASE_NAMED_VALUES_H
#define BASE_NAMED_VALUES_H

#include <stdbool.h>

enum { NAMED_VALUES_MAX = 128, VALUE_NAME_SIZE = 24 };

struct named_values {
    char name[NAMED_VALUES_MAX][VALUE_NAME_SIZE];
    double value[NAMED_VALUES_MAX];
    int count;
};

/* At most NAMED_VALUES_MAX; more are left out. */
void named_values_add(struct named_values *values, const char *name, double value);

/* Whether there is one of that name; its value. */
bool named_values_find(double *value, const struct named_values *values, const char *name);

#endif
