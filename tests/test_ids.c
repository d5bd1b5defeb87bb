/* ratings/ids.h: ids of all ranks, sorted and numbered, whoever holds them. */
#include "base/memory.h"
#include "base/number.h"
#include "comm/partition.h"
#include "ranks.h"
#include "ratings/ids.h"
#include "ratings/sample_sort.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Deals ids to two ranks each, so that a rank has several and most are on more than one. */
static status deal(struct dictionary *dictionary, char *const *texts, int count)
{
    *dictionary = (struct dictionary){0};
    for (int i = 0; i < count; i++) {
        uint32_t number;
        if (i % world.size == world.rank || (7 * i + 3) % world.size == world.rank)
            TRY(dictionary_add(dictionary, &number, texts[i], (int64_t)strlen(texts[i]), i));
    }
    return MFALS_OK;
}

/* ids hold sorted[first .. first + count - 1] under the partition offsets. */
static void check_share(const struct ids *ids, const int64_t *offsets, char *const *sorted, int64_t rows)
{
    char text[ID_MAX_BYTES + 1];
    CU_ASSERT_EQUAL(ids->rows, rows);
    CU_ASSERT_EQUAL_FATAL(ids->first, offsets[world.rank]);
    CU_ASSERT_EQUAL_FATAL(ids->count, offsets[world.rank + 1] - offsets[world.rank]);
    for (int64_t i = 0; i < ids->count; i++) {
        ids_text(ids, i, text);
        CU_ASSERT_STRING_EQUAL(text, sorted[ids->first + i]);
    }
}

static void check_rows(const struct dictionary *dictionary, const int64_t *row_of, char *const *sorted,
                       int64_t rows)
{
    for (int64_t i = 0; i < dictionary->count; i++) {
        int64_t length;
        const char *text = dictionary_text(dictionary, i, &length);
        CU_ASSERT_FATAL(row_of[i] >= 0 && row_of[i] < rows);
        CU_ASSERT(strlen(sorted[row_of[i]]) == (size_t)length &&
                  memcmp(sorted[row_of[i]], text, (size_t)length) == 0);
    }
}

/* Maps texts, in any order and with repetitions, and expects the rows to be `sorted`, under the even
 * partition and after a move to one that gives everything to the last rank. */
static void expect(enum id_kind kind, char *const *texts, int count, char *const *sorted, int64_t rows)
{
    struct dictionary dictionary;
    struct ids ids;
    int64_t offsets[world.size + 1];
    scoped int64_t *row_of = NULL;
    REQUIRE_OK(deal(&dictionary, texts, count));
    REQUIRE_OK(allocate(&row_of, dictionary.count));
    REQUIRE_OK(ids_map(&ids, row_of, &world, &dictionary, 0));
    partition_even(offsets, world.size, rows);
    CU_ASSERT_EQUAL(ids.kind, kind);
    check_rows(&dictionary, row_of, sorted, rows);
    check_share(&ids, offsets, sorted, rows);
    for (int p = 0; p < world.size; p++)
        offsets[p] = 0;
    REQUIRE_OK(ids_redistribute(&ids, &world, offsets));
    check_share(&ids, offsets, sorted, rows);
    ids_free(&ids);
    dictionary_free(&dictionary);
}

#define COUNT(array) ((int)(sizeof(array) / sizeof(array)[0]))

static void test_integers(void)
{
    char *texts[] = {"10", "9", "-1", "9223372036854775807", "0", "-9223372036854775808", "100", "-20", "9"};
    char *sorted[] = {"-9223372036854775808", "-20", "-1", "0", "9", "10", "100", "9223372036854775807"};
    expect(ID_INTEGER, texts, COUNT(texts), sorted, COUNT(sorted));
}

static void test_text(void)
{
    char *texts[] = {"b", "abc", "ab", "\xc3\xa4", "B", "b", "10"};
    char *sorted[] = {"10", "B", "ab", "abc", "b", "\xc3\xa4"};
    expect(ID_TEXT, texts, COUNT(texts), sorted, COUNT(sorted));
}

/* One id that is not written as an integer makes text of all, wherever it is. */
static void test_mixed(void)
{
    char *odd[] = {"007", "-0", "x", "+1", "-", "1.5", "00", "-01", "99999999999999999999x"};
    for (int i = 0; i < COUNT(odd); i++) {
        char *texts[] = {"5", "40", odd[i]}, *sorted[] = {"40", "5", odd[i]};
        for (int j = 2; j > 0 && strcmp(sorted[j - 1], sorted[j]) > 0; j--) {
            char *swap = sorted[j];
            sorted[j] = sorted[j - 1];
            sorted[j - 1] = swap;
        }
        expect(ID_TEXT, texts, 3, sorted, 3);
    }
}

static void test_one_and_none(void)
{
    char *one[] = {"42"};
    expect(ID_INTEGER, one, 1, one, 1);
    expect(ID_INTEGER, NULL, 0, NULL, 0);
}

