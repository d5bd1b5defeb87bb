/* Times in text: numbers as they come, or dates. All local. */
#ifndef READ_TIME_TEXT_H
#define READ_TIME_TEXT_H

#include <stdbool.h>
#include <stdint.h>

/* [local] The whole of text[0..length) as a time: a number, of which a fraction is cut off downwards, in whatever unit it
 * is (seconds, milliseconds: their order is all that counts); or a date, as the next one. false for anything else, and
 * for numbers that do not fit. *seconds is then untouched. */
bool time_parse(int64_t *seconds, const char *text, int64_t length);

/* [local] A date as ISO 8601 has it, in seconds since 1970 in UTC: 2005-09-06 or 2005/09/06, alone or with the time of day
 * behind 'T' or a blank: 12:30, 12:30:05, 12:30:05.678 (cut off), then perhaps a zone: Z, UTC, +01:00, +0100, +01; UTC if
 * there is none. The Gregorian calendar, years 0000 to 9999, also before it was in use; 24:00 is the next day's 00:00, a
 * leap second the next second. */
bool time_parse_date(int64_t *seconds, const char *text, int64_t length);

#endif
