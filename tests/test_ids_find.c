/* ratings/ids_find.h and ids_list.h: ids looked up in a known map, however its rows lie, against a search through all
 * known ids by every rank. */
#include "base/memory.h"
#include "known_map.h"
#include "ranks.h"
#include "ratings/ids_find.h"
#include "ratings/ids_list.h"
#include "read_files.h"

#include <stdio.h>
#include <string.h>

static struct id_list users, items;

/* Candidate number i: known ones, and what may be taken for known. Its length; -1 where there are no more. */
static int candidate(char *text, const struct id_list *list, int i)
{
    static const char *const odd[] = {"007",
                                      "-0",
                                      "0",
                                      "+5",
                                      "5 ",
                                      " 5",
                                      "5.0",
                                      "0x5",
                                      "-",
                                      "abc",
                                      "m",
                                      "\x01",
                                      "zzzz",
                                      "99999999999999999999",
                                      "9223372036854775807",
                                      "9223372036854775806",
                                      "9223372036854775808",
                                      "-9223372036854775808",
                                      "-9223372036854775809",
                                      "-9223372036854775807",
                                      "1",
                                      "-1"};
    enum { ODD = sizeof odd / sizeof *odd };
    if (i < ODD)
        return snprintf(text, TEXT_BYTES, "%s", odd[i]);
    i -= ODD;
    if (i < list->rows)
        return snprintf(text, TEXT_BYTES, "%s", list->text[i]);
    i -= list->rows;
    int shorter = i % 3 == 1, longer = i % 3 == 0;
    if (i < list->rows)
        return snprintf(text, TEXT_BYTES, "%.*s%s", (int)strlen(list->text[i]) - shorter, list->text[i],
                        longer ? "7" : "");
    i -= list->rows;
    if (i < 30)
        return snprintf(text, TEXT_BYTES, "%d", 500 * i - 7000);
    return i < 32 ? snprintf(text, TEXT_BYTES, "%0*d", 255 + 10 * (i - 30), 0) : -1;
}

/* Every third candidate is asked for by all ranks, the others by one. */
static status make_dictionary(struct dictionary *dictionary, const struct id_list *list)
{
    char text[TEXT_BYTES];
    uint32_t number;
    for (int i = 0; candidate(text, list, i) >= 0; i++)
        if (i % 3 == 0 || i % world.size == world.rank)
            TRY(dictionary_add(dictionary, &number, text, (int64_t)strlen(text), i));
    return MFALS_OK;
}

static int64_t count_unknown(const struct id_list *list)
{
    char text[TEXT_BYTES], earlier[TEXT_BYTES];
    int64_t unknown = 0;
    for (int i = 0; candidate(text, list, i) >= 0; i++) {
        int seen = known_map_row(list, text) >= 0;
        for (int j = 0; j < i && !seen; j++)
            seen = candidate(earlier, list, j) >= 0 && strcmp(earlier, text) == 0;
        unknown += !seen;
    }
    return unknown;
}

static void check_find(const struct id_list *list, int layout)
{
    struct known_map map;
    struct dictionary dictionary = {0};
    int64_t unknown, row, length;
    char text[TEXT_BYTES];
    scoped int64_t *row_of = NULL;
    known_map_open(&map, list, layout);
    REQUIRE_OK(make_dictionary(&dictionary, list));
    REQUIRE_OK(allocate(&row_of, dictionary.count));
    REQUIRE_OK(ids_find(row_of, &world, &dictionary, &map.known));
    for (int64_t i = 0; i < dictionary.count; i++) {
        const char *id = dictionary_text(&dictionary, i, &length);
        snprintf(text, sizeof text, "%.*s", (int)length, id);
        CU_ASSERT_EQUAL(row_of[i], known_map_row(list, text));
    }
    REQUIRE_OK(ids_count_unknown(&unknown, &world, &dictionary, row_of));
    CU_ASSERT_EQUAL(unknown, count_unknown(list));
    for (int i = 0; candidate(text, list, i) >= 0; i += 11) {
        REQUIRE_OK(ids_find_text(&row, &world, text, &map.known));
        CU_ASSERT_EQUAL(row, known_map_row(list, text));
    }
    dictionary_free(&dictionary);
    known_map_close(&map);
}

