/* Numbers from text and between widths. All local, none allocates. */
#ifndef BASE_NUMBER_H
#define BASE_NUMBER_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* [local] The whole of text[0..length) as a decimal integer, [-]digits; false for anything else or out of 64 bits.
 * *value is then untouched. */
bool number_parse_int(int64_t *value, const char *text, int64_t length);

/* [local] The whole of text[0..length) as a number as strtod reads it (nan, inf and 1e999 included), without
 * hexadecimal and without surrounding blanks; false for anything else. *value is then untouched. */
bool number_parse_double(double *value, const char *text, int64_t length);

/* [local] Whether text[0..length) is an integer of 64 bits written as printf would: "0", "17", "-3", but neither "-0" nor
 * "007". */
bool number_is_plain(const char *text, int64_t length);

/* [local] value as an int. A value outside is a broken invariant, never a user's error: MFALS_INTERNAL. */
status number_narrow(int *narrow, int64_t value);

/* [local] */
static inline int64_t number_min(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static inline int64_t number_max(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* [local] ceil(a / b) for a >= 0, b > 0. */
static inline int64_t number_divide_up(int64_t a, int64_t b)
{
    return a / b + (a % b != 0);
}

#endif
