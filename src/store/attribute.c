#include "store/attribute.h"

#include <string.h>

bool attribute_equal(const struct attribute *one, const struct attribute *other)
{
    if (one->kind != other->kind)
        return false;
    return one->kind == ATTRIBUTE_TEXT      ? strcmp(one->text, other->text) == 0
           : one->kind == ATTRIBUTE_INTEGER ? one->integer == other->integer
                                            : one->real == other->real;
}