static void check_finds(enum id_kind kind, int rows)
{
    int64_t before = memory_live_blocks();
    known_map_make(&users, kind, rows);
    for (int layout = 0; layout < KNOWN_MAP_LAYOUTS; layout++)
        check_find(&users, layout);
    CU_ASSERT_EQUAL(memory_live_blocks(), before);
}

static void test_find_integers(void)
{
    check_finds(ID_INTEGER, 300);
}

static void test_find_texts(void)
{
    check_finds(ID_TEXT, 300);
}

static void test_find_in_few(void)
{
    for (int rows = 0; rows < 4; rows++)
        for (int kind = ID_INTEGER; kind <= ID_TEXT; kind++)
            check_finds(kind, rows);
}

/* Text that looks like integers is known by its text alone. */
static void test_numbers_as_text(void)
{
    static const char *const ids[] = {"007", "10", "7", "9"};
    struct known_map map;
    int64_t row;
    users = (struct id_list){.kind = ID_TEXT, .rows = 4};
    for (int i = 0; i < 4; i++)
        snprintf(users.text[i], TEXT_BYTES, "%s", ids[i]);
    known_map_open(&map, &users, 0);
    for (int i = 0; i < 4; i++) {
        REQUIRE_OK(ids_find_text(&row, &world, ids[i], &map.known));
        CU_ASSERT_EQUAL(row, i);
    }
    REQUIRE_OK(ids_find_text(&row, &world, "07", &map.known));
    CU_ASSERT_EQUAL(row, -1);
    known_map_close(&map);
}

/* Users are the even integers from -20 on, items "item 0000", "item 0002", ... */
static void make_lists(void)
{
    users.kind = ID_INTEGER;
    items.kind = ID_TEXT;
    users.rows = items.rows = 200;
    for (int i = 0; i < 200; i++) {
        snprintf(users.text[i], TEXT_BYTES, "%d", 2 * i - 20);
        snprintf(items.text[i], TEXT_BYTES, "item %04d", 2 * i);
    }
}

static void write_text(const char *name, const char *text)
{
    files_write(name, text, (int64_t)strlen(text));
}

static void expect_list(const char *name, const struct id_list *list, const char *wanted_ids, int64_t unknown)
{
    int64_t bars = 0;
    for (const char *c = wanted_ids; *c != '\0'; c++)
        bars += *c == '|';
    for (int layout = 0; layout < KNOWN_MAP_LAYOUTS; layout++) {
        struct known_map map;
        char *wanted, named[TEXT_BYTES + 2];
        int64_t found, missing, count = 0;
        known_map_open(&map, list, layout);
        REQUIRE_OK(ids_list_load(&wanted, &found, &missing, &world, files_path(name), NULL, &map.known));
        for (int64_t i = 0; i < map.ids.count; i++) {
            snprintf(named, sizeof named, "|%s|", list->text[map.ids.first + i]);
            CU_ASSERT_EQUAL(wanted[i], strstr(wanted_ids, named) != NULL);
            count += wanted[i];
        }
        comm_sum_int(&world, &count, 1);
        CU_ASSERT_EQUAL(count, bars / 2);
        CU_ASSERT_EQUAL(found, count);
        CU_ASSERT_EQUAL(missing, unknown);
        memory_free(wanted);
        known_map_close(&map);
    }
}

