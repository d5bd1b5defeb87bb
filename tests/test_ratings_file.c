/* store/ratings_file.h: ratings written and read again are the same ratings, on any number of ranks. */
#include "damage.h"
#include "ranks.h"
#include "ratings/assemble.h"
#include "read/dictionary.h"
#include "store/header.h"
#include "store/inspect.h"
#include "store/ratings_file.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { COUNT = 4000, PATH_BYTES = 96 };
static const struct ratings_options options = {.positive_only = true};

static int64_t row_cost(int64_t row_ratings, const void *context)
{
    (void)context;
    return 1 + row_ratings;
}

/* Users are integers, items text; a seventh of the values is 0, so that some rows are left without ratings. */
static status add_rating(struct raw_ratings *raw, int64_t i)
{
    char user[32], item[32];
    int user_length = snprintf(user, sizeof user, "%d", (int)(i * 7919 % 613) - 100);
    int item_length = snprintf(item, sizeof item, "item %d\xc3\xa9", (int)(i * 104729 % 401));
    struct raw_rating *rating = &raw->ratings[raw->count++];
    *rating = (struct raw_rating){.position = i, .value = (float)(i % 7) / 2};
    TRY(dictionary_add(&raw->ids[USERS], &rating->id[USERS], user, user_length, i));
    return dictionary_add(&raw->ids[ITEMS], &rating->id[ITEMS], item, item_length, i);
}

static status make_raw(struct raw_ratings *raw, int64_t count)
{
    TRY(allocate(&raw->ratings, count));
    for (int64_t i = world.rank; i < count; i += world.size)
        TRY(add_rating(raw, i));
    raw->lines = raw->count;
    return MFALS_OK;
}

static void assemble(struct ratings **ratings, struct raw_ratings *raw)
{
    struct phases phases = {0};
    REQUIRE_OK(ratings_assemble(ratings, &world, raw, &options, row_cost, NULL, &phases));
    raw_ratings_free(raw);
}

static void make_ratings(struct ratings **ratings, int64_t count)
{
    struct raw_ratings raw = {0};
    REQUIRE_OK(make_raw(&raw, count));
    assemble(ratings, &raw);
}

static void new_path(char *path)
{
    ranks_new_folder(path, PATH_BYTES);
    strcat(path, "/ratings.h5");
}

static void remove_path(char *path)
{
    MPI_Barrier(world.mpi);
    if (world.rank == 0) {
        unlink(path);
        *strrchr(path, '/') = '\0';
        CU_ASSERT_EQUAL(rmdir(path), 0); /* nothing else was left there */
    }
}

static void write_some(char *path, int64_t count)
{
    struct ratings *ratings;
    new_path(path);
    make_ratings(&ratings, count);
    REQUIRE_OK(ratings_file_write(&world, path, ratings));
    ratings_free(&ratings);
}

static void check_same(const struct ratings *a, const struct ratings *b)
{
    CU_ASSERT_EQUAL(a->count, b->count);
    CU_ASSERT_EQUAL(memcmp(a->digest, b->digest, sizeof a->digest), 0);
    for (int s = USERS; s <= ITEMS; s++) {
        size_t entries = (size_t)a->by[s].start[a->by[s].rows];
        CU_ASSERT_EQUAL(a->rows[s], b->rows[s]);
        REQUIRE_ALL(a->by[s].rows == b->by[s].rows && a->by[s].first_row == b->by[s].first_row);
        REQUIRE_ALL(b->by[s].start[b->by[s].rows] == (int64_t)entries);
        CU_ASSERT_EQUAL(memcmp(a->by[s].column, b->by[s].column, entries * sizeof(uint32_t)), 0);
        CU_ASSERT_EQUAL(memcmp(a->by[s].value, b->by[s].value, entries * sizeof(float)), 0);
        CU_ASSERT_EQUAL(a->ids[s].kind, b->ids[s].kind);
        REQUIRE_ALL(a->ids[s].width == b->ids[s].width && a->ids[s].count == b->ids[s].count);
        CU_ASSERT_EQUAL(memcmp(a->ids[s].keys, b->ids[s].keys, (size_t)(a->ids[s].count * a->ids[s].width)),
                        0);
    }
}

