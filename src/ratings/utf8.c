#include "ratings/utf8.h"

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

/* The length of the character at the front if it may stand in an id, else 0. */
static int character_length(const unsigned char *text, int64_t length)
{
    static const uint32_t least[] = {0, 0, 0xa0, 0x800, 0x10000}; /* of two bytes: behind the controls */
    if (text[0] < 0x80)
        return text[0] >= 0x20 && text[0] != 0x7f;
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
    return bits >= least[bytes] && bits <= 0x10ffff && !surrogate ? bytes : 0;
}

bool utf8_is_text(const char *text, int64_t length)
{
    int bytes;
    for (int64_t i = 0; i < length; i += bytes) {
        bytes = character_length((const unsigned char *)text + i, length - i);
        if (bytes == 0)
            return false;
    }
    return true;
}