static void test_longest_text(void)
{
    char longest[ID_MAX_BYTES + 1], *texts[] = {longest, "a"}, *sorted[] = {"a", longest};
    memset(longest, 'a', ID_MAX_BYTES);
    longest[ID_MAX_BYTES] = '\0';
    expect(ID_TEXT, texts, 2, sorted, 2);
}

static int by_number(const void *a, const void *b)
{
    long long x = strtoll(*(char *const *)a, NULL, 10), y = strtoll(*(char *const *)b, NULL, 10);
    return (x > y) - (x < y);
}

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Thousands of ids, each some times over, against a plain sort. */
static void check_many(enum id_kind kind, const char *format, int (*order)(const void *, const void *))
{
    enum { LINES = 6000, LONGEST = 32 };
    static char space[LINES][LONGEST];
    static char *texts[LINES], *sorted[LINES];
    uint64_t state = 7;
    int rows = 0;
    for (int i = 0; i < LINES; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        int64_t number = (int64_t)state >> (i % 3 == 0 ? 52 : 8);
        snprintf(space[i], LONGEST, format, number);
        texts[i] = sorted[i] = space[i];
    }
    qsort(sorted, LINES, sizeof *sorted, order);
    for (int i = 0; i < LINES; i++)
        if (rows == 0 || strcmp(sorted[rows - 1], sorted[i]) != 0)
            sorted[rows++] = sorted[i];
    CU_ASSERT(rows < LINES - 100);
    expect(kind, texts, LINES, sorted, rows);
}

static void test_many_integers(void)
{
    check_many(ID_INTEGER, "%" PRId64, by_number);
}

static void test_many_texts(void)
{
    check_many(ID_TEXT, "user %" PRIx64, by_bytes);
}

/* All ids on one rank, the others have none. */
static void test_empty_ranks(void)
{
    struct dictionary dictionary = {0};
    struct ids ids;
    int64_t offsets[world.size + 1], row_of[300];
    uint32_t number;
    char text[ID_MAX_BYTES + 1];
    status added = MFALS_OK;
    for (int i = 0; added == MFALS_OK && i < 300 && world.rank == world.size - 1; i++) {
        snprintf(text, sizeof text, "%d", 2 * (299 - i));
        added = dictionary_add(&dictionary, &number, text, (int64_t)strlen(text), i);
    }
    REQUIRE_OK(added);
    REQUIRE_OK(ids_map(&ids, row_of, &world, &dictionary, 0));
    for (int64_t i = 0; i < dictionary.count; i++)
        CU_ASSERT_EQUAL(row_of[i], 299 - i);
    partition_even(offsets, world.size, 300);
    CU_ASSERT_EQUAL(ids.first, offsets[world.rank]);
    CU_ASSERT_EQUAL(ids.count, offsets[world.rank + 1] - ids.first);
    for (int64_t i = 0; i < ids.count; i++) {
        int64_t value;
        memcpy(&value, ids.keys + 8 * i, sizeof value);
        CU_ASSERT_EQUAL(value, 2 * (ids.first + i));
    }
    ids_free(&ids);
    dictionary_free(&dictionary);
}

/* The ranks sort nearly equally many keys each, however the values are spread. */
static void test_ranges_are_even(void)
{
    enum { KEYS = 3000 };
    scoped int64_t *keys = NULL;
    scoped int *owner = NULL;
    int64_t sorted_by[world.size], all = (int64_t)KEYS * world.size;
    memset(sorted_by, 0, sizeof sorted_by);
    REQUIRE_OK(allocate(&keys, KEYS));
    REQUIRE_OK(allocate(&owner, KEYS));
    for (int64_t i = 0; i < KEYS; i++) {
        int64_t number = i * world.size + world.rank;
        keys[i] = number * number * number;
    }
    const struct key_type type = {ID_INTEGER, sizeof *keys};
    REQUIRE_OK(sample_sort_owners(owner, &world, &type, (char *)keys, KEYS));
    for (int i = 0; i < KEYS; i++) {
        CU_ASSERT_FATAL(owner[i] >= 0 && owner[i] < world.size);
        CU_ASSERT(i == 0 || owner[i - 1] <= owner[i]);
        sorted_by[owner[i]]++;
    }
    comm_sum_int(&world, sorted_by, world.size);
    for (int p = 0; p < world.size; p++)
        CU_ASSERT(sorted_by[p] <= KEYS + all / 32 + world.size);
}

