/* What describes a file's contents: attributes at its root, and the figures of each iteration. */
#ifndef STORE_ATTRIBUTE_H
#define STORE_ATTRIBUTE_H

#include <stdbool.h>
#include <stdint.h>

struct attribute {
    const char *name;
    enum { ATTRIBUTE_TEXT, ATTRIBUTE_INTEGER, ATTRIBUTE_REAL } kind;
    const char *text; /* UTF-8, written as a variable-length string */
    int64_t integer;
    double real;
};

/* [local] Whether their values are the same, whatever their names. */
bool attribute_equal(const struct attribute *one, const struct attribute *other);

/* One figure's values, iteration by iteration; the same on every rank. */
struct history {
    const char *name;
    const double *values;
    int64_t count;
};

#endif
