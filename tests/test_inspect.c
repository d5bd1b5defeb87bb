/* store/inspect.h: what a file is, and that any damage to it is told. */
#include "damage.h"
#include "model_sample.h"
#include "ranks.h"
#include "store/inspect.h"

#include <hdf5.h>
#include <stdio.h>
#include <unistd.h>

static void write_sample(struct sample *sample, int64_t users, int64_t items, int64_t factors,
                         enum id_kind kind)
{
    sample_open(sample, users, items, factors, kind);
    for (int s = USERS; s <= ITEMS; s++) {
        sample->file.side[s].bias = sample->factors[s]; /* any numbers will do */
        sample->file.side[s].bias_step = sample->file.side[s].row_floats;
    }
    REQUIRE_OK(model_file_write(&world, &sample->file));
}

static void test_summary(void)
{
    struct sample sample;
    scoped struct summary *summary = NULL;
    struct attribute seed;
    write_sample(&sample, 300, 200, 5, ID_INTEGER);
    REQUIRE_OK(inspect_file(&summary, &world, sample.path));
    CU_ASSERT(summary->kind == FILE_MODEL && summary->header.complete && summary->biases);
    CU_ASSERT_EQUAL(summary->header.format_version, MODEL_PLAIN_VERSION);
    CU_ASSERT_EQUAL(summary->header.file_bytes, damage_size(sample.path));
    CU_ASSERT(summary->users == 300 && summary->items == 200 && summary->factors == 5 &&
              summary->ratings == 0);
    CU_ASSERT(summary->iterations == 3 && summary->training_stat_count == 1);
    CU_ASSERT_STRING_EQUAL(summary->stats[0].name, "total_loss");
    CU_ASSERT_EQUAL(summary->stats[0].last, 1.5);
    CU_ASSERT(header_attribute(&seed, &summary->header, "seed"));
    CU_ASSERT(seed.kind == ATTRIBUTE_INTEGER && seed.integer == INT64_MIN);
    sample_close(&sample);
}

static status check(const struct sample *sample)
{
    struct verification soundness;
    status got = check_file(&soundness, &world, sample->path);
    REQUIRE_ALL(damage_same(got));
    CU_ASSERT(got != MFALS_OK || soundness.has_digest);
    return got;
}

static void test_sound(void)
{
    struct sample sample;
    write_sample(&sample, 300, 200, 5, ID_INTEGER);
    CU_ASSERT_EQUAL(check(&sample), MFALS_OK);
    sample_close(&sample);
    write_sample(&sample, 0, 1, 3, ID_TEXT);
    CU_ASSERT_EQUAL(check(&sample), MFALS_OK);
    sample_close(&sample);
}

/* A byte changed anywhere in the rows, also in the first row of a rank's share (100, of 3 ranks): the reason says
 * more where it is more than another number. 1201, in row 150, becomes NaN. */
static void test_damaged_rows(void)
{
    static const struct {
        const char *data_set;
        int64_t byte;
        unsigned char mask;
        const char *reason;
    } cases[] = {{"/users/factors", 20 * 150 + 3, 1, "digest"},
                 {"/items/factors", 20 * 199 + 19, 0x80, "digest"},
                 {"/users/factors", 20 * 150 + 3, 0x3b, "row 150 of /users/factors is not finite"},
                 {"/users/bias", 4 * 64, 1, "digest"},
                 {"/users/ids", 8 * 100 + 7, 0x80, "row 100 of /users/ids is not in order"},
                 {"/users/ids", 0, 1, "digest"},
                 {"/items/ids", 8 * 120 + 7, 0x80, "of /items/ids is not in order"},
                 {"/history/total_loss", 0, 1, "digest"}};
    struct sample sample;
    write_sample(&sample, 300, 200, 5, ID_INTEGER);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t offset = damage_find(sample.path, cases[i].data_set) + cases[i].byte;
        damage_flip(sample.path, offset, cases[i].mask);
        CU_ASSERT_EQUAL(check(&sample), MFALS_BAD_DATA);
        CU_ASSERT(strstr(failure_message(), cases[i].reason) != NULL);
        damage_flip(sample.path, offset, cases[i].mask);
        CU_ASSERT_EQUAL(check(&sample), MFALS_OK);
    }
    sample_close(&sample);
}

