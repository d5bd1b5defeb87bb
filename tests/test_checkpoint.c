/* Checkpoints on disk: the checksum trailer, and the file, read under another partition than it was written. */
#include "damage.h"
#include "model_sample.h"
#include "ranks.h"
#include "ratings/digest.h"
#include "store/checkpoint_file.h"
#include "store/durable.h"
#include "store/trailer.h"

#include <stdio.h>
#include <xxhash.h>

enum { K = 5, USER_ROWS = 700, ITEM_ROWS = 130, PIECE = 1 << 22 };

static int write_bytes(const char *path, int64_t bytes)
{
    scoped char *data = NULL;
    FILE *file = fopen(path, "w");
    if (file == NULL || allocate(&data, bytes) != MFALS_OK)
        return 0;
    for (int64_t i = 0; i < bytes; i++)
        data[i] = (char)(i * 37 + i / 1000);
    int written = fwrite(data, 1, (size_t)bytes, file) == (size_t)bytes;
    return fclose(file) == 0 && written;
}

/* The line as its header defines it, computed serially. */
static int has_trailer(const char *path, int64_t bytes)
{
    scoped char *data = NULL;
    char digest[DIGEST_TEXT_SIZE], expected[2 * TRAILER_BYTES];
    uint64_t sums[2] = {0, 0};
    FILE *file = fopen(path, "r");
    if (file == NULL || allocate(&data, bytes + TRAILER_BYTES + 1) != MFALS_OK)
        return 0;
    int64_t got = (int64_t)fread(data, 1, (size_t)bytes + TRAILER_BYTES + 1, file);
    fclose(file);
    for (int64_t piece = 0; piece * PIECE < bytes; piece++) {
        int64_t length = bytes - piece * PIECE < PIECE ? bytes - piece * PIECE : PIECE;
        XXH128_hash_t hash = XXH3_128bits_withSeed(data + piece * PIECE, (size_t)length, (uint64_t)piece);
        sums[0] += hash.low64;
        sums[1] += hash.high64;
    }
    digest_text(digest, sums);
    snprintf(expected, sizeof expected, "mfals-seal %s %019lld\n", digest, (long long)bytes);
    return got == bytes + TRAILER_BYTES && memcmp(data + bytes, expected, TRAILER_BYTES) == 0;
}

static void check_verdict(const char *path, status expected)
{
    status got = trailer_verify(&world, path);
    CU_ASSERT_EQUAL(got, expected);
    CU_ASSERT(damage_same(got));
}

static void check_trailer(const char *path, int64_t bytes)
{
    const int64_t places[] = {0, bytes / 2, bytes - 1, bytes, bytes + 20, bytes + TRAILER_BYTES - 2};
    REQUIRE_ALL(world.rank > 0 || write_bytes(path, bytes));
    MPI_Barrier(world.mpi);
    REQUIRE_OK(trailer_append(&world, path));
    CU_ASSERT(world.rank > 0 || has_trailer(path, bytes));
    check_verdict(path, MFALS_OK);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        int64_t place = places[i] < 0 ? 0 : places[i];
        damage_flip(path, place, 16);
        check_verdict(path, MFALS_BAD_DATA);
        damage_flip(path, place, 16);
    }
    check_verdict(path, MFALS_OK);
    REQUIRE_ALL(world.rank > 0 || durable_append(path, "\n", 1) == MFALS_OK);
    check_verdict(path, MFALS_BAD_DATA);
    for (int cut = 1; cut < 4; cut++) {
        damage_cut(path, cut == 1 ? bytes + TRAILER_BYTES - 1 : cut == 2 ? bytes : bytes / 3);
        check_verdict(path, MFALS_BAD_DATA);
    }
}

static void test_trailer(void)
{
    struct sample sample; /* for its folder */
    sample_open(&sample, 1, 1, 1, ID_INTEGER);
    const int64_t sizes[] = {0, 1, 100, PIECE, 9 * (int64_t)PIECE + 5};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
        check_trailer(sample.path, sizes[i]);
    check_verdict("/no/such/file", MFALS_NO_INPUT);
    check_verdict(sample.folder, MFALS_NO_INPUT);
    sample_close(&sample);
}

static float value_at(int side, bool best, int64_t row, int64_t column)
{
    return (float)row * 16 + (float)column + (best ? 0.5f : 0) + (side == ITEMS ? 0.25f : 0);
}

