/* What may stand in an id, and what is UTF-8. What is not fit to be shown becomes so by mfals_printable. */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stdint.h>

/* [local] Whether text[0..length) is valid UTF-8 (RFC 3629: shortest form, no surrogates, at most U+10FFFF)
 * without control characters (below U+0020, U+007F to U+009F). */
bool utf8_is_text(const char *text, int64_t length);

/* [local] The same, with control characters. */
bool utf8_is_valid(const char *text, int64_t length);

#endif
