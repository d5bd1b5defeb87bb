/* comm/redistribute.h: records reach the rank they name, in order, in any number of rounds, and come home again. */
#include "base/memory.h"
#include "comm/redistribute.h"
#include "ranks.h"

#include <string.h>

struct record {
    int32_t sender, number, owner;
};

/* Scattered, but the same whoever asks. */
static int owner_of(int sender, int number)
{
    return (int)(((unsigned)sender * 31 + (unsigned)number * 2654435761u) >> 7) % world.size;
}

static int64_t count_of(int sender)
{
    return sender % 3 == 1 ? 0 : 100 + 37 * sender;
}

static status make_records(struct record **records, int **owner, int64_t count)
{
    TRY(allocate(records, count));
    TRY(allocate(owner, count));
    for (int i = 0; i < count; i++) {
        (*owner)[i] = owner_of(world.rank, i);
        (*records)[i] = (struct record){world.rank, i, (*owner)[i]};
    }
    return MFALS_OK;
}

/* Every record named for this rank is there, by sender, then by number. */
static void check_arrivals(const struct received *got)
{
    const struct record *record = got->records;
    int64_t place = 0;
    for (int sender = 0; sender < world.size; sender++) {
        CU_ASSERT_EQUAL_FATAL(got->from[sender], place);
        for (int i = 0; i < count_of(sender); i++) {
            if (owner_of(sender, i) != world.rank)
                continue;
            CU_ASSERT_FATAL(place < got->count);
            CU_ASSERT(record[place].sender == sender && record[place].number == i);
            place++;
        }
    }
    CU_ASSERT_EQUAL(got->count, place);
    CU_ASSERT_EQUAL(got->from[world.size], place);
}

static void redistribute_and_check(void)
{
    scoped struct record *records = NULL;
    scoped int *owner = NULL;
    int64_t count = count_of(world.rank);
    REQUIRE_OK(make_records(&records, &owner, count));
    struct received got;
    REQUIRE_OK(redistribute(&world, &got, records, count, sizeof *records, owner));
    check_arrivals(&got);
    received_free(&got);
}

static void test_order(void)
{
    redistribute_and_check();
}

static void test_small_rounds(void)
{
    const int64_t round_bytes[] = {1, (int64_t)sizeof(struct record) * world.size, 1000};
    for (int i = 0; i < 3; i++) {
        redistribute_set_round_bytes(round_bytes[i]);
        redistribute_and_check();
    }
    redistribute_set_round_bytes(0);
}

/* What came goes back to its senders: by owner, then in the old order. */
static void test_there_and_back(void)
{
    scoped struct record *records = NULL;
    scoped int *owner = NULL, *sender = NULL;
    struct received there, back;
    int64_t count = count_of(world.rank), place = 0;
    REQUIRE_OK(make_records(&records, &owner, count));
    REQUIRE_OK(redistribute(&world, &there, records, count, sizeof *records, owner));
    REQUIRE_OK(allocate(&sender, there.count));
    for (int64_t i = 0; i < there.count; i++)
        sender[i] = ((struct record *)there.records)[i].sender;
    REQUIRE_OK(redistribute(&world, &back, there.records, there.count, sizeof *records, sender));
    const struct record *home = back.records;
    REQUIRE_ALL(back.count == count);
    for (int r = 0; r < world.size; r++) {
        CU_ASSERT_EQUAL(back.from[r], place);
        for (int i = 0; i < count; i++)
            if (owner[i] == r) {
                CU_ASSERT(memcmp(&home[place], &records[i], sizeof *home) == 0);
                place++;
            }
    }
    received_free(&there);
    received_free(&back);
}

/* Records of many pages go for good, and arrive as the same records redistributed with a copy kept. */
static void test_away(void)
{
    enum { COUNT = 100000, ROUND_BYTES = 1 << 16 };
    scoped int64_t *records = NULL;
    scoped int *owner = NULL;
    struct received kept, gone;
    REQUIRE_OK(allocate(&records, COUNT));
    REQUIRE_OK(allocate(&owner, COUNT));
    for (int i = 0; i < COUNT; i++) {
        records[i] = (int64_t)world.rank * COUNT + i;
        owner[i] = owner_of(world.rank, i);
    }
    redistribute_set_round_bytes(ROUND_BYTES);
    REQUIRE_OK(redistribute(&world, &kept, records, COUNT, sizeof *records, owner));
    REQUIRE_OK(redistribute_consuming(&world, &gone, records, COUNT, sizeof *records, owner));
    redistribute_set_round_bytes(0);
    REQUIRE_ALL(gone.count == kept.count);
    CU_ASSERT_EQUAL(memcmp(gone.records, kept.records, (size_t)kept.count * sizeof *records), 0);
    CU_ASSERT_EQUAL(memcmp(gone.from, kept.from, (size_t)(world.size + 1) * sizeof *kept.from), 0);
    int64_t left = 0;
    for (int i = 0; i < COUNT; i++)
        left += records[i] != 0;
    CU_ASSERT(left < COUNT / 4 + world.rank); /* what is given back reads as 0 */
    received_free(&kept);
    received_free(&gone);
}