struct written {
    struct sample sample;
    struct checkpoint_file file;
    float *rows[4]; /* users, items; the best of both: [own rows x K + 1], the bias last */
    double axes[(K + 1) * K];
};

static void fill_rows(float *rows, int side, bool best, int64_t first, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        for (int j = 0; j <= K; j++)
            rows[i * (K + 1) + j] =
                j < K ? value_at(side, best, first + i, j) : -value_at(side, best, first + i, 0);
}

static void open_written(struct written *written)
{
    sample_open(&written->sample, USER_ROWS, ITEM_ROWS, K, ID_TEXT);
    written->file =
        (struct checkpoint_file){.model = written->sample.file, .axes = written->axes, .has_best = true};
    for (int i = 0; i < (K + 1) * K; i++)
        written->axes[i] = 1.0 / (i + 3);
    for (int part = 0; part < 4; part++) {
        struct model_side *side = part < 2 ? &written->file.model.side[part] : &written->file.best[part - 2];
        const int64_t *offsets = written->sample.offsets[part % 2];
        int64_t first = offsets[world.rank], count = offsets[world.rank + 1] - first;
        REQUIRE_ALL(allocate(&written->rows[part], (count + 1) * (K + 1)) == MFALS_OK);
        fill_rows(written->rows[part], part % 2, part >= 2, first, count);
        *side = (struct model_side){.factors = written->rows[part],
                                    .row_floats = K + 1,
                                    .offsets = offsets,
                                    .ids = &written->sample.ids[part % 2],
                                    .bias = written->rows[part] + K,
                                    .bias_step = K + 1};
    }
}

static void close_written(struct written *written)
{
    for (int part = 0; part < 4; part++)
        memory_free(written->rows[part]);
    sample_close(&written->sample);
}

static void write_checkpoint(struct written *written)
{
    struct writing *writing = NULL;
    REQUIRE_OK(checkpoint_file_start(&writing, &world, &written->file));
    REQUIRE_OK(new_file_finish(&writing));
    CU_ASSERT_PTR_NULL(writing);
}

struct reading {
    int side;
    bool best;
    int64_t next, wrong;
};

static void compare_rows(void *context, int64_t first, int64_t count, const float *factors, const float *bias)
{
    struct reading *reading = context;
    reading->wrong += first != reading->next || bias == NULL;
    reading->next = first + count;
    for (int64_t i = 0; i < count && bias != NULL; i++) {
        for (int j = 0; j < K; j++)
            reading->wrong += factors[i * K + j] != value_at(reading->side, reading->best, first + i, j);
        reading->wrong += bias[i] != -value_at(reading->side, reading->best, first + i, 0);
    }
}

/* The first rank gets a row, the others share what remains, not by tiles, the last two nothing. */
static int64_t other_offset(int rank, int64_t rows)
{
    return rank == 0 ? 0 : rank >= world.size - 2 ? rows : 1 + (rows - 1) * (rank - 1) / (world.size - 2);
}

static void check_part(const struct checkpoint *checkpoint, int side, bool best)
{
    int64_t rows = side == USERS ? USER_ROWS : ITEM_ROWS;
    int64_t first = other_offset(world.rank, rows),
            end = world.rank == world.size - 1 ? rows : other_offset(world.rank + 1, rows);
    struct reading reading = {.side = side, .best = best, .next = first};
    CU_ASSERT_EQUAL(
        checkpoint_rows(checkpoint, (enum side)side, best, K, first, end - first, compare_rows, &reading),
        MFALS_OK);
    CU_ASSERT_EQUAL(reading.wrong, 0);
    CU_ASSERT_EQUAL(reading.next, end);
    CU_ASSERT_EQUAL(checkpoint_rows(checkpoint, (enum side)side, best, K + 1, 0, 1, compare_rows, &reading),
                    MFALS_BAD_CHECKPOINT);
    CU_ASSERT_EQUAL(checkpoint_rows(checkpoint, (enum side)side, best, K, rows, 1, compare_rows, &reading),
                    MFALS_BAD_CHECKPOINT);
}

