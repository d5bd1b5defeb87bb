#include "read/matrix_market.h"

#include "base/number.h"
#include "read/chunks.h"
#include "read/foreign_file.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char banner[] = "%%MatrixMarket";

bool matrix_market_begins(const char *text, int64_t length)
{
    int64_t bytes = (int64_t)strlen(banner), mark = text_mark_length(text, length);
    return length - mark >= bytes && strncasecmp(text + mark, banner, (size_t)bytes) == 0;
}

static bool is_word(const struct field *field, const char *word)
{
    return field->length == (int64_t)strlen(word) && strncasecmp(field->text, word, strlen(word)) == 0;
}

/* command <- what makes such a matrix of one whose word `word` is wrong; "" where nothing does. Returns command. */
static const char *convert(char *command, size_t size, const char *path, int word)
{
    enum { FORMAT = 2, SYMMETRY = 4 };
    char quoted[350];
    command[0] = '\0';
    if (word == FORMAT || word == SYMMETRY)
        snprintf(
            command, size,
            "; try: python3 -c 'import sys, scipy.io, scipy.sparse; scipy.io.mmwrite(sys.argv[2], "
            "scipy.sparse.coo_matrix(scipy.io.mmread(sys.argv[1])), symmetry=\"general\")' %s ratings.mtx",
            foreign_quote(quoted, sizeof quoted, path));
    return command;
}

/* Words 1 to 4 of the banner line: object, format, entries, symmetry. */
static status check_banner(bool *pattern, const char *path, const char *text, int64_t length)
{
    static const char *const supported[] = {"", "matrix", "coordinate", "real", "general"};
    static const char *const names[] = {"", "matrix", "coordinate",
                                        "real, integer, unsigned-integer and pattern", "general"};
    struct field words[5];
    struct line_fault fault;
    char command[600];
    if (fields_split(words, &fault, SEPARATOR_BLANKS, 5, text, length) < 5)
        return fail(MFALS_BAD_DATA, "%s:1:1: expected '%s matrix coordinate real general' or the like", path,
                    banner);
    *pattern = is_word(&words[3], "pattern");
    for (int i = 1; i < 5; i++) {
        bool known =
            is_word(&words[i], supported[i]) ||
            (i == 3 && (*pattern || is_word(&words[i], "integer") || is_word(&words[i], "unsigned-integer")));
        if (!known)
            return fail(MFALS_BAD_DATA,
                        "%.300s:1:%" PRId64 ": MatrixMarket '%.*s' is not supported, only %s%s", path,
                        words[i].text - text + 1, (int)number_min(words[i].length, 40), words[i].text,
                        names[i], convert(command, sizeof command, path, i));
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
    for (int64_t start = text_mark_length(text, length), next; start < length; start = next, line++) {
        const char *newline = memchr(text + start, '\n', (size_t)(length - start));
        if (newline == NULL && !whole)
            break; /* the rest of the line is not here */
        int64_t stop = newline == NULL ? length : newline - text;
        next = stop + 1;
        int64_t bytes = stop - start - (stop > start && text[stop - 1] == '\r');
        if (line == 1)
            TRY(check_banner(&pattern, path, text + start, bytes));
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
