/* store/export.h: what NumPy and text readers get is the model. */
#include "damage.h"
#include "model_sample.h"
#include "ranks.h"
#include "store/export.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BIASED = 1, NPY_BYTES = 128, FILES = 6 };
static const char *const suffixes[FILES] = {".users.npy", ".users.ids.npy", ".users.bias.npy",
                                            ".items.npy", ".items.ids.npy", ".items.bias.npy"};

/* Writes the sample, with its first factor as the bias, and reads it back. */
static void open_model(struct sample *sample, struct stored_model **model, int64_t factors, enum id_kind kind,
                       int biased)
{
    sample_open(sample, 200, 130, factors, kind);
    for (int s = USERS; s <= ITEMS && biased; s++) {
        sample->file.side[s].bias = sample->factors[s];
        sample->file.side[s].bias_step = sample->file.side[s].row_floats;
    }
    REQUIRE_OK(model_file_write(&world, &sample->file));
    REQUIRE_OK(model_file_read(model, &world, sample->path));
}

static void close_model(struct sample *sample, struct stored_model **model)
{
    char path[3 * PATH_SIZE];
    stored_model_free(model);
    MPI_Barrier(world.mpi);
    for (int i = 0; i < FILES && world.rank == 0; i++) {
        snprintf(path, sizeof path, "%s/m%s", sample->folder, suffixes[i]);
        unlink(path);
    }
    sample_close(sample);
}

/* What stands in a .npy file behind its header, which must give this type and shape. */
static char *read_npy(const struct sample *sample, int suffix, const char *type, const char *shape,
                      int64_t bytes)
{
    char path[3 * PATH_SIZE], head[NPY_BYTES + 1] = {0}, expected[NPY_BYTES + 1], *data = NULL;
    snprintf(path, sizeof path, "%s/m%s", sample->folder, suffixes[suffix]);
    snprintf(expected, sizeof expected, "{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", type,
             shape);
    FILE *file = fopen(path, "rb");
    CU_ASSERT_FATAL(file != NULL && allocate(&data, bytes) == MFALS_OK);
    CU_ASSERT_EQUAL(fread(head, 1, NPY_BYTES, file), NPY_BYTES);
    CU_ASSERT_EQUAL(memcmp(head, "\x93NUMPY\x01\0v\0", 10), 0);
    CU_ASSERT_EQUAL(strncmp(head + 10, expected, strlen(expected)), 0);
    CU_ASSERT_EQUAL(strspn(head + 10 + strlen(expected), " "), NPY_BYTES - 11 - strlen(expected));
    CU_ASSERT_EQUAL(head[NPY_BYTES - 1], '\n');
    CU_ASSERT_EQUAL(fread(data, 1, (size_t)bytes, file), (size_t)bytes);
    CU_ASSERT_EQUAL(fgetc(file), EOF);
    fclose(file);
    return data;
}

/* Every rank looks at its own rows. */
static void check_side(const struct sample *sample, int s, int biased, const char *id_type)
{
    const struct ids *ids = &sample->ids[s];
    int64_t wrong = 0, k = sample->file.factors, floats = sample->file.side[s].row_floats;
    scoped char *rows = NULL, *keys = NULL, *bias = NULL;
    char both[48], one[24];
    snprintf(both, sizeof both, "%d, %d", (int)ids->rows, (int)k);
    snprintf(one, sizeof one, "%d,", (int)ids->rows);
    rows = read_npy(sample, 3 * s, "<f4", both, ids->rows * k * 4);
    keys = read_npy(sample, 3 * s + 1, id_type, one, ids->rows * ids->width);
    if (biased)
        bias = read_npy(sample, 3 * s + 2, "<f4", one, ids->rows * 4);
    for (int64_t i = 0; i < ids->count; i++) {
        const float *row = sample->factors[s] + i * floats;
        wrong += memcmp(rows + (ids->first + i) * k * 4, row, (size_t)k * 4) != 0;
        wrong += biased && memcmp(bias + (ids->first + i) * 4, row, 4) != 0;
    }
    wrong += memcmp(keys + ids->first * ids->width, ids->keys, (size_t)(ids->count * ids->width)) != 0;
    CU_ASSERT_EQUAL(wrong, 0);
}

static void check_npy(int64_t factors, enum id_kind kind, int biased)
{
    struct sample sample;
    struct stored_model *model;
    char prefix[3 * PATH_SIZE];
    open_model(&sample, &model, factors, kind, biased);
    snprintf(prefix, sizeof prefix, "%s/m", sample.folder);
    REQUIRE_OK(export_npy(&world, prefix, model));
    CU_ASSERT_EQUAL(sample_entries(sample.folder), biased ? 7 : 5);
    for (int s = USERS; s <= ITEMS; s++)
        check_side(&sample, s, biased, kind == ID_INTEGER ? "<i8" : "|S7");
    close_model(&sample, &model);
}

