/* read/time_text.h against the C library's calendar. */
#include "ranks.h"
#include "read/time_text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static bool parse(int64_t *seconds, const char *text)
{
    *seconds = -77;
    bool parsed = time_parse(seconds, text, (int64_t)strlen(text));
    CU_ASSERT(parsed || *seconds == -77);
    return parsed;
}

static void is(const char *text, int64_t expected)
{
    int64_t seconds;
    CU_ASSERT(parse(&seconds, text));
    if (seconds != expected)
        printf("%s: %" PRId64 " instead of %" PRId64 "\n", text, seconds, expected);
    CU_ASSERT_EQUAL(seconds, expected);
}

static void refused(const char *text)
{
    int64_t seconds;
    bool parsed = parse(&seconds, text);
    if (parsed)
        printf("'%s' is taken for %" PRId64 "\n", text, seconds);
    CU_ASSERT_FALSE(parsed);
}

/* Every date of the years 0000 to 9999, and those that there are not, up to day 32 of month 13. */
static void test_every_day(void)
{
    int64_t wrong = 0, days = 0;
    for (int year = 0; year <= 9999; year++)
        for (int month = 0; month <= 13; month++)
            for (int day = 0; day <= 32; day++) {
                char text[16];
                int64_t seconds = 0;
                struct tm date = {.tm_year = year - 1900, .tm_mon = month - 1, .tm_mday = day};
                time_t expected = timegm(&date);
                bool exists = date.tm_mon == month - 1 && date.tm_mday == day && date.tm_year == year - 1900;
                snprintf(text, sizeof text, year % 2 == 0 ? "%04d-%02d-%02d" : "%04d/%02d/%02d", year, month,
                         day);
                bool parsed = time_parse_date(&seconds, text, 10);
                wrong += parsed != exists || (parsed && seconds != (int64_t)expected);
                days += parsed;
            }
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(days, 25 * 146097); /* days of 400 years */
}

/* Every second of a day, and what is none. */
static void test_every_second(void)
{
    int64_t wrong = 0;
    for (int hour = 0; hour <= 25; hour++)
        for (int minute = 0; minute <= 61; minute++)
            for (int second = 0; second <= 62; second++) {
                char text[64];
                int64_t seconds = 0;
                bool exists =
                    minute < 60 && second <= 60 && (hour < 24 || (hour == 24 && minute + second == 0));
                snprintf(text, sizeof text, "1969-12-31T%02d:%02d:%02d", hour, minute, second);
                bool parsed = time_parse(&seconds, text, (int64_t)strlen(text));
                wrong += parsed != exists;
                wrong += parsed && seconds != 3600 * hour + 60 * minute + second - 86400;
            }
    CU_ASSERT_EQUAL(wrong, 0);
}

/* 2005-09-06 12:30:05 is 1126009805: date -u -d ... +%s */
static void test_forms(void)
{
    static const char *const same[] = {"2005-09-06T12:30:05",
                                       "2005-09-06 12:30:05",
                                       "2005/09/06 12:30:05",
                                       "2005-09-06t12:30:05z",
                                       "2005-09-06T12:30:05.999Z",
                                       "2005-09-06T12:30:05,1",
                                       "2005-09-06 12:30:05Z",
                                       "2005-09-06 12:30:05 UTC",
                                       "2005-09-06 12:30:05 +0000",
                                       "2005-09-06T13:30:05+01:00",
                                       "2005-09-06T13:30:05+0100",
                                       "2005-09-06T13:30:05+01",
                                       "2005-09-06T08:00:05-04:30",
                                       "2005-09-07T02:15:05+1345",
                                       "1126009805",
                                       "1126009805.75",
                                       "1126009805.0",
                                       "1.126009805e9"};
    for (size_t i = 0; i < sizeof same / sizeof *same; i++)
        is(same[i], 1126009805);
    is("2005-09-06T12:30", 1126009800);
    is("2005-09-06T12:30+01:00", 1126006200);
    is("2005-09-06T24:00", 1126051200);
    is("2005-09-06T24:00:00.000Z", 1126051200);
    is("2016-12-31T23:59:60Z", 1483228800);
    is("1126009805000", 1126009805000);
    is("-5", -5);
    is("-5.5", -6);
    is("1969-12-31T23:59:59.5", -1);
}

static void test_none(void)
{
    static const char *const none[] = {"",
                                       " ",
                                       "noon",
                                       "-",
                                       "2005-9-06",
                                       "2005-09-6",
                                       "2005-09/06",
                                       "2005-09",
                                       "205-09-06",
                                       "12005-09-06",
                                       "2005-09-06T",
                                       "2005-09-06T12",
                                       "2005-09-06T12:",
                                       "2005-09-06T12:3",
                                       "2005-09-06T12:30:",
                                       "2005-09-06T12:30:5",
                                       "2005-09-06T12:30:05.",
                                       "2005-09-06T12:30:05.x",
                                       "2005-09-06T12:30:05+",
                                       "2005-09-06T12:30:05+1",
                                       "2005-09-06T12:30:05+01:",
                                       "2005-09-06T12:30:05+01:0",
                                       "2005-09-06T12:30:05+24",
                                       "2005-09-06T12:30:05+01:60",
                                       "2005-09-06T12:30:05 CET",
                                       "2005-09-06T12:30:05Zx",
                                       "2005-09-06T12:30:05 ",
                                       "2005-09-06Z",
                                       "2005-09-06 x",
                                       " 2005-09-06",
                                       "2005-09-06\n",
                                       "2005-09-06T24:00:01",
                                       "2005-09-06T24:00:00.1",
                                       "06-09-2005",
                                       "1e19",
                                       "nan",
                                       "9223372036854775808",
                                       "+2005-09-06",
                                       "-005-09-06",
                                       "2005-09-06T-1:30",
                                       "2005-09-06T12:30:05.5 ."};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        refused(none[i]);
    int64_t seconds;
    CU_ASSERT_FALSE(time_parse_date(&seconds, "2005-09-06\0", 11));
    CU_ASSERT_FALSE(time_parse_date(&seconds, "2005-09-06T12:30:05", 18));
}

static CU_TestInfo tests[] = {{"every day of 10,000 years", test_every_day},
                              {"every second of a day", test_every_second},
                              {"forms of one time", test_forms},
                              {"what is no time", test_none},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "times in text", tests);
}
