/* Format detection and the line parser. The first byte chooses --format and whether all of the file is there, the
 * second --columns and --holdout-last, the third --separator, --header and --ids; the rest is the text. */
#include "fuzz.h"

enum { LEAD = 3 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const columns[] = {NULL,
                                          "user,item",
                                          "item,user,rating",
                                          "-,item,user",
                                          "time,user,item,rating",
                                          "user,item,rating,time",
                                          "user=a,item=B,rating=-"};
    static const char *const separators[] = {NULL, ";", "blanks", "\\x01", "|"};
    static const char *const headers[] = {NULL, "yes", "no", "3"};
    enum {
        FORMATS = FORMAT_ADJACENCY + 1,
        COLUMNS = sizeof columns / sizeof *columns,
        SEPARATORS = 5,
        HEADERS = 4
    };
    if (size < LEAD)
        return 0;
    struct read_options options = {.format = (enum ratings_format)(data[0] % FORMATS),
                                   .columns = columns[data[1] % COLUMNS],
                                   .separator = separators[data[2] % SEPARATORS],
                                   .header = headers[data[2] / SEPARATORS % HEADERS],
                                   .ids = data[2] / SEPARATORS / HEADERS % (IDS_TEXT + 1)};
    bool whole = data[0] / FORMATS % 2 == 0;
    options.times = data[1] / COLUMNS % 3;
    const char *text = (const char *)data + LEAD;
    int64_t length = (int64_t)size - LEAD;
    struct format format;
    status got = format_of_text(&format, &options, "x", text, length, whole);
    FUZZ_REQUIRE(got == MFALS_OK || got == MFALS_USAGE || got == MFALS_BAD_DATA);
    if (got == MFALS_OK) {
        FUZZ_REQUIRE(format.line.columns >= 2 && format.line.columns <= LINE_COLUMNS_MAX);
        fuzz_parse_lines(&format, text, length);
    }
    format_free(&format);
    return 0;
}