static void change_seed(const char *path)
{
    int64_t seed = 43;
    hid_t file = H5Fopen(path, H5F_ACC_RDWR, H5P_DEFAULT), attribute = H5Aopen(file, "seed", H5P_DEFAULT);
    H5Awrite(attribute, H5T_NATIVE_INT64, &seed);
    H5Aclose(attribute);
    H5Fclose(file);
}

static void test_changed_attribute(void)
{
    struct sample sample;
    write_sample(&sample, 30, 20, 5, ID_INTEGER);
    if (world.rank == 0)
        change_seed(sample.path);
    CU_ASSERT_EQUAL(check(&sample), MFALS_BAD_DATA);
    sample_close(&sample);
}

/* Never a crash or a hang, and the same on all ranks. */
static void test_any_byte(void)
{
    struct sample sample;
    struct verification soundness;
    write_sample(&sample, 10, 10, 2, ID_INTEGER);
    int64_t size = damage_size(sample.path), noticed = 0, tried = 0;
    MPI_Barrier(world.mpi);
    for (int64_t offset = 5; offset < size; offset += 11, tried++) {
        damage_flip(sample.path, offset, 0x55);
        status got = check_file(&soundness, &world, sample.path);
        REQUIRE_ALL(damage_same(got));
        CU_ASSERT(got == MFALS_OK || got == MFALS_BAD_DATA);
        noticed += got != MFALS_OK;
        damage_flip(sample.path, offset, 0x55);
    }
    CU_ASSERT(noticed > tried / 5); /* the rest is unused space */
    sample_close(&sample);
}

/* Written by all ranks, it is right for one. */
static void test_same_digest_for_any_ranks(void)
{
    struct sample sample;
    struct verification soundness;
    struct comm alone;
    write_sample(&sample, 300, 200, 5, ID_TEXT);
    CU_ASSERT_EQUAL(check(&sample), MFALS_OK);
    REQUIRE_OK(comm_open(&alone, MPI_COMM_SELF));
    CU_ASSERT_EQUAL(check_file(&soundness, &alone, sample.path), MFALS_OK);
    comm_close(&alone);
    sample_close(&sample);
}

static void test_failing_allocations(void)
{
    struct sample sample;
    write_sample(&sample, 300, 100, 6, ID_TEXT);
    int64_t before = memory_live_blocks();
    for (int rank = 0; rank < world.size; rank++) {
        status got[2] = {MFALS_NO_MEMORY, MFALS_NO_MEMORY};
        for (int64_t n = 1; got[0] + got[1] != 0 && n < 100; n++) {
            struct verification soundness;
            struct summary *summary;
            memory_fail_at(world.rank == rank ? n : 0);
            got[0] = inspect_file(&summary, &world, sample.path);
            CU_ASSERT_EQUAL(summary != NULL, got[0] == MFALS_OK);
            memory_free(summary);
            memory_fail_at(world.rank == rank ? n : 0);
            got[1] = check_file(&soundness, &world, sample.path);
            memory_fail_at(0);
            for (int i = 0; i < 2; i++)
                REQUIRE_ALL(damage_same(got[i]) && (got[i] == MFALS_OK || got[i] == MFALS_NO_MEMORY));
            CU_ASSERT_EQUAL(memory_live_blocks(), before);
        }
        REQUIRE_ALL(got[0] + got[1] == 0);
    }
    sample_close(&sample);
}

static CU_TestInfo tests[] = {{"a summary", test_summary},
                              {"sound files", test_sound},
                              {"damaged rows", test_damaged_rows},
                              {"a changed attribute", test_changed_attribute},
                              {"any byte", test_any_byte},
                              {"one digest for any number of ranks", test_same_digest_for_any_ranks},
                              {"failing allocations", test_failing_allocations},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "inspect", tests);
}
