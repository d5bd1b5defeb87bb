/* ratings/line.h: one line as a rating, and what is wrong with those that are none. */
#include "base/utf8.h"
#include "ranks.h"
#include "read/line.h"

#include <string.h>

static const struct line_format tabs = {.separator = SEPARATOR_TAB, .columns = 3, .id = {0, 1}, .value = 2};
static const struct line_format commas = {
    .separator = SEPARATOR_COMMA, .columns = 3, .id = {0, 1}, .value = 2};
static const struct line_format blanks = {
    .separator = SEPARATOR_BLANKS, .columns = 3, .id = {0, 1}, .value = 2};
static const struct line_format colons = {
    .separator = SEPARATOR_COLONS, .columns = 3, .id = {0, 1}, .value = 2};
static const struct line_format pairs = {.separator = SEPARATOR_TAB, .columns = 2, .id = {0, 1}, .value = -1};
static const struct line_format matrix = {
    .separator = SEPARATOR_BLANKS, .columns = 3, .id = {0, 1}, .value = 2, .declared = {10, 20}};

static bool is(const struct field *id, const char *expected)
{
    return id->length == (int64_t)strlen(expected) && memcmp(id->text, expected, strlen(expected)) == 0;
}

static void good(const struct line_format *format, const char *text, const char *user, const char *item,
                 float value)
{
    struct line line;
    struct line_fault fault = {0};
    bool parsed = line_parse(&line, &fault, format, text, (int64_t)strlen(text));
    CU_ASSERT_STRING_EQUAL(fault.reason, "");
    CU_ASSERT_FATAL(parsed);
    CU_ASSERT(is(&line.id[USERS], user));
    CU_ASSERT(is(&line.id[ITEMS], item));
    CU_ASSERT_EQUAL(line.value, value);
}

static void bad(const struct line_format *format, const char *text, int64_t column, const char *reason)
{
    struct line line;
    struct line_fault fault = {0};
    CU_ASSERT_FALSE(line_parse(&line, &fault, format, text, (int64_t)strlen(text)));
    CU_ASSERT_EQUAL(fault.column, column);
    CU_ASSERT_STRING_EQUAL(fault.reason, reason);
}

static void test_separators(void)
{
    good(&tabs, "1\t22\t3.5", "1", "22", 3.5f);
    good(&tabs, "1\t22\t3\t978300760\tmore", "1", "22", 3);
    good(&tabs, " a b \t\xc3\xa4\t-1e2", "a b", "\xc3\xa4", -100);
    good(&commas, "1,22,3", "1", "22", 3);
    good(&colons, "1::22::3::9", "1", "22", 3);
    good(&colons, "a:b::c::3", "a:b", "c", 3);
    good(&blanks, "  1 \t 22  3 ", "1", "22", 3);
    good(&pairs, "1\t22", "1", "22", 1);
}

static void test_order_of_columns(void)
{
    const struct line_format format = {.separator = SEPARATOR_COMMA, .columns = 4, .id = {3, 1}, .value = 0};
    good(&format, "5,i,x,u,y", "u", "i", 5);
    bad(&format, "z,i,x,u", 1, "'z' is not a number");
    bad(&format, "5,i,x,", 7, "the user is empty");
    bad(&format, "5,i,x", 6, "expected 4 columns separated by commas, found 3");
}

static void test_quotes(void)
{
    good(&commas, "\"a,b\",\"c \"\"d\"\"\",\"4\"", "a,b", "c \"d\"", 4);
    good(&commas, "a\"b,\"c\",1,\"unclosed", "a\"b", "c", 1);
    good(&commas, "\"\"\"\",x,1", "\"", "x", 1);
    good(&tabs, "\"a\"\tb\t1", "a", "b", 1);
    good(&tabs, "\"a\" b\tb\t1", "\"a\" b", "b", 1);
    good(&commas, " a , \"b\" , 1 ", "a", "b", 1);
    bad(&commas, "\"\",x,1", 1, "the user is empty");
    bad(&commas, "a,\"b,1", 3, "the quoted field does not end on its line");
    bad(&commas, "a,\"b\"c,1", 6, "text follows the closing quote");
    bad(&commas, "a,\"b\",\"x\"", 7, "'x' is not a number");
}

