/* Text in other encodings than UTF-8, into UTF-8. All local.
 *
 *     struct converter *converter;
 *     TRY(converter_open(&converter, "UTF-16LE", path));
 *     while (... converter_room(converter, &room), room > 0 ...)      more bytes of the file come in
 *         converter_take(converter, bytes, ended);
 *     TRY(converter_give(converter, &length, data, capacity));        0: more bytes are wanted
 *     converter_close(&converter);
 */
#ifndef READ_ENCODING_H
#define READ_ENCODING_H

#include "base/status.h"

#include <stdbool.h>
#include <stdint.h>

/* Named: by the user, --encoding. */
enum encoding {
    ENCODING_UTF8,
    ENCODING_UTF16LE,
    ENCODING_UTF16BE,
    ENCODING_UTF32LE,
    ENCODING_UTF32BE,
    ENCODING_NAMED
};
enum { ENCODING_MARK_BYTES = 4 };

/* [local] The name that iconv knows it by; NULL for UTF-8 and where it is the user's. */
const char *encoding_name(enum encoding encoding);

/* [local] By the byte order mark, up to ENCODING_MARK_BYTES, that a text begins with; ENCODING_UTF8 without one. */
enum encoding encoding_of_mark(const unsigned char *text, int64_t length);

/* [local] Whether a text without such a mark can be told to be UTF-16: by its NUL bytes. ENCODING_UTF8 if not. */
enum encoding encoding_of_zeros(const unsigned char *text, int64_t length);

/* [local] Whether name is one of UTF-8's, which needs no conversion. NULL is. */
bool encoding_is_utf8(const char *name);

/* [local] MFALS_USAGE for a name that is not known. */
status encoding_check(const char *name);

struct converter;

/* [local] path, which must outlive it, is for messages. MFALS_USAGE for a name that is not known, MFALS_NO_MEMORY; then
 * *converter is NULL. */
status converter_open(struct converter **converter, const char *name, const char *path);

/* [local] Where the next bytes of the file are to be put, and how many there is room for. */
char *converter_room(struct converter *converter, int64_t *room);

/* [local] So many have been; ended: they were the last. */
void converter_take(struct converter *converter, int64_t bytes, bool ended);

/* [local] Up to capacity bytes of UTF-8; 0: more bytes of the file are wanted, or, if it has ended, all was given.
 * MFALS_BAD_DATA "file:line:column: ..." for bytes that are no text of this encoding, behind all that comes before. */
status converter_give(struct converter *converter, int64_t *length, char *data, int64_t capacity);

/* [local] Accepts and leaves NULL. */
void converter_close(struct converter **converter);

#endif
