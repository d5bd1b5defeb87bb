/* ratings/dictionary.h: numbers in order of coming, growth, equal hashes, failing allocations. */
#include "base/memory.h"
#include "ranks.h"
#include "read/dictionary.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

static status add(struct dictionary *ids, uint32_t *number, const char *text, int64_t position)
{
    return dictionary_add(ids, number, text, (int64_t)strlen(text), position);
}

static void check_text(const struct dictionary *ids, int64_t number, const char *expected)
{
    int64_t length;
    const char *text = dictionary_text(ids, number, &length);
    CU_ASSERT_EQUAL(length, (int64_t)strlen(expected));
    CU_ASSERT_EQUAL(memcmp(text, expected, (size_t)length), 0);
}

static void test_numbers(void)
{
    struct dictionary ids = {0};
    uint32_t number[5];
    CU_ASSERT_EQUAL(add(&ids, &number[0], "b", 30), MFALS_OK);
    CU_ASSERT_EQUAL(add(&ids, &number[1], "a", 20), MFALS_OK);
    CU_ASSERT_EQUAL(add(&ids, &number[2], "b", 40), MFALS_OK);
    CU_ASSERT_EQUAL(add(&ids, &number[3], "bb", 50), MFALS_OK);
    CU_ASSERT_EQUAL(add(&ids, &number[4], "a", 10), MFALS_OK);
    const uint32_t expected[] = {0, 1, 0, 2, 1};
    CU_ASSERT_EQUAL(memcmp(number, expected, sizeof number), 0);
    CU_ASSERT_EQUAL(ids.count, 3);
    check_text(&ids, 0, "b");
    check_text(&ids, 1, "a");
    check_text(&ids, 2, "bb");
    CU_ASSERT_EQUAL(ids.position[0], 30);
    CU_ASSERT_EQUAL(ids.position[1], 20);
    dictionary_free(&ids);
}

static void test_many(void)
{
    enum { MANY = 200000 };
    struct dictionary ids = {0};
    char text[32];
    for (int64_t pass = 0; pass < 2; pass++) {
        int wrong = 0;
        for (int64_t i = 0; i < MANY; i++) {
            uint32_t number = 0;
            snprintf(text, sizeof text, i % 2 ? "%" PRId64 : "a longer name %" PRId64, i);
            wrong += add(&ids, &number, text, i) != MFALS_OK || number != (uint32_t)i;
        }
        CU_ASSERT_EQUAL(wrong, 0);
        CU_ASSERT_EQUAL(ids.count, MANY);
    }
    check_text(&ids, MANY - 1, "199999");
    CU_ASSERT(ids.slot_count >= 2 * ids.count);
    dictionary_free(&ids);
}

/* Ids of equal hashes are told apart by their text: here the hash stays and the text is made another's. */
static void test_collisions(void)
{
    struct dictionary ids = {0};
    uint32_t number;
    CU_ASSERT_EQUAL(add(&ids, &number, "the first id", 0), MFALS_OK);
    memcpy(ids.text, "another one.", 12);
    CU_ASSERT_EQUAL(add(&ids, &number, "the first id", 1), MFALS_OK);
    CU_ASSERT_EQUAL(number, 1);
    CU_ASSERT_EQUAL(add(&ids, &number, "the first id", 2), MFALS_OK);
    CU_ASSERT_EQUAL(number, 1);
    dictionary_free(&ids);
}

/* Ids of all lengths about those kept in the table itself are one exactly if their bytes are; zero bytes
 * count. */