static void splits(enum separator separator, const char *text, const char *expected)
{
    struct field fields[8];
    struct line_fault fault;
    char got[64] = "";
    int count = fields_split(fields, &fault, separator, 8, text, (int64_t)strlen(text));
    for (int i = 0; i < count; i++)
        snprintf(got + strlen(got), sizeof got - strlen(got), "<%.*s>", (int)fields[i].length,
                 fields[i].text);
    CU_ASSERT_STRING_EQUAL(got, expected);
}

static void test_separators_of_lists(void)
{
    splits(SEPARATOR_PIPE, "1|a, b||c", "<1><a, b><><c>");
    splits(SEPARATOR_NONE, "a, b\tc", "<a, b\tc>");
    splits(SEPARATOR_COMMA_OR_BLANKS, " 1 \t2,3 , 4", "<1><2><3><4>");
    splits(SEPARATOR_COMMA_OR_BLANKS, "1,,2, ", "<1><><2><>");
    splits(SEPARATOR_COMMA_OR_BLANKS, "\"1\" \"2\",3 ", "<1><2><3>");
    splits(SEPARATOR_COMMA_OR_BLANKS, "1 \"2\"3", "");
}

static void test_values(void)
{
    good(&tabs, "u\ti\t-0.25", "u", "i", -0.25f);
    good(&tabs, "u\ti\t3.4028234e38", "u", "i", 3.4028234e38f);
    bad(&tabs, "u\ti\tabc", 5, "'abc' is not a number");
    bad(&tabs, "u\ti\t", 5, "'' is not a number");
    good(&tabs, "u\ti\t 5", "u", "i", 5);
    bad(&tabs, "u\ti\t3,5", 5, "'3,5' has a decimal comma, which is not read: write a point in its place");
    bad(&tabs, "u\ti\tnan", 5, "'nan' is not a finite number");
    bad(&tabs, "user\ti\t-inf", 8, "'-inf' is not a finite number");
    bad(&tabs, "u\ti\t1e999", 5, "'1e999' is not a finite number");
    bad(&tabs, "u\ti\t1e39", 5, "'1e39' is too large");
    bad(&tabs, "u\ti\tx\x01y\xff", 5, "'x?y?' is not a number");
    bad(&tabs, "u\ti\t0123456789012345678901234567890123456789z", 5,
        "'0123456789012345678901234567890123456789...' is not a number");
}

static void test_missing_columns(void)
{
    bad(&tabs, "1\t2", 4, "expected 3 columns separated by tabs, found 2");
    bad(&blanks, "1 ", 3, "expected 3 columns separated by blanks, found 1");
    bad(&colons, "1,2,3", 6, "expected 3 columns separated by '::', found 1");
    bad(&pairs, "1", 2, "expected 2 columns separated by tabs, found 1");
}

static void test_ids(void)
{
    char text[400], id[300];
    bad(&tabs, "\ti\t1", 1, "the user is empty");
    bad(&tabs, "u\t\t1", 3, "the item is empty");
    bad(&tabs, "u\xff\ti\t1", 1, "is not valid UTF-8; --encoding latin1 reads Western text");
    bad(&tabs, "u\ti\x07\t1", 3, "holds a control character");
    memset(id, 'x', 255);
    id[255] = '\0';
    strcat(strcpy(text, id), "\ti\t1");
    good(&tabs, text, id, "i", 1);
    strcat(strcat(strcpy(text, "u\tx"), id), "\t1");
    bad(&tabs, text, 3, "the item is longer than 255 bytes");
}