static void test_nothing(void)
{
    struct received got;
    REQUIRE_OK(redistribute(&world, &got, NULL, 0, 8, NULL));
    CU_ASSERT_EQUAL(got.count, 0);
    for (int r = 0; r <= world.size; r++)
        CU_ASSERT_EQUAL(got.from[r], 0);
    received_free(&got);
    received_free(&got);
}

/* All to the last rank, and none to the others. */
static void test_all_to_one(void)
{
    enum { COUNT = 1000 };
    scoped int64_t *records = NULL;
    scoped int *owner = NULL;
    struct received got;
    REQUIRE_OK(allocate(&records, COUNT));
    REQUIRE_OK(allocate(&owner, COUNT));
    for (int i = 0; i < COUNT; i++) {
        records[i] = (int64_t)world.rank * COUNT + i;
        owner[i] = world.size - 1;
    }
    redistribute_set_round_bytes(300);
    REQUIRE_OK(redistribute(&world, &got, records, COUNT, sizeof *records, owner));
    redistribute_set_round_bytes(0);
    CU_ASSERT_EQUAL(got.count, world.rank == world.size - 1 ? (int64_t)COUNT * world.size : 0);
    for (int64_t i = 0; i < got.count; i++)
        CU_ASSERT_EQUAL(((int64_t *)got.records)[i], i);
    received_free(&got);
}

static void test_record_sizes(void)
{
    enum { COUNT = 50, LARGEST = 255 };
    const size_t sizes[] = {1, 3, 8, LARGEST};
    unsigned char records[COUNT * LARGEST];
    int owner[COUNT];
    for (int s = 0; s < 4; s++) {
        for (int i = 0; i < COUNT; i++) {
            owner[i] = (world.rank + i) % world.size;
            memset(records + (size_t)i * sizes[s], i, sizes[s]);
        }
        struct received got;
        REQUIRE_OK(redistribute(&world, &got, records, COUNT, sizes[s], owner));
        const unsigned char *came = got.records;
        int64_t place = 0;
        for (int sender = 0; sender < world.size; sender++)
            for (int i = 0; i < COUNT; i++)
                for (size_t b = 0; (sender + i) % world.size == world.rank && b < sizes[s]; b++)
                    CU_ASSERT_EQUAL(came[place++], i);
        CU_ASSERT_EQUAL(got.count * (int64_t)sizes[s], place);
        received_free(&got);
    }
}

/* Each allocation of one rank fails in turn: every rank says so, and nothing is left behind. */
static void test_no_memory(void)
{
    scoped struct record *records = NULL;
    scoped int *owner = NULL;
    int64_t count = count_of(world.rank), before, failures = 0;
    REQUIRE_OK(make_records(&records, &owner, count));
    before = memory_live_blocks();
    for (status redistributed = MFALS_NO_MEMORY; redistributed != MFALS_OK; failures++) {
        struct received got;
        memory_fail_at(world.rank == world.size - 1 ? failures + 1 : 0);
        redistributed = redistribute(&world, &got, records, count, sizeof *records, owner);
        memory_fail_at(0);
        int64_t codes[2] = {redistributed, -(int64_t)redistributed};
        comm_max_int(&world, codes, 2);
        REQUIRE_ALL(codes[0] == -codes[1]);
        REQUIRE_ALL(redistributed == MFALS_OK || redistributed == MFALS_NO_MEMORY);
        received_free(&got);
        CU_ASSERT_EQUAL(memory_live_blocks(), before);
    }
    CU_ASSERT(failures > 5);
}

static CU_TestInfo tests[] = {{"records arrive by sender and in order", test_order},
                              {"small rounds", test_small_rounds},
                              {"there and back", test_there_and_back},
                              {"redistributed for good", test_away},
                              {"nothing to redistribute", test_nothing},
                              {"all to one rank", test_all_to_one},
                              {"record sizes", test_record_sizes},
                              {"no memory", test_no_memory},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "redistribute", tests);
}