static void test_declared(void)
{
    char *texts[] = {"3", "1000", "17", "1"};
    struct dictionary dictionary;
    struct ids ids;
    int64_t offsets[world.size + 1], row_of[4];
    char text[ID_MAX_BYTES + 1], expected[ID_MAX_BYTES + 1];
    REQUIRE_OK(deal(&dictionary, texts, 4));
    REQUIRE_OK(ids_map(&ids, row_of, &world, &dictionary, 1000));
    partition_even(offsets, world.size, 1000);
    CU_ASSERT_EQUAL(ids.kind, ID_INTEGER);
    CU_ASSERT_EQUAL(ids.rows, 1000);
    CU_ASSERT_EQUAL(ids.first, offsets[world.rank]);
    CU_ASSERT_EQUAL(ids.count, offsets[world.rank + 1] - ids.first);
    for (int64_t i = 0; i < dictionary.count; i++) {
        int64_t number = 0, length;
        const char *id = dictionary_text(&dictionary, i, &length);
        CU_ASSERT(number_parse_int(&number, id, length));
        CU_ASSERT_EQUAL(row_of[i], number - 1);
    }
    for (int64_t i = 0; i < ids.count; i++) {
        ids_text(&ids, i, text);
        snprintf(expected, sizeof expected, "%" PRId64, ids.first + i + 1);
        CU_ASSERT_STRING_EQUAL(text, expected);
    }
    ids_free(&ids);
    dictionary_free(&dictionary);
}

/* The failure is the one first seen, on every rank. */
static void expect_failure(char *const *texts, int count, int64_t declared, const char *message)
{
    struct dictionary dictionary;
    struct ids ids;
    scoped int64_t *row_of = NULL;
    REQUIRE_OK(deal(&dictionary, texts, count));
    REQUIRE_OK(allocate(&row_of, dictionary.count));
    CU_ASSERT_EQUAL(ids_map(&ids, row_of, &world, &dictionary, declared), MFALS_BAD_DATA);
    CU_ASSERT_STRING_EQUAL(failure_message(), message);
    ids_free(&ids);
    dictionary_free(&dictionary);
}

/* Integers of more than 64 bits are text, as are integers beside them. */
static void test_large_integers(void)
{
    char *large[] = {"1", "2", "9223372036854775808", "-9223372036854775809", "9223372036854775807", "3"};
    for (int first = 0; first < 5; first++) {
        struct dictionary dictionary;
        struct ids ids;
        scoped int64_t *row_of = NULL;
        REQUIRE_OK(deal(&dictionary, large + first, 6 - first));
        REQUIRE_OK(allocate(&row_of, dictionary.count));
        REQUIRE_OK(ids_map(&ids, row_of, &world, &dictionary, 0));
        CU_ASSERT_EQUAL(ids.kind, first < 4 ? ID_TEXT : ID_INTEGER);
        CU_ASSERT_EQUAL(ids.rows, 6 - first);
        ids_free(&ids);
        dictionary_free(&dictionary);
    }
}

static void test_refused(void)
{
    char *outside[] = {"1", "10", "11", "0"};
    expect_failure(outside, 4, 10, "id 11 is not between 1 and 10");
    char longer[ID_MAX_BYTES + 2], message[400], *texts[] = {"a", longer};
    memset(longer, 'a', ID_MAX_BYTES + 1);
    longer[ID_MAX_BYTES + 1] = '\0';
    snprintf(message, sizeof message, "id %.*s... is longer than 255 bytes", ID_MAX_BYTES, longer);
    expect_failure(texts, 2, 0, message);
    expect_failure(NULL, 0, (int64_t)1 << 32, "4294967296 distinct ids are more than 4294967295");
}

/* Each allocation of one rank fails in turn: every rank says so, and nothing is left behind. */
static void check_no_memory(int64_t declared)
{
    char *texts[] = {"5", "3", "8", "1", "13", "2", "21"};
    struct dictionary dictionary;
    int64_t row_of[7], failures = 0;
    REQUIRE_OK(deal(&dictionary, texts, 7));
    int64_t before = memory_live_blocks();
    for (status mapped = MFALS_NO_MEMORY; mapped != MFALS_OK; failures++) {
        struct ids ids;
        memory_fail_at(world.rank == world.size / 2 ? failures + 1 : 0);
        mapped = ids_map(&ids, row_of, &world, &dictionary, declared);
        memory_fail_at(0);
        int64_t codes[2] = {mapped, -(int64_t)mapped};
        comm_max_int(&world, codes, 2);
        REQUIRE_ALL(codes[0] == -codes[1]);
        REQUIRE_ALL(mapped == MFALS_OK || mapped == MFALS_NO_MEMORY);
        ids_free(&ids);
        CU_ASSERT_EQUAL(memory_live_blocks(), before);
    }
    CU_ASSERT(failures >= 3);
    dictionary_free(&dictionary);
}

static void test_no_memory(void)
{
    check_no_memory(0);
    check_no_memory(100);
}

static CU_TestInfo tests[] = {{"integers sort by value", test_integers},
                              {"text sorts by bytes", test_text},
                              {"one text makes text of all", test_mixed},
                              {"one id, and none", test_one_and_none},
                              {"the longest text", test_longest_text},
                              {"many integers", test_many_integers},
                              {"many texts", test_many_texts},
                              {"ranks without ids", test_empty_ranks},
                              {"ranges to sort are even", test_ranges_are_even},
                              {"declared ids", test_declared},
                              {"integers beyond 64 bits", test_large_integers},
                              {"refused ids", test_refused},
                              {"no memory", test_no_memory},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "ids", tests);
}