static void test_long_quoted_id(void)
{
    char text[700] = "\"";
    for (int i = 0; i < 255; i++)
        strcat(text, "\"\"");
    size_t length = strlen(text);
    char id[256];
    memset(id, '"', 255);
    id[255] = '\0';
    good(&commas, strcat(text, "\",i,1"), id, "i", 1);
    strcpy(text + length, "\"\"\",i,1");
    bad(&commas, text, 1, "the user is longer than 255 bytes");
}

static void test_matrix_indices(void)
{
    good(&matrix, "10 20 1.5", "10", "20", 1.5f);
    good(&matrix, "007 1 1", "7", "1", 1);
    bad(&matrix, "11 1 1", 1, "row '11' is not an integer from 1 to 10");
    bad(&matrix, "1 0 1", 3, "column '0' is not an integer from 1 to 20");
    bad(&matrix, "a 1 1", 1, "row 'a' is not an integer from 1 to 10");
}

/* The boundaries of RFC 3629. */
static void test_utf8(void)
{
    static const char *const valid[] = {"",
                                        "a ~",
                                        "\xc2\xa0",
                                        "\xdf\xbf",
                                        "\xe0\xa0\x80",
                                        "\xed\x9f\xbf",
                                        "\xee\x80\x80",
                                        "\xef\xbf\xbf",
                                        "\xf0\x90\x80\x80",
                                        "\xf4\x8f\xbf\xbf"};
    static const char *const invalid[] = {"\x1f",
                                          "\x7f",
                                          "\x80",
                                          "\xc1\xbf",
                                          "\xc2",
                                          "\xc2\x9f",
                                          "\xc2z",
                                          "\xe0\x9f\xbf",
                                          "\xed\xa0\x80",
                                          "\xe2\x82",
                                          "\xf0\x8f\xbf\xbf",
                                          "\xf4\x90\x80\x80",
                                          "\xf5\x80\x80\x80",
                                          "good then \xff"};
    for (size_t i = 0; i < sizeof valid / sizeof *valid; i++)
        CU_ASSERT(utf8_is_text(valid[i], (int64_t)strlen(valid[i])));
    for (size_t i = 0; i < sizeof invalid / sizeof *invalid; i++)
        CU_ASSERT_FALSE(utf8_is_text(invalid[i], (int64_t)strlen(invalid[i])));
}

static void shown_as(const char *text, const char *expected)
{
    char shown[64];
    CU_ASSERT_STRING_EQUAL(mfals_printable(shown, sizeof shown, text), expected);
}

static void test_printable(void)
{
    char shown[6];
    shown_as("caf\xc3\xa9 \xf0\x9f\x8e\xac", "caf\xc3\xa9 \xf0\x9f\x8e\xac");
    shown_as("\x1b[31m\t\r\n\x7f", "\\x1b[31m\\x09\\x0d\\x0a\\x7f");
    shown_as("\xc2\x9b"
             "31m",
             "\\u009b31m");
    shown_as("caf\xe9", "caf\\xe9");
    shown_as("\xe2\x82", "\\xe2\\x82");
    CU_ASSERT_STRING_EQUAL(mfals_printable(shown, sizeof shown, "1234\xc3\xa9"), "1234");
    CU_ASSERT_STRING_EQUAL(mfals_printable(shown, sizeof shown, "12\x1b"), "12");
    CU_ASSERT_STRING_EQUAL(mfals_printable(shown, sizeof shown, "12345678"), "12345");
    CU_ASSERT(utf8_is_valid("a\x1b", 2));
    CU_ASSERT_FALSE(utf8_is_valid("a\xff", 2));
}

static CU_TestInfo tests[] = {{"separators", test_separators},
                              {"columns in any order", test_order_of_columns},
                              {"quotes", test_quotes},
                              {"separators of lists", test_separators_of_lists},
                              {"values", test_values},
                              {"missing columns", test_missing_columns},
                              {"ids", test_ids},
                              {"a long quoted id", test_long_quoted_id},
                              {"matrix indices", test_matrix_indices},
                              {"UTF-8", test_utf8},
                              {"printable", test_printable},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "line", tests);
}
