#include "base/named_values.h"

#include <stdio.h>
#include <string.h>

void named_values_add(struct named_values *values, const char *name, double value)
{
    if (values->count == NAMED_VALUES_MAX)
        return;
    snprintf(values->name[values->count], VALUE_NAME_SIZE, "%s", name);
    values->value[values->count++] = value;
}

bool named_values_find(double *value, const struct named_values *values, const char *name)
{
    for (int i = 0; i < values->count; i++)
        if (strcmp(values->name[i], name) == 0) {
            *value = values->value[i];
            return true;
        }
    return false;
}
