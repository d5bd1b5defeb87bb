#include "read/time_text.h"

#include "base/number.h"

#include <ctype.h>
#include <math.h>
#include <string.h>

/* What is left of a text. */
struct rest {
    const char *text;
    int64_t length;
};

static bool is_next(const struct rest *rest, const char *any)
{
    return rest->length > 0 && rest->text[0] != '\0' && strchr(any, rest->text[0]) != NULL;
}

static void advance(struct rest *rest, int64_t bytes)
{
    rest->text += bytes;
    rest->length -= bytes;
}

/* One of the characters. */
static bool take(struct rest *rest, const char *any)
{
    bool taken = is_next(rest, any);
    advance(rest, taken);
    return taken;
}

/* So many digits, from 0 or 1 up to `most`. */
static bool take_number(struct rest *rest, int64_t *value, int digits, int64_t least, int64_t most)
{
    *value = 0;
    if (rest->length < digits)
        return false;
    for (int i = 0; i < digits; i++) {
        if (!isdigit((unsigned char)rest->text[i]))
            return false;
        *value = 10 * *value + (rest->text[i] - '0');
    }
    advance(rest, digits);
    return *value >= least && *value <= most;
}

/* Of the Gregorian calendar since 1970-01-01; years begin in March here, so that a leap day is their last. */
static int64_t days_since_1970(int64_t year, int64_t month, int64_t day)
{
    enum { CENTURIES_DAYS = 146097, TO_1970 = 719468 };
    int64_t y = year + 400 - (month <= 2); /* 400 years more, for year 0000 */
    int64_t of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    return y * 365 + y / 4 - y / 100 + y / 400 + of_year - CENTURIES_DAYS - TO_1970;
}

static bool take_date(struct rest *rest, int64_t *seconds)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    int64_t year, month, day;
    if (!take_number(rest, &year, 4, 0, 9999) || !is_next(rest, "-/"))
        return false;
    const char between[] = {rest->text[0], '\0'};
    if (!take(rest, between) || !take_number(rest, &month, 2, 1, 12) || !take(rest, between))
        return false;
    bool leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    if (!take_number(rest, &day, 2, 1, days[month - 1] + (month == 2 && leap)))
        return false;
    *seconds = 86400 * days_since_1970(year, month, day);
    return true;
}

/* "12:30", "12:30:05", "12:30:05.678" */
static bool take_clock(struct rest *rest, int64_t *seconds)
{
    int64_t hour, minute, second = 0;
    bool rest_of_day = false; /* something behind 24:00:00 */
    if (!take_number(rest, &hour, 2, 0, 24) || !take(rest, ":") || !take_number(rest, &minute, 2, 0, 59))
        return false;
    if (take(rest, ":") && !take_number(rest, &second, 2, 0, 60))
        return false;
    if (take(rest, ".,")) {
        if (rest->length == 0 || !isdigit((unsigned char)rest->text[0]))
            return false;
        for (; rest->length > 0 && isdigit((unsigned char)rest->text[0]); advance(rest, 1))
            rest_of_day |= rest->text[0] != '0';
    }
    *seconds += 3600 * hour + 60 * minute + second;
    return hour < 24 || (minute == 0 && second == 0 && !rest_of_day);
}

/* "Z", " UTC", "+01:00", "-0330", "+01", or nothing. */
static bool take_zone(struct rest *rest, int64_t *seconds)
{
    int64_t hours, minutes = 0;
    if (rest->length == 0 || take(rest, "Zz"))
        return true;
    take(rest, " ");
    if (rest->length >= 3 && (memcmp(rest->text, "UTC", 3) == 0 || memcmp(rest->text, "GMT", 3) == 0)) {
        advance(rest, 3);
        return true;
    }
    int sign = is_next(rest, "-") ? -1 : 1;
    if (!take(rest, "+-") || !take_number(rest, &hours, 2, 0, 23))
        return false;
    if ((take(rest, ":") || rest->length > 0) && !take_number(rest, &minutes, 2, 0, 59))
        return false;
    *seconds -= sign * (3600 * hours + 60 * minutes);
    return true;
}

bool time_parse_date(int64_t *seconds, const char *text, int64_t length)
{
    struct rest rest = {text, length};
    int64_t found;
    if (!take_date(&rest, &found))
        return false;
    if (rest.length > 0 && (!take(&rest, "Tt ") || !take_clock(&rest, &found) || !take_zone(&rest, &found)))
        return false;
    if (rest.length > 0)
        return false;
    *seconds = found;
    return true;
}

bool time_parse(int64_t *seconds, const char *text, int64_t length)
{
    double number;
    if (number_parse_int(seconds, text, length))
        return true;
    if (!number_parse_double(&number, text, length))
        return time_parse_date(seconds, text, length);
    if (!(number >= -0x1p63 && number < 0x1p63))
        return false;
    *seconds = (int64_t)floor(number);
    return true;
}
