#include "fuzz.h"
#include "read/adjacency.h"

#include "base/number.h"
#include "base/utf8.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fuzz_require(int holds, const char *text, const char *file, int line)
{
    if (holds)
        return;
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, text);
    abort();
}

static void check_line(const struct line *line, const struct line_format *format)
{
    for (int side = USERS; side <= ITEMS; side++) {
        const struct field *id = &line->id[side];
        FUZZ_REQUIRE(id->length >= 1 && id->length <= ID_MAX_BYTES);
        FUZZ_REQUIRE(utf8_is_text(id->text, id->length));
        int64_t index = 0, declared = format->declared[side];
        FUZZ_REQUIRE(declared == 0 ||
                     (number_parse_int(&index, id->text, id->length) && index >= 1 && index <= declared));
        FUZZ_REQUIRE(declared == 0 || id->text[0] != '0'); /* or one id would have several texts */
    }
    FUZZ_REQUIRE(isfinite(line->value));
    FUZZ_REQUIRE(format->value >= 0 || line->value == 1);
    FUZZ_REQUIRE(format->timed || line->time == 0);
}

static void check_fault(const struct line_fault *fault, int64_t length)
{
    FUZZ_REQUIRE(fault->column >= 1 && fault->column <= length + 1);
    size_t bytes = strnlen(fault->reason, sizeof fault->reason);
    FUZZ_REQUIRE(bytes > 0 && bytes < sizeof fault->reason);
    FUZZ_REQUIRE(utf8_is_text(fault->reason, (int64_t)bytes));
}

void fuzz_parse_lines(const struct format *format, const char *text, int64_t length)
{
    for (int64_t start = 0, next; start < length; start = next) {
        const char *newline = memchr(text + start, '\n', (size_t)(length - start));
        int64_t stop = newline == NULL ? length : newline - text;
        next = stop + 1;
        int64_t bytes = stop - start - (stop > start && text[stop - 1] == '\r');
        if (format_skips(format, 0, start, text + start, bytes))
            continue;
        struct line line;
        struct line_fault fault;
        if (format->adjacency) {
            struct adjacency list = adjacency_begin(format, text + start, bytes, 0);
            while (adjacency_next(&list, &line, &fault))
                check_line(&line, &format->line);
            if (list.bad)
                check_fault(&fault, bytes);
        } else if (line_parse(&line, &fault, &format->line, text + start, bytes))
            check_line(&line, &format->line);
        else
            check_fault(&fault, bytes);
    }
}
