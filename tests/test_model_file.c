/* store/model_file.h: what is written is what is read, on any number of ranks. */
#include "model_sample.h"
#include "ranks.h"
#include "store/row_slab.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void check_round_trip(int64_t users, int64_t items, int64_t factors, enum id_kind kind)
{
    struct sample sample;
    sample_open(&sample, users, items, factors, kind);
    REQUIRE_OK(sample_check_output(sample.path));
    CU_ASSERT_EQUAL(sample_entries(sample.folder), 0);
    REQUIRE_OK(model_file_write(&world, &sample.file));
    sample_check_file(&sample);
    sample_close(&sample);
}

static void test_integer_ids(void)
{
    check_round_trip(1000, 500, 20, ID_INTEGER);
}

static void test_text_ids(void)
{
    check_round_trip(500, 1000, 17, ID_TEXT);
}

static void test_fewer_rows_than_ranks(void)
{
    check_round_trip(1, 2, 1, ID_INTEGER);
}

static void test_side_without_rows(void)
{
    check_round_trip(0, 70, 3, ID_INTEGER);
    check_round_trip(70, 0, 3, ID_TEXT);
}

/* Ranks with rows left and ranks without take part in the same number of transfers; a part is at least one
 * row. */
static void test_many_parts(void)
{
    const int64_t sizes[] = {1, 100, 1000};
    for (int i = 0; i < 3; i++) {
        row_slabs_set_part_bytes(sizes[i]);
        check_round_trip(150, 90, 5, i == 1 ? ID_TEXT : ID_INTEGER);
    }
    row_slabs_set_part_bytes(0);
}

/* [collective] */
static void put_file(const char *path, const char *end, const char *text)
{
    char whole[2 * PATH_SIZE + 16];
    snprintf(whole, sizeof whole, "%s%s", path, end);
    if (world.rank == 0) {
        FILE *file = fopen(whole, "w");
        CU_ASSERT(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
    }
    MPI_Barrier(world.mpi);
}

static void remove_file(const char *path, const char *end)
{
    char whole[2 * PATH_SIZE + 16];
    snprintf(whole, sizeof whole, "%s%s", path, end);
    CU_ASSERT(world.rank != 0 || unlink(whole) == 0);
}

static void test_replaces_older_file(void)
{
    static const char older[] = "\x89HDF\r\n\x1a\n and so on";
    struct sample sample;
    sample_open(&sample, 300, 200, 4, ID_INTEGER);
    put_file(sample.path, "", older);
    put_file(sample.path, ".partial", older); /* a name that is somebody else's */
    REQUIRE_OK(sample_check_output(sample.path));
    CU_ASSERT_EQUAL(sample_entries(sample.folder), 2);
    REQUIRE_OK(model_file_write(&world, &sample.file));
    sample_check_file(&sample);
    CU_ASSERT_EQUAL(sample_entries(sample.folder), 2);
    remove_file(sample.path, ".partial");
    sample_close(&sample);
}

static void test_does_not_replace_text(void)
{
    struct sample sample;
    sample_open(&sample, 300, 200, 4, ID_INTEGER);
    put_file(sample.path, "", "1\t2\t3\n");
    REQUIRE_ALL(sample_check_output(sample.path) == MFALS_NO_OUTPUT);
    CU_ASSERT(strstr(failure_message(), "is no HDF5 file: it is not replaced") != NULL);
    put_file(sample.path, "", "");
    REQUIRE_OK(sample_check_output(sample.path));
    sample_close(&sample);
}

/* What the file system silently lost is noticed, by all, wherever it is. */
static void test_damage_is_noticed(void)
{
    struct sample sample;
    sample_open(&sample, 500, 100, 6, ID_INTEGER);
    REQUIRE_OK(model_file_write(&world, &sample.file));
    const int64_t row_bytes = 6 * sizeof(float), stride = 16 * sizeof(float);
    struct row_slab slab = {"/users/factors", sample.factors[USERS], row_bytes, stride,
                            sample.offsets[USERS]};
    REQUIRE_OK(row_slabs_verify(&world, sample.path, &slab, 1));
    int64_t mine = sample.ids[USERS].count, rows[2] = {0, 499};
    for (int i = 0; i < 2; i++) {
        bool here = slab.offsets[world.rank] <= rows[i] && rows[i] < slab.offsets[world.rank] + mine;
        float *number = here ? &sample.factors[USERS][(rows[i] - slab.offsets[world.rank]) * 16 + 5] : NULL;
        if (here)
            *number += 1.0f;
        CU_ASSERT_EQUAL(row_slabs_verify(&world, sample.path, &slab, 1), MFALS_IO);
        CU_ASSERT(strstr(failure_message(), i == 0 ? "row 0 of" : "row 499 of") != NULL);
        if (here)
            *number -= 1.0f;
    }
    sample_close(&sample);
}

static CU_TestInfo tests[] = {{"integer ids", test_integer_ids},
                              {"text ids", test_text_ids},
                              {"fewer rows than ranks", test_fewer_rows_than_ranks},
                              {"a side without rows", test_side_without_rows},
                              {"many parts", test_many_parts},
                              {"an older file is replaced", test_replaces_older_file},
                              {"a text is not", test_does_not_replace_text},
                              {"damage is noticed", test_damage_is_noticed},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "model file", tests);
}
