#include "base/number.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

bool number_parse_int(int64_t *value, const char *text, int64_t length)
{
    bool negative = length > 0 && text[0] == '-';
    if (length == negative)
        return false;
    int64_t sum = 0; /* negative, for INT64_MIN has no positive twin */
    for (int64_t i = negative; i < length; i++) {
        int digit = text[i] - '0';
        if (digit < 0 || digit > 9 || __builtin_mul_overflow(sum, 10, &sum) ||
            __builtin_sub_overflow(sum, digit, &sum))
            return false;
    }
    if (!negative && sum == INT64_MIN)
        return false;
    *value = negative ? sum : -sum;
    return true;
}

/* Decimals of up to 15 digits and 10^22 are exact in a double, and their quotient is rounded once: the correctly
 * rounded value (Clinger, PLDI 1990, fast path). Everything else is strtod's. */
static bool parse_simple_decimal(double *value, const char *text, int64_t length)
{
    static const double powers_of_ten[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                           1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    bool negative = length > 0 && text[0] == '-';
    int64_t mantissa = 0;
    int digits = 0, decimals = 0;
    bool point = false;
    if (length - negative > 16)
        return false;
    for (int64_t i = negative; i < length; i++) {
        if (text[i] == '.' && !point) {
            point = true;
            continue;
        }
        int digit = text[i] - '0';
        if (digit < 0 || digit > 9)
            return false;
        mantissa = 10 * mantissa + digit;
        digits++;
        decimals += point;
    }
    if (digits == 0 || digits > 15)
        return false;
    double magnitude = (double)mantissa / powers_of_ten[decimals];
    *value = negative ? -magnitude : magnitude;
    return true;
}

bool number_parse_double(double *value, const char *text, int64_t length)
{
    if (parse_simple_decimal(value, text, length))
        return true;
    char copy[128];
    if (length <= 0 || length >= (int64_t)sizeof copy || memchr(text, 'x', (size_t)length) != NULL ||
        memchr(text, 'X', (size_t)length) != NULL || memchr(" \t\n\v\f\r", text[0], 6) != NULL)
        return false;
    memcpy(copy, text, (size_t)length);
    copy[length] = '\0';
    char *end;
    double parsed = strtod(copy, &end);
    if (end != copy + length)
        return false;
    *value = parsed;
    return true;
}

status number_narrow(int *narrow, int64_t value)
{
    if (value < INT_MIN || value > INT_MAX)
        return fail(MFALS_INTERNAL, "the count %" PRId64 " does not fit an int", value);
    *narrow = (int)value;
    return MFALS_OK;
}

bool number_is_plain(const char *text, int64_t length)
{
    int64_t value, first = length > 0 && text[0] == '-';
    if (length > 1 && text[first] == '0')
        return false;
    return number_parse_int(&value, text, length);
}
