#include "base/utf8.h"

#include <mfals/status.h>
#include <stdio.h>
#include <string.h>

/* Length and bits of the sequence a byte begins; 0 if it begins none. */
static int begin_sequence(uint32_t *bits, unsigned char byte)
{
    if (byte >= 0xc2 && byte <= 0xdf) {
        *bits = byte & 0x1fU;
        return 2;
    }
    if (byte >= 0xe0 && byte <= 0xef) {
        *bits = byte & 0x0fU;
        return 3;
    }
    if (byte >= 0xf0 && byte <= 0xf4) {
        *bits = byte & 0x07U;
        return 4;
    }
    return 0;
}

/* The length of the character at the front, and its code; 0 where the bytes are none. */
static int character(uint32_t *code, const unsigned char *text, int64_t length)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (text[0] < 0x80) {
        *code = text[0];
        return 1;
    }
    uint32_t bits;
    int bytes = begin_sequence(&bits, text[0]);
    if (bytes == 0 || bytes > length)
        return 0;
    for (int i = 1; i < bytes; i++) {
        if ((text[i] & 0xc0) != 0x80)
            return 0;
        bits = bits << 6 | (text[i] & 0x3fU);
    }
    bool surrogate = bits >= 0xd800 && bits <= 0xdfff;
    *code = bits;
    return bits >= least[bytes] && bits <= 0x10ffff && !surrogate ? bytes : 0;
}

static bool is_control(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0);
}

static bool check(const char *text, int64_t length, bool controls)
{
    uint32_t code;
    int bytes;
    for (int64_t i = 0; i < length; i += bytes) {
        bytes = character(&code, (const unsigned char *)text + i, length - i);
        if (bytes == 0 || (!controls && is_control(code)))
            return false;
    }
    return true;
}

bool utf8_is_text(const char *text, int64_t length)
{
    return check(text, length, false);
}

bool utf8_is_valid(const char *text, int64_t length)
{
    return check(text, length, true);
}

char *mfals_printable(char *to, size_t size, const char *text)
{
    size_t length = strlen(text), filled = 0;
    for (size_t i = 0; i < length;) {
        uint32_t code;
        char shown[8];
        int bytes = character(&code, (const unsigned char *)text + i, (int64_t)(length - i)), width = bytes;
        if (bytes == 0)
            width = snprintf(shown, sizeof shown, "\\x%02x", (unsigned char)text[i]);
        else if (is_control(code))
            width = snprintf(shown, sizeof shown, code < 0x80 ? "\\x%02x" : "\\u%04x", code);
        else
            memcpy(shown, text + i, (size_t)bytes);
        if (filled + (size_t)width >= size)
            break;
        memcpy(to + filled, shown, (size_t)width);
        filled += (size_t)width;
        i += bytes == 0 ? 1 : (size_t)bytes;
    }
    if (size > 0)
        to[filled] = '\0';
    return to;
}
