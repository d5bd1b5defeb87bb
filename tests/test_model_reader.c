/* store/model_reader.h: a model read back is the model that was written; what is none is refused with the reason. */
#include "damage.h"
#include "model_sample.h"
#include "ranks.h"
#include "store/header.h"
#include "store/model_reader.h"

#include <hdf5.h>
#include <stdio.h>
#include <unistd.h>

static void check_side(const struct stored_model *model, const struct sample *sample, int s)
{
    const struct stored_side *side = &model->side[s];
    const struct ids *ids = &sample->ids[s];
    int64_t wrong = 0;
    CU_ASSERT_EQUAL(side->rows, ids->rows);
    CU_ASSERT_EQUAL(memcmp(side->offsets, sample->offsets[s], sizeof(int64_t) * (size_t)(world.size + 1)), 0);
    REQUIRE_ALL(side->ids.count == ids->count && side->ids.kind == ids->kind);
    CU_ASSERT_EQUAL(side->ids.first, ids->first);
    for (int64_t i = 0; i < ids->count; i++) {
        const float *row = side->factors + i * model->row_floats,
                    *expected = sample->factors[s] + i * model->row_floats;
        for (int j = 0; j < model->row_floats; j++)
            wrong += row[j] != (j < model->padding ? 0.0f : expected[j - model->padding]);
    }
    int64_t rows = (ids->count + 63) / 64 * 64;
    for (int64_t i = ids->count * model->row_floats; i < rows * model->row_floats; i++)
        wrong += side->factors[i] != 0.0f;
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(memcmp(side->ids.keys, ids->keys, (size_t)(ids->count * ids->width)), 0);
}

static void check_round_trip(int64_t users, int64_t items, int64_t factors, enum id_kind kind)
{
    struct sample sample;
    struct stored_model *model;
    sample_open(&sample, users, items, factors, kind);
    REQUIRE_OK(model_file_write(&world, &sample.file));
    REQUIRE_OK(model_file_read(&model, &world, sample.path));
    CU_ASSERT_EQUAL(model->factors, factors);
    CU_ASSERT_EQUAL(model->padding, (16 - factors % 16) % 16);
    CU_ASSERT_EQUAL(model->row_floats, model->factors + model->padding);
    check_side(model, &sample, USERS);
    check_side(model, &sample, ITEMS);
    CU_ASSERT(!model->biases && model->side[USERS].bias == NULL && model->side[ITEMS].bias == NULL);
    CU_ASSERT_EQUAL(model->global_mean, 0.0);
    stored_model_free(&model);
    sample_close(&sample);
}

static void test_round_trip(void)
{
    check_round_trip(1000, 500, 20, ID_INTEGER);
    check_round_trip(500, 1000, 17, ID_TEXT);
    check_round_trip(130, 70, 16, ID_INTEGER);
    check_round_trip(2, 1, 1, ID_TEXT);
    check_round_trip(0, 70, 3, ID_INTEGER);
}

/* Biases may lie anywhere, here in the padding of the factors. */
static void test_biases(void)
{
    struct sample sample;
    struct stored_model *model;
    sample_open(&sample, 300, 200, 5, ID_INTEGER);
    sample.file.has_global_mean = true;
    sample.file.global_mean = 3.25;
    for (int s = USERS; s <= ITEMS; s++) {
        for (int64_t i = 0; i < sample.ids[s].count; i++)
            sample.factors[s][i * 16 + 7] = 0.5f * (float)(sample.ids[s].first + i) + (float)s;
        sample.file.side[s].bias = sample.factors[s] + 7;
        sample.file.side[s].bias_step = 16;
    }
    REQUIRE_OK(model_file_write(&world, &sample.file));
    REQUIRE_OK(model_file_read(&model, &world, sample.path));
    CU_ASSERT(model->biases);
    CU_ASSERT_EQUAL(model->global_mean, 3.25);
    for (int s = USERS; s <= ITEMS; s++) {
        int64_t wrong = 0;
        for (int64_t i = 0; i < sample.ids[s].count; i++)
            wrong += model->side[s].bias[i] != sample.factors[s][i * 16 + 7];
        CU_ASSERT_EQUAL(wrong, 0);
    }
    stored_model_free(&model);
    if (world.rank == 0) {
        float bias[200];
        hid_t file = H5Fopen(sample.path, H5F_ACC_RDONLY, H5P_DEFAULT);
        hid_t set = H5Dopen2(file, "/items/bias", H5P_DEFAULT);
        CU_ASSERT(H5Dread(set, H5T_IEEE_F32LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, bias) >= 0);
        CU_ASSERT_EQUAL(bias[199], 100.5f);
        H5Dclose(set);
        H5Fclose(file);
    }
    sample_close(&sample);
}

