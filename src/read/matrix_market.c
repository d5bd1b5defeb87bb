#include "read/matrix_market.h"

#include "base/number.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

static const char banner[] = "%%MatrixMarket";

bool matrix_market_begins(const char *text, int64_t length)
{
    int64_t bytes = (int64_t)strlen(banner);
    return length >= bytes && strncasecmp(text, banner, (size_t)bytes) == 0;
}

static bool is_word(const struct field *field, const char *word)
{
    return field->length == (int64_t)strlen(word) && strncasecmp(field->text, word, strlen(word)) == 0;
}

/* Words 1 to 4 of the banner line: object, format, entries, symmetry. */
static status check_banner(bool *pattern, const char *path, const char *text, int64_t length)
{
    static const char *const supported[] = {"", "matrix", "coordinate", "real", "general"};
    static const char *const names[] = {"", "matrix", "coordinate", "real, integer and pattern", "general"};
    struct field words[5];
    struct line_fault fault;
    if (fields_split(words, &fault, SEPARATOR_BLANKS, 5, text, length) < 5)
        return fail(MFALS_BAD_DATA, "%s:1:1: expected '%s matrix coordinate real general' or the like", path,
                    banner);
    *pattern = is_word(&words[3], "pattern");
    for (int i = 1; i < 5; i++) {
        bool known =
            is_word(&words[i], supported[i]) || (i == 3 && (*pattern || is_word(&words[i], "integer")));
        if (!known)
            return fail(MFALS_BAD_DATA, "%s:1:%" PRId64 ": MatrixMarket '%.*s' is not supported, only %s",
                        path, words[i].text - text + 1, (int)number_min(words[i].length, 40), words[i].text,
                        names[i]);
    }
    return MFALS_OK;
}

static status read_size(struct format *format, const char *path, int64_t line, const char *text,
                        int64_t length)
{
    int64_t *const sizes[] = {&format->line.declared[USERS], &format->line.declared[ITEMS], &format->entries};
    struct field fields[4];
    struct line_fault fault;
    bool valid = fields_split(fields, &fault, SEPARATOR_BLANKS, 4, text, length) == 3;
    for (int i = 0; i < 3 && valid; i++)
        valid = number_parse_int(sizes[i], fields[i].text, fields[i].length) && *sizes[i] >= (i < 2 ? 1 : 0);
    if (!valid)
        return fail(MFALS_BAD_DATA,
                    "%s:%" PRId64 ":1: expected the matrix's numbers of rows, columns and entries", path,
                    line);
    return MFALS_OK;
}

status matrix_market_head(struct format *format, const char *path, const char *text, int64_t length,
                          bool whole)
{
    bool pattern = false;
    int64_t line = 1;
    for (int64_t start = 0, next; start < length; start = next, line++) {
        const char *newline = memchr(text + start, '\n', (size_t)(length - start));
        if (newline == NULL && !whole)
            break; /* the rest of the line is not here */
        int64_t stop = newline == NULL ? length : newline - text;
        next = stop + 1;
        int64_t bytes = stop - start - (stop > start && text[stop - 1] == '\r');
        if (line == 1)
            TRY(check_banner(&pattern, path, text, bytes));
        if (line == 1 || text[start] == '%' || line_is_blank(text + start, bytes))
            continue;
        TRY(read_size(format, path, line, text + start, bytes));
        format->matrix = true;
        format->data_start = next;
        format->line.separator = SEPARATOR_BLANKS;
        format->line.columns = pattern ? 2 : 3;
        format->line.value = pattern ? -1 : 2;
        return MFALS_OK;
    }
    return fail(MFALS_BAD_DATA, "%s:%" PRId64 ":1: no MatrixMarket size line in the first %" PRId64 " bytes",
                path, line, length);
}