static void test_npy(void)
{
    check_npy(20, ID_INTEGER, 0);
    check_npy(5, ID_TEXT, BIASED);
}

/* Line by line on rank 0, which knows what every number must be. */
static int64_t wrong_lines(const char *path, const struct sample *sample, int numbers)
{
    static char line[4096];
    int64_t wrong = 0, lines = 0;
    FILE *file = fopen(path, "r");
    CU_ASSERT_FATAL(file != NULL);
    for (; fgets(line, sizeof line, file) != NULL; lines++) {
        int s = lines < 200 ? USERS : ITEMS;
        int64_t row = lines - (s == USERS ? 0 : 200);
        char *field = strtok(line, "\t\n");
        wrong += field == NULL || strcmp(field, s == USERS ? "user" : "item") != 0;
        field = strtok(NULL, "\t\n");
        wrong += field == NULL || strtoll(field, NULL, 10) != (row - 5) * ((int64_t)1 << 40) + s;
        for (int j = numbers == sample->file.factors ? 0 : -1; j < sample->file.factors; j++) {
            field = strtok(NULL, "\t\n");
            float expected = (float)(s + 1) + (float)row * 8.0f + (float)(j < 0 ? 0 : j) / 4096.0f;
            wrong += field == NULL || strtof(field, NULL) != expected;
        }
        wrong += strtok(NULL, "\t\n") != NULL;
    }
    fclose(file);
    return wrong + (lines != 330);
}

static void check_text(int64_t factors, int biased)
{
    struct sample sample;
    struct stored_model *model;
    char path[3 * PATH_SIZE];
    open_model(&sample, &model, factors, ID_INTEGER, biased);
    snprintf(path, sizeof path, "%s/m.tsv", sample.folder);
    REQUIRE_OK(export_text(&world, path, model));
    CU_ASSERT_EQUAL(sample_entries(sample.folder), 2);
    MPI_Barrier(world.mpi); /* all have counted */
    if (world.rank == 0) {
        CU_ASSERT_EQUAL(wrong_lines(path, &sample, (int)factors + biased), 0);
        unlink(path);
    }
    close_model(&sample, &model);
}

static void test_text(void)
{
    check_text(20, 0);
    check_text(3, BIASED);
}

static void test_refused(void)
{
    struct sample sample;
    struct stored_model *model;
    open_model(&sample, &model, 4, ID_INTEGER, 0);
    CU_ASSERT_EQUAL(export_npy(&world, "/nowhere/m", model), MFALS_NO_OUTPUT);
    CU_ASSERT(strstr(failure_message(), "/nowhere/m.users.npy") != NULL);
    CU_ASSERT_EQUAL(export_text(&world, sample.folder, model), MFALS_NO_OUTPUT);
    CU_ASSERT_EQUAL(sample_entries(sample.folder), 1);
    close_model(&sample, &model);
}

static void test_failing_allocations(void)
{
    struct sample sample;
    struct stored_model *model;
    char path[3 * PATH_SIZE];
    open_model(&sample, &model, 4, ID_TEXT, 0);
    snprintf(path, sizeof path, "%s/m", sample.folder);
    int64_t before = memory_live_blocks();
    for (int rank = 0; rank<world.size; rank += world.size> 1 ? world.size - 1 : 1) {
        status got[2] = {MFALS_NO_MEMORY, MFALS_NO_MEMORY};
        for (int64_t n = 1; got[0] + got[1] != 0 && n < 100; n++) {
            memory_fail_at(world.rank == rank ? n : 0);
            got[0] = export_npy(&world, path, model);
            memory_fail_at(world.rank == rank ? n : 0);
            got[1] = export_text(&world, path, model);
            memory_fail_at(0);
            for (int i = 0; i < 2; i++)
                REQUIRE_ALL(damage_same(got[i]) && (got[i] == MFALS_OK || got[i] == MFALS_NO_MEMORY));
            CU_ASSERT_EQUAL(memory_live_blocks(), before);
        }
        REQUIRE_ALL(got[0] + got[1] == 0);
        CU_ASSERT_EQUAL(sample_entries(sample.folder), 6);
        MPI_Barrier(world.mpi); /* all have counted */
    }
    if (world.rank == 0)
        unlink(path);
    close_model(&sample, &model);
}

static CU_TestInfo tests[] = {{"NumPy arrays", test_npy},
                              {"text", test_text},
                              {"what is refused", test_refused},
                              {"failing allocations", test_failing_allocations},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "exports", tests);
}