static void check_round_trip(int64_t count)
{
    char path[PATH_BYTES];
    struct ratings *written, *read;
    struct raw_ratings raw;
    new_path(path);
    make_ratings(&written, count);
    REQUIRE_OK(ratings_file_write(&world, path, written));
    CU_ASSERT(hdf5_file_probe(path));
    REQUIRE_OK(ratings_file_read(&raw, &world, path, TIMES_IF_ANY));
    int64_t total = raw.count;
    comm_sum_int(&world, &total, 1);
    CU_ASSERT_EQUAL(total, written->count);
    for (int64_t i = 1; i < raw.count; i++)
        CU_ASSERT_EQUAL_FATAL(raw.ratings[i].position, raw.ratings[i - 1].position + 1);
    assemble(&read, &raw);
    check_same(written, read);
    ratings_free(&written);
    ratings_free(&read);
    remove_path(path);
}

static void test_round_trip(void)
{
    check_round_trip(COUNT);
    check_round_trip(3);
}

/* Others read it too: the sum over one rating's row, by plain HDF5. */
static void test_plain_hdf5(void)
{
    char path[PATH_BYTES];
    write_some(path, COUNT);
    if (world.rank == 0) {
        hid_t file = H5Fopen(path, H5F_ACC_RDONLY, H5P_DEFAULT);
        hid_t user = H5Dopen2(file, "/ratings/user", H5P_DEFAULT),
              value = H5Dopen2(file, "/ratings/value", H5P_DEFAULT);
        static uint32_t users[COUNT];
        static float values[COUNT];
        double sum = 0, expected = 0;
        CU_ASSERT(H5Dread(user, H5T_STD_U32LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, users) >= 0);
        CU_ASSERT(H5Dread(value, H5T_IEEE_F32LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, values) >= 0);
        for (int i = 0; i < COUNT; i++)
            sum += users[i] == 7 ? (double)values[i] : 0;
        for (int i = 0; i < COUNT; i++) /* no pair comes twice in so many lines */
            expected += i * 7919 % 613 == 7 ? (double)(i % 7) / 2 : 0;
        CU_ASSERT_EQUAL(sum, expected);
        H5Dclose(user);
        H5Dclose(value);
        H5Fclose(file);
    }
    remove_path(path);
}

static void check_refused(const char *path, status code, const char *reason)
{
    struct raw_ratings raw;
    status got = ratings_file_read(&raw, &world, path, TIMES_IF_ANY);
    REQUIRE_ALL(damage_same(got));
    CU_ASSERT_EQUAL(got, code);
    CU_ASSERT(strstr(failure_message(), path) != NULL && strstr(failure_message(), reason) != NULL);
    raw_ratings_free(&raw);
}

/* The place of a rating of 1. */
static int64_t find_one(const char *path)
{
    struct raw_ratings raw;
    int64_t place = -1;
    REQUIRE_OK(ratings_file_read(&raw, &world, path, TIMES_IF_ANY));
    for (int64_t i = 0; i < raw.count; i++)
        place = raw.ratings[i].value == 1.0f ? raw.ratings[i].position : place;
    raw_ratings_free(&raw);
    comm_max_int(&world, &place, 1);
    REQUIRE_ALL(place >= 0);
    return place;
}

