#include "read/encoding.h"

#include "base/memory.h"
#include "base/number.h"

#include <errno.h>
#include <iconv.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>

enum { BYTES_IN = 1 << 16, BYTES_OUT = 2 * BYTES_IN };

struct converter {
    const char *name, *path; /* not owned */
    iconv_t handle;
    char *in;  /* owned: the first `held` bytes are to be converted */
    char *out; /* owned: bytes given .. made - 1 are to be given */
    int64_t held, given, made;
    int64_t line, column; /* of the next byte that will be made, from 0 */
    bool ended;
};

/* The longer marks first: that of UTF-16LE begins that of UTF-32LE. */
static const struct {
    const char *name, *mark;
    int bytes;
    enum encoding encoding;
} marks[] = {{"UTF-32LE", "\xff\xfe\0\0", 4, ENCODING_UTF32LE},
             {"UTF-32BE", "\0\0\xfe\xff", 4, ENCODING_UTF32BE},
             {"UTF-16LE", "\xff\xfe", 2, ENCODING_UTF16LE},
             {"UTF-16BE", "\xfe\xff", 2, ENCODING_UTF16BE}};
enum { MARKS = sizeof marks / sizeof *marks };

const char *encoding_name(enum encoding encoding)
{
    for (int i = 0; i < MARKS; i++)
        if (marks[i].encoding == encoding)
            return marks[i].name;
    return NULL;
}

enum encoding encoding_of_mark(const unsigned char *text, int64_t length)
{
    for (int i = 0; i < MARKS; i++)
        if (length >= marks[i].bytes && memcmp(text, marks[i].mark, (size_t)marks[i].bytes) == 0)
            return marks[i].encoding;
    return ENCODING_UTF8;
}

enum encoding encoding_of_zeros(const unsigned char *text, int64_t length)
{
    enum { LOOKED_AT = 64 };
    int64_t pairs = number_min(length, LOOKED_AT) / 2, zeros[2] = {0, 0};
    for (int64_t i = 0; i < 2 * pairs; i++)
        zeros[i % 2] += text[i] == 0;
    for (int i = 0; i < 2; i++) /* most characters of such lines are ASCII, and none is U+0000 */
        if (pairs >= 2 && zeros[i] == 0 && 4 * zeros[1 - i] >= 3 * pairs)
            return i == 0 ? ENCODING_UTF16LE : ENCODING_UTF16BE;
    return ENCODING_UTF8;
}

bool encoding_is_utf8(const char *name)
{
    return name == NULL || strcasecmp(name, "UTF-8") == 0 || strcasecmp(name, "UTF8") == 0;
}

/* A name with '/' would give orders to iconv, and an empty one stand for what this process runs under. */
static status open_handle(iconv_t *handle, const char *name)
{
    bool plain = name[0] != '\0' && strchr(name, '/') == NULL;
    *handle = plain ? iconv_open("UTF-8", name) : (iconv_t)-1;
    if (*handle != (iconv_t)-1)
        return MFALS_OK;
    if (plain && errno == ENOMEM)
        return fail(MFALS_NO_MEMORY, "not enough memory to read text in '%.100s'", name);
    return fail(MFALS_USAGE, "--encoding: '%.100s' is not known; iconv -l lists those that are", name);
}

status encoding_check(const char *name)
{
    iconv_t handle;
    if (encoding_is_utf8(name))
        return MFALS_OK;
    TRY(open_handle(&handle, name));
    iconv_close(handle);
    return MFALS_OK;
}

status converter_open(struct converter **converter, const char *name, const char *path)
{
    TRY(allocate(converter, 1));
    struct converter *c = *converter;
    c->name = name;
    c->path = path;
    c->handle = (iconv_t)-1;
    status done = allocate_raw(&c->in, BYTES_IN);
    if (done == MFALS_OK)
        done = allocate_raw(&c->out, BYTES_OUT);
    if (done == MFALS_OK)
        done = open_handle(&c->handle, name);
    if (done != MFALS_OK)
        converter_close(converter);
    return done;
}

char *converter_room(struct converter *converter, int64_t *room)
{
    *room = converter->ended ? 0 : BYTES_IN - converter->held;
    return converter->in + converter->held;
}

void converter_take(struct converter *converter, int64_t bytes, bool ended)
{
    converter->held += bytes;
    converter->ended = ended;
}

static void count(struct converter *converter)
{
    for (int64_t i = 0; i < converter->made; i++) {
        converter->column = converter->out[i] == '\n' ? 0 : converter->column + 1;
        converter->line += converter->out[i] == '\n';
    }
}

/* Makes what can be made of the bytes held; a fault of theirs is told once nothing comes before it. */
static status convert(struct converter *converter)
{
    char *in = converter->in, *out = converter->out;
    size_t in_left = (size_t)converter->held, out_left = BYTES_OUT;
    int error = iconv(converter->handle, &in, &in_left, &out, &out_left) == (size_t)-1 ? errno : 0;
    bool stuck = in == converter->in;
    memmove(converter->in, in, in_left);
    converter->held = (int64_t)in_left;
    converter->made = out - converter->out;
    converter->given = 0;
    if (stuck && (error == EILSEQ || (error == EINVAL && converter->ended)))
        return fail(MFALS_BAD_DATA, "%s:%" PRId64 ":%" PRId64 ": %s %s", converter->path, converter->line + 1,
                    converter->column + 1,
                    error == EILSEQ ? "from here on it is no text in" : "the file ends within a character of",
                    converter->name);
    count(converter);
    return MFALS_OK;
}

status converter_give(struct converter *converter, int64_t *length, char *data, int64_t capacity)
{
    *length = 0;
    while (converter->given == converter->made) {
        int64_t before = converter->held;
        TRY(convert(converter));
        if (converter->held == before)
            break; /* a part of a character, or nothing */
    }
    *length = number_min(capacity, converter->made - converter->given);
    memcpy(data, converter->out + converter->given, (size_t)*length);
    converter->given += *length;
    return MFALS_OK;
}

void converter_close(struct converter **converter)
{
    struct converter *old = *converter;
    if (old == NULL)
        return;
    if (old->handle != (iconv_t)-1)
        iconv_close(old->handle);
    memory_free(old->in);
    memory_free(old->out);
    memory_free(old);
    *converter = NULL;
}