static void test_options(void)
{
    const struct attribute given[] = {
        {.name = "algorithm", .kind = ATTRIBUTE_TEXT, .text = "als"},
        {.name = "lambda", .kind = ATTRIBUTE_REAL, .real = 0.05},
        {.name = "unobserved_weight", .kind = ATTRIBUTE_REAL, .real = 0.1},
        {.name = "reg_exponent", .kind = ATTRIBUTE_INTEGER, .integer = 1},
        {.name = "ratings_path", .kind = ATTRIBUTE_TEXT, .text = "a folder/r\xc3\xa4tings.tsv"},
        {.name = "ratings_digest", .kind = ATTRIBUTE_TEXT, .text = "0123456789abcdef0123456789abcdef"}};
    struct sample sample;
    struct stored_model *model;
    sample_open(&sample, 3, 3, 2, ID_INTEGER);
    REQUIRE_OK(model_file_write(&world, &sample.file));
    REQUIRE_OK(model_file_read(&model, &world, sample.path));
    CU_ASSERT_PTR_NULL(header_text(model->header, "ratings_path", NULL));
    stored_model_free(&model);
    sample.file.attributes = given;
    sample.file.attribute_count = 6;
    REQUIRE_OK(model_file_write(&world, &sample.file));
    REQUIRE_OK(model_file_read(&model, &world, sample.path));
    for (int i = 0; i < 6; i++) {
        struct attribute got;
        CU_ASSERT(header_attribute(&got, model->header, given[i].name) && attribute_equal(&got, &given[i]));
    }
    stored_model_free(&model);
    sample_close(&sample);
}

static void check_refused(const char *path, status code, const char *reason)
{
    struct stored_model *model;
    status got = model_file_read(&model, &world, path);
    REQUIRE_ALL(damage_same(got));
    CU_ASSERT_EQUAL(got, code);
    CU_ASSERT(model == NULL && strstr(failure_message(), path) != NULL);
    CU_ASSERT(strstr(failure_message(), reason) != NULL);
    stored_model_free(&model);
}

static void test_no_model(void)
{
    struct sample sample;
    sample_open(&sample, 3, 3, 2, ID_INTEGER);
    check_refused(sample.path, MFALS_NO_INPUT, "No such file");
    check_refused(sample.folder, MFALS_NO_INPUT, "folder");
    check_refused("/dev/null", MFALS_NO_INPUT, "no regular file");
    if (world.rank == 0)
        H5Fclose(H5Fcreate(sample.path, H5F_ACC_TRUNC, H5P_DEFAULT, H5P_DEFAULT));
    check_refused(sample.path, MFALS_BAD_DATA, "no file of mfals");
    sample_close(&sample);
}

/* Cut anywhere, it is refused by all ranks alike. */
static void test_cut_off(void)
{
    struct sample sample;
    sample_open(&sample, 200, 100, 4, ID_TEXT);
    REQUIRE_OK(model_file_write(&world, &sample.file));
    int64_t size = damage_size(sample.path);
    MPI_Barrier(world.mpi);
    for (int part = 9; part > 0; part--) {
        damage_cut(sample.path, size * part / 10);
        check_refused(sample.path, MFALS_BAD_DATA, "cut off");
    }
    damage_cut(sample.path, 0);
    check_refused(sample.path, MFALS_BAD_DATA, "no HDF5 file");
    sample_close(&sample);
}

/* What rank 0 does to the open file. */
static void set_integer(hid_t file, const char *name, int64_t value)
{
    hid_t attribute = H5Aopen(file, name, H5P_DEFAULT);
    H5Awrite(attribute, H5T_NATIVE_INT64, &value);
    H5Aclose(attribute);
}

static void break_off(hid_t file)
{
    set_integer(file, "complete", 0);
}

static void make_newer(hid_t file)
{
    set_integer(file, "format_version", MODEL_FORMAT_VERSION + 1);
}