static void test_lengths(void)
{
    enum { STARTS = 3, LENGTHS = 12 };
    static const char text[] = "\0\0abcabcabcabc";
    struct dictionary ids = {0};
    uint32_t number[STARTS * LENGTHS];
    for (int i = 0; i < STARTS * LENGTHS; i++)
        CU_ASSERT_EQUAL(dictionary_add(&ids, &number[i], text + i / LENGTHS, i % LENGTHS, 0), MFALS_OK);
    for (int i = 0; i < STARTS * LENGTHS; i++)
        for (int j = 0; j < i; j++) {
            bool same = i % LENGTHS == j % LENGTHS &&
                        memcmp(text + i / LENGTHS, text + j / LENGTHS, (size_t)(i % LENGTHS)) == 0;
            CU_ASSERT_EQUAL(number[i] == number[j], same);
        }
    for (int i = 0; i < STARTS * LENGTHS; i++) {
        uint32_t again;
        CU_ASSERT_EQUAL(dictionary_add(&ids, &again, text + i / LENGTHS, i % LENGTHS, 0), MFALS_OK);
        CU_ASSERT_EQUAL(again, number[i]);
    }
    dictionary_free(&ids);
}

/* Each failure leaves the dictionary as it was. */
static void test_failing_allocation(void)
{
    int64_t blocks = memory_live_blocks();
    struct dictionary ids = {0};
    char text[16];
    for (int i = 0; i < 3000; i++) {
        uint32_t number = 0;
        snprintf(text, sizeof text, "id %d", i);
        status added = MFALS_NO_MEMORY;
        for (int nth = 1; added != MFALS_OK && nth < 10; nth++) {
            memory_fail_at(nth);
            added = add(&ids, &number, text, i);
            CU_ASSERT(added == MFALS_OK || ids.count == i);
        }
        CU_ASSERT_EQUAL(number, (uint32_t)i);
    }
    memory_fail_at(0);
    check_text(&ids, 2999, "id 2999");
    dictionary_free(&ids);
    CU_ASSERT_EQUAL(memory_live_blocks(), blocks);
}

enum { CHOSEN = 10000, CHOSEN_BYTES = 12, CHOSEN_SHIFT = 52 };

/* Texts of this length whose hashes, as everybody can compute them, begin alike. */
static void choose(char (*texts)[CHOSEN_BYTES], int64_t length)
{
    char text[CHOSEN_BYTES] = {0};
    int chosen = 0;
    for (uint64_t i = 0; chosen < CHOSEN; i++) {
        memcpy(text, &i, sizeof i);
        if (XXH3_64bits(text, (size_t)length) >> CHOSEN_SHIFT == 0)
            memcpy(texts[chosen++], text, sizeof text);
    }
}

/* The least processor time of a few tries. */
static double time_to_add(char (*texts)[CHOSEN_BYTES], int64_t length)
{
    double least = HUGE_VAL;
    for (int try = 0; try < 5; try++) {
        struct dictionary ids = {0};
        uint32_t number;
        clock_t begun = clock();
        for (int i = 0; i < CHOSEN; i++)
            dictionary_add(&ids, &number, texts[i], length, i);
        least = fmin(least, (double)(clock() - begun) / CLOCKS_PER_SEC);
        CU_ASSERT_EQUAL(ids.count, CHOSEN);
        dictionary_free(&ids);
    }
    return least;
}

static void test_chosen(void)
{
    static char chosen[CHOSEN][CHOSEN_BYTES], others[CHOSEN][CHOSEN_BYTES];
    for (int64_t i = 0; i < CHOSEN; i++)
        memcpy(others[i], &i, sizeof i);
    for (int64_t length = 8; length <= CHOSEN_BYTES; length += 4) {
        choose(chosen, length);
        double usual = time_to_add(others, length), took = time_to_add(chosen, length);
        CU_ASSERT(took < 5 * usual + 1e-3);
    }
}

static CU_TestInfo tests[] = {{"numbers in order of coming", test_numbers},
                              {"many ids", test_many},
                              {"equal hashes", test_collisions},
                              {"ids of all lengths", test_lengths},
                              {"ids chosen for their hashes", test_chosen},
                              {"failing allocations", test_failing_allocation},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "dictionary", tests);
}