static void test_refused(void)
{
    char path[PATH_BYTES];
    struct verification soundness;
    write_some(path, COUNT);
    REQUIRE_OK(check_file(&soundness, &world, path));
    int64_t item = damage_find(path, "/ratings/item"), value = damage_find(path, "/ratings/value");
    damage_flip(path, item + 4 * 77 + 3, 0xff);
    check_refused(path, MFALS_BAD_DATA, "/ratings/item names row");
    CU_ASSERT_EQUAL(check_file(&soundness, &world, path), MFALS_BAD_DATA);
    CU_ASSERT(strstr(failure_message(), "row 77 of /ratings/item names a row that is not there") != NULL);
    damage_flip(path, item + 4 * 77 + 3, 0xff);
    int64_t one = find_one(path);
    damage_flip(path, value + 4 * one, 1); /* still a number */
    check_refused(path, MFALS_BAD_DATA, "digest");
    damage_flip(path, value + 4 * one, 1);
    damage_flip(path, damage_find(path, "/items/ids") + 5, 1); /* still text */
    check_refused(path, MFALS_BAD_DATA, "is not in order");
    damage_flip(path, damage_find(path, "/items/ids") + 5, 1);
    damage_flip(path, value + 4 * one + 3, 0x40); /* 1 becomes infinite */
    check_refused(path, MFALS_BAD_DATA, "is not finite");
    CU_ASSERT_EQUAL(check_file(&soundness, &world, path), MFALS_BAD_DATA);
    CU_ASSERT(strstr(failure_message(), "of /ratings/value is not finite") != NULL);
    damage_cut(path, damage_size(path) * 2 / 3);
    check_refused(path, MFALS_BAD_DATA, "cut off");
    damage_cut(path, 4);
    CU_ASSERT(!hdf5_file_probe(path));
    check_refused(path, MFALS_BAD_DATA, "no HDF5 file");
    check_refused("/nowhere/ratings.h5", MFALS_NO_INPUT, "No such file");
    remove_path(path);
}

/* Another item, which exists: then most often the items of its user no longer ascend. */
static void test_order_of_items(void)
{
    char path[PATH_BYTES];
    struct verification soundness;
    int told = 0;
    write_some(path, COUNT);
    int64_t item = damage_find(path, "/ratings/item");
    for (int64_t i = 1000; i < 1020; i++) {
        damage_flip(path, item + 4 * i, 0x80);
        CU_ASSERT_EQUAL(check_file(&soundness, &world, path), MFALS_BAD_DATA);
        told += strstr(failure_message(), "of /ratings/item is not in order") != NULL;
        damage_flip(path, item + 4 * i, 0x80);
    }
    CU_ASSERT(told > 5);
    REQUIRE_OK(check_file(&soundness, &world, path));
    remove_path(path);
}

static void check_allocations(int rank, const struct ratings *ratings, const char *path)
{
    status got[2] = {MFALS_NO_MEMORY, MFALS_NO_MEMORY};
    int64_t before = memory_live_blocks();
    for (int64_t n = 1; got[0] + got[1] != 0 && n < 200; n++) {
        struct raw_ratings raw = {0};
        memory_fail_at(world.rank == rank ? n : 0);
        got[0] = ratings_file_write(&world, path, ratings);
        memory_fail_at(0);
        REQUIRE_ALL(damage_same(got[0]) && (got[0] == MFALS_OK || got[0] == MFALS_NO_MEMORY));
        if (got[0] == MFALS_OK) {
            memory_fail_at(world.rank == rank ? n : 0);
            got[1] = ratings_file_read(&raw, &world, path, TIMES_IF_ANY);
            memory_fail_at(0);
            REQUIRE_ALL(damage_same(got[1]) && (got[1] == MFALS_OK || got[1] == MFALS_NO_MEMORY));
        }
        raw_ratings_free(&raw);
        CU_ASSERT_EQUAL(memory_live_blocks(), before);
    }
    REQUIRE_ALL(got[0] + got[1] == 0);
}

static void test_failing_allocations(void)
{
    char path[PATH_BYTES];
    struct ratings *ratings;
    new_path(path);
    make_ratings(&ratings, 300);
    for (int rank = 0; rank<world.size; rank += world.size> 1 ? world.size - 1 : 1)
        check_allocations(rank, ratings, path);
    ratings_free(&ratings);
    remove_path(path);
}

static CU_TestInfo tests[] = {{"round trip", test_round_trip},
                              {"read by plain HDF5", test_plain_hdf5},
                              {"what is refused", test_refused},
                              {"the order of items", test_order_of_items},
                              {"failing allocations", test_failing_allocations},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "ratings file", tests);
}
