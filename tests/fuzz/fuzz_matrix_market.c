/* The head of a MatrixMarket file, and its entries. The input is the file, once whole and once as if there were
 * more. */
#include "fuzz.h"
#include "read/matrix_market.h"

static void read_file(const char *text, int64_t length, bool whole)
{
    struct format format = {.line.id[ITEMS] = 1};
    status got = matrix_market_head(&format, "x", text, length, whole);
    FUZZ_REQUIRE(got == MFALS_OK || got == MFALS_BAD_DATA);
    if (got != MFALS_OK)
        return;
    FUZZ_REQUIRE(format.matrix && format.entries >= 0 && format.data_start <= length + 1);
    FUZZ_REQUIRE(format.line.declared[USERS] >= 1 && format.line.declared[ITEMS] >= 1);
    fuzz_parse_lines(&format, text, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *text = (const char *)data;
    matrix_market_begins(text, (int64_t)size);
    read_file(text, (int64_t)size, true);
    read_file(text, (int64_t)size, false);
    return 0;
}