static void test_round_trip(void)
{
    struct written written;
    struct checkpoint *checkpoint;
    double axes[(K + 1) * K] = {0}, losses[3] = {0};
    open_written(&written);
    write_checkpoint(&written);
    REQUIRE_OK(checkpoint_open(&checkpoint, &world, written.sample.path));
    CU_ASSERT(checkpoint_has_best(checkpoint));
    for (int part = 0; part < 4; part++)
        check_part(checkpoint, part % 2, part >= 2);
    CU_ASSERT_EQUAL(checkpoint_numbers(axes, (K + 1) * K, checkpoint, CHECKPOINT_AXES), MFALS_OK);
    for (int i = 0; i < (K + 1) * K; i++)
        CU_ASSERT_EQUAL(axes[i], written.axes[i]);
    CU_ASSERT_EQUAL(checkpoint_numbers(losses, 3, checkpoint, "/history/total_loss"), MFALS_OK);
    CU_ASSERT_EQUAL(losses[2], 1.5);
    CU_ASSERT_EQUAL(checkpoint_numbers(losses, 2, checkpoint, "/history/total_loss"), MFALS_BAD_CHECKPOINT);
    CU_ASSERT_EQUAL(checkpoint_numbers(losses, 3, checkpoint, "/history/none"), MFALS_BAD_CHECKPOINT);
    checkpoint_close(&checkpoint);
    CU_ASSERT_PTR_NULL(checkpoint);
    written.file.has_best = false;
    written.file.axes = NULL;
    write_checkpoint(&written);
    REQUIRE_OK(checkpoint_open(&checkpoint, &world, written.sample.path));
    CU_ASSERT(!checkpoint_has_best(checkpoint));
    CU_ASSERT_EQUAL(checkpoint_numbers(axes, (K + 1) * K, checkpoint, CHECKPOINT_AXES), MFALS_BAD_CHECKPOINT);
    checkpoint_close(&checkpoint);
    close_written(&written);
}

/* A sound model under a checkpoint's name has no checksum trailer, and with one it is still no checkpoint. */
static void test_no_checkpoint(void)
{
    struct sample sample;
    struct checkpoint *checkpoint = NULL;
    sample_open(&sample, USER_ROWS, ITEM_ROWS, K, ID_INTEGER);
    status got = checkpoint_open(&checkpoint, &world, sample.path);
    CU_ASSERT(got == MFALS_NO_INPUT && damage_same(got) && checkpoint == NULL);
    REQUIRE_OK(model_file_write(&world, &sample.file));
    got = checkpoint_open(&checkpoint, &world, sample.path);
    CU_ASSERT(got == MFALS_BAD_DATA && damage_same(got) && checkpoint == NULL);
    REQUIRE_OK(trailer_append(&world, sample.path));
    got = checkpoint_open(&checkpoint, &world, sample.path);
    CU_ASSERT(got == MFALS_BAD_CHECKPOINT && damage_same(got) && checkpoint == NULL);
    sample_close(&sample);
}

/* Whichever allocation fails, on one rank alone. */
static int64_t fail_each(struct written *written, bool writes, int unlucky)
{
    status got = MFALS_NO_MEMORY;
    int64_t before = memory_live_blocks(), n = 0;
    while (got != MFALS_OK && n < 1000) {
        struct writing *writing = NULL;
        struct checkpoint *checkpoint = NULL;
        n++;
        memory_fail_at(world.rank == unlucky ? n : 0);
        got = writes ? checkpoint_file_start(&writing, &world, &written->file)
                     : checkpoint_open(&checkpoint, &world, written->sample.path);
        memory_fail_at(0);
        REQUIRE_ALL(damage_same(got) && (got == MFALS_OK || got == MFALS_NO_MEMORY));
        CU_ASSERT(got == MFALS_OK || (writing == NULL && checkpoint == NULL));
        new_file_abandon(&writing);
        checkpoint_close(&checkpoint);
        CU_ASSERT_EQUAL(memory_live_blocks(), before);
        CU_ASSERT_EQUAL(sample_entries(written->sample.folder), !writes);
    }
    CU_ASSERT_EQUAL(got, MFALS_OK);
    return n;
}

static void test_no_memory(void)
{
    struct written written;
    open_written(&written);
    int64_t count = fail_each(&written, true, 0) + fail_each(&written, true, world.size - 1);
    write_checkpoint(&written);
    count += fail_each(&written, false, 0) + fail_each(&written, false, world.size - 1);
    if (world.rank == 0)
        printf("%d failed allocations ... ", (int)count - 4);
    close_written(&written);
}

static CU_TestInfo tests[] = {{"checksum trailer", test_trailer},
                              {"file, read under another partition", test_round_trip},
                              {"what is no checkpoint", test_no_checkpoint},
                              {"each allocation fails", test_no_memory},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "checkpoint", tests);
}