static void test_list(void)
{
    static const char *const texts[] = {"", "a \"b\"", "c, d", "e"};
    make_lists();
    write_text("plain", "-18\n\n-16 \r\n300\n-18");
    expect_list("plain", &users, "|-18||-16||300|", 0);
    write_text("header", "user\n-18\n0018\n77\n77\n");
    expect_list("header", &users, "|-18|", 3);
    write_text("tabs", "\xef\xbb\xbf-18\tbest\n-16\n");
    expect_list("tabs", &users, "|-18||-16|", 0);
    write_text("colons", "-16::5::1\n-18::4");
    expect_list("colons", &users, "|-18||-16|", 0);
    write_text("blanks", " -16 5 1\n-18 4");
    expect_list("blanks", &users, "|-18||-16|", 0);
    const char *zipped = "-18\n302\n";
    files_compress("zipped.gz", COMPRESSION_GZIP, 2, zipped, (int64_t)strlen(zipped));
    expect_list("zipped.gz", &users, "|-18||302|", 0);
    write_text("text", "item 0000\nitem 0001\nitem 0002\n");
    expect_list("text", &items, "|item 0000||item 0002|", 1);
    write_text("none", "");
    expect_list("none", &items, "", 0);
    items.rows = 0;
    for (int i = 1; i < 4; i++)
        snprintf(items.text[items.rows++], TEXT_BYTES, "%s", texts[i]);
    write_text("quotes.csv", "\"a \"\"b\"\"\",1\n\"c, d\"\nf,2\n");
    expect_list("quotes.csv", &items, "|a \"b\"||c, d|", 1);
}

static void refuse_list(const char *text, const char *message)
{
    struct known_map map;
    char *wanted;
    int64_t found, unknown, before;
    known_map_open(&map, &users, 0);
    before = memory_live_blocks();
    write_text("list", text);
    CU_ASSERT_EQUAL(ids_list_load(&wanted, &found, &unknown, &world, files_path("list"), NULL, &map.known),
                    MFALS_BAD_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure_message(), message));
    CU_ASSERT_PTR_NULL(wanted);
    CU_ASSERT_EQUAL(memory_live_blocks(), before);
    known_map_close(&map);
}

static void test_list_refused(void)
{
    struct known_map map;
    char *wanted;
    int64_t found, unknown;
    make_lists();
    refuse_list("1,2\n\n,3\n", "list:3:1: the user is empty");
    refuse_list("1,2\n\"3\n", "list:2:1: the quoted field does not end on its line");
    refuse_list("1\n\xff\n", "list:2:1: is not valid UTF-8; --encoding latin1 reads Western text");
    known_map_open(&map, &users, 0);
    CU_ASSERT_EQUAL(ids_list_load(&wanted, &found, &unknown, &world, files_path("nowhere"), NULL, &map.known),
                    MFALS_NO_INPUT);
    CU_ASSERT_PTR_NULL(wanted);
    known_map_close(&map);
}

/* Each allocation of one rank fails in turn: every rank says so, and nothing is left behind. */
static void fail_each(int victim, int64_t least)
{
    struct known_map map;
    known_map_open(&map, &users, 0);
    int64_t before = memory_live_blocks(), failures = 0, found, unknown;
    for (status made = MFALS_NO_MEMORY; made != MFALS_OK; failures++) {
        char *wanted;
        memory_fail_at(world.rank == victim ? failures + 1 : 0);
        made = ids_list_load(&wanted, &found, &unknown, &world, files_path("few"), NULL, &map.known);
        memory_fail_at(0);
        int64_t codes[2] = {made, -(int64_t)made};
        comm_max_int(&world, codes, 2);
        REQUIRE_ALL(codes[0] == -codes[1]);
        REQUIRE_ALL(made == MFALS_OK || made == MFALS_NO_MEMORY);
        CU_ASSERT((wanted == NULL) == (made != MFALS_OK));
        memory_free(wanted);
        CU_ASSERT_EQUAL(memory_live_blocks(), before);
    }
    CU_ASSERT(failures > least);
    known_map_close(&map);
}

static void test_no_memory(void)
{
    write_text("few", "-18\n-16\nno\n");
    make_lists();
    fail_each(0, 15);
    fail_each(world.size - 1, 10);
}

static CU_TestInfo tests[] = {
    {"a folder for files", files_open},        {"integers are found", test_find_integers},
    {"texts are found", test_find_texts},      {"few or no known ids", test_find_in_few},
    {"numbers as text", test_numbers_as_text}, {"a list of ids", test_list},
    {"a list refused", test_list_refused},     {"no memory", test_no_memory},
    {"the folder goes", files_close},          CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "ids_find", tests);
}