static void remove_ids(hid_t file)
{
    H5Ldelete(file, "/items/ids", H5P_DEFAULT);
}

static void replace_factors(hid_t file, const hsize_t sizes[2], hid_t type)
{
    H5Ldelete(file, "/users/factors", H5P_DEFAULT);
    hid_t space = H5Screate_simple(2, sizes, NULL);
    H5Dclose(H5Dcreate2(file, "/users/factors", type, space, H5P_DEFAULT, H5P_DEFAULT, H5P_DEFAULT));
    H5Sclose(space);
}

static void claim_much(hid_t file)
{
    replace_factors(file, (const hsize_t[2]){(hsize_t)1 << 56, 4}, H5T_NATIVE_FLOAT);
}

static void lose_rows(hid_t file)
{
    replace_factors(file, (const hsize_t[2]){0, 4}, H5T_NATIVE_FLOAT);
}

static void change_type(hid_t file)
{
    replace_factors(file, (const hsize_t[2]){0, 4}, H5T_NATIVE_DOUBLE);
}

static void test_wrong_contents(void)
{
    static const struct {
        void (*change)(hid_t file);
        const char *reason;
    } cases[] = {{break_off, "incomplete"},
                 {make_newer, "format version 3"},
                 {remove_ids, "ids is missing"},
                 {claim_much, "larger than the file"},
                 {lose_rows, "0 rows instead of 200"},
                 {change_type, "another type"}};
    struct sample sample;
    sample_open(&sample, 200, 100, 4, ID_INTEGER);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        REQUIRE_OK(model_file_write(&world, &sample.file));
        if (world.rank == 0) {
            hid_t file = H5Fopen(sample.path, H5F_ACC_RDWR, H5P_DEFAULT);
            cases[i].change(file);
            CU_ASSERT(H5Fclose(file) >= 0);
        }
        check_refused(sample.path, MFALS_BAD_DATA, cases[i].reason);
    }
    sample_close(&sample);
}

/* Any byte of what is not rows: the file is read or refused, by all ranks alike. */
static void test_damaged_header(void)
{
    struct sample sample;
    sample_open(&sample, 10, 10, 2, ID_INTEGER);
    REQUIRE_OK(model_file_write(&world, &sample.file));
    int64_t size = damage_size(sample.path), refused = 0, step = 7;
    MPI_Barrier(world.mpi);
    for (int64_t offset = 0; offset < size; offset += step) {
        struct stored_model *model;
        damage_flip(sample.path, offset, 0xff);
        status got = model_file_read(&model, &world, sample.path);
        REQUIRE_ALL(damage_same(got));
        CU_ASSERT(got == MFALS_OK || got == MFALS_BAD_DATA);
        refused += got != MFALS_OK;
        stored_model_free(&model);
        damage_flip(sample.path, offset, 0xff);
    }
    CU_ASSERT(refused > size / step / 20);
    sample_close(&sample);
}

static void test_failing_allocations(void)
{
    struct sample sample;
    sample_open(&sample, 500, 100, 6, ID_TEXT);
    REQUIRE_OK(model_file_write(&world, &sample.file));
    int64_t before = memory_live_blocks();
    for (int rank = 0; rank < world.size; rank++) {
        status got = MFALS_NO_MEMORY;
        for (int64_t n = 1; got != MFALS_OK && n < 100; n++) {
            struct stored_model *model;
            memory_fail_at(world.rank == rank ? n : 0);
            got = model_file_read(&model, &world, sample.path);
            memory_fail_at(0);
            REQUIRE_ALL(damage_same(got) && (got == MFALS_OK || got == MFALS_NO_MEMORY));
            CU_ASSERT_EQUAL(model != NULL, got == MFALS_OK);
            stored_model_free(&model);
            CU_ASSERT_EQUAL(memory_live_blocks(), before);
        }
        REQUIRE_ALL(got == MFALS_OK);
    }
    sample_close(&sample);
}

static CU_TestInfo tests[] = {{"round trip", test_round_trip},
                              {"biases and the global mean", test_biases},
                              {"options and their defaults", test_options},
                              {"what is no model", test_no_model},
                              {"a file cut off", test_cut_off},
                              {"wrong contents", test_wrong_contents},
                              {"a damaged header", test_damaged_header},
                              {"failing allocations", test_failing_allocations},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "model reader", tests);
}
