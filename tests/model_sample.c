#include "model_sample.h"

#include "base/memory.h"
#include "comm/partition.h"
#include "ranks.h"
#include "store/output.h"

#include <dirent.h>
#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { WIDTH = 7, TEXT_SIZE = 16 };

static const double losses[] = {3.0, 2.0, 1.5};
static const struct history histories[] = {{"total_loss", losses, 3}, {"nothing", losses, 0}};
static const struct attribute attributes[] = {
    {.name = "version",
     .kind = ATTRIBUTE_TEXT,
     .text = "gr\xc3\xbc\xc3\x9f"
             "e"},
    {.name = "seed", .kind = ATTRIBUTE_INTEGER, .integer = INT64_MIN},
    {.name = "lambda", .kind = ATTRIBUTE_REAL, .real = 0.1},
};

static float factor_at(int side, int64_t row, int64_t column)
{
    return (float)(side + 1) + (float)row * 8.0f + (float)column / 4096.0f;
}

static int64_t integer_id(int side, int64_t row)
{
    return (row - 5) * ((int64_t)1 << 40) + side;
}

static void text_id(char *text, int side, int64_t row)
{
    snprintf(text, TEXT_SIZE, row % 2 == 0 ? "%c%04d" : "%c%04d\xc3\xa9", 'a' + side, (int)row);
}

static status fill_side(struct sample *sample, int side, int64_t rows, enum id_kind kind)
{
    int64_t *offsets = sample->offsets[side], k = sample->file.factors, row_floats = (k + 15) / 16 * 16;
    partition_even(offsets, world.size, rows);
    int64_t first = offsets[world.rank], count = offsets[world.rank + 1] - first;
    struct ids *ids = &sample->ids[side];
    *ids = (struct ids){
        .kind = kind, .rows = rows, .first = first, .count = count, .width = kind == ID_INTEGER ? 8 : WIDTH};
    TRY(allocate(&sample->factors[side], count * row_floats + 1));
    TRY(allocate(&ids->keys, count * ids->width + WIDTH + 1));
    for (int64_t i = 0; i < count; i++) {
        for (int64_t j = 0; j < row_floats; j++)
            sample->factors[side][i * row_floats + j] = j < k ? factor_at(side, first + i, j) : -1.0f;
        int64_t integer = integer_id(side, first + i);
        char text[TEXT_SIZE] = {0};
        text_id(text, side, first + i);
        memcpy(ids->keys + i * ids->width, kind == ID_INTEGER ? (char *)&integer : text, (size_t)ids->width);
    }
    sample->file.side[side] = (struct model_side){
        .factors = sample->factors[side], .row_floats = row_floats, .offsets = offsets, .ids = ids};
    return MFALS_OK;
}

static status new_folder(struct sample *sample)
{
    ranks_new_folder(sample->folder, sizeof sample->folder);
    snprintf(sample->path, sizeof sample->path, "%s/model.h5", sample->folder);
    return MFALS_OK;
}

void sample_open(struct sample *sample, int64_t users, int64_t items, int64_t factors, enum id_kind kind)
{
    *sample = (struct sample){.file = {.factors = factors,
                                       .history = histories,
                                       .history_count = 2,
                                       .attributes = attributes,
                                       .attribute_count = 3}};
    REQUIRE_OK(new_folder(sample));
    REQUIRE_OK(fill_side(sample, USERS, users, kind));
    REQUIRE_OK(fill_side(sample, ITEMS, items, kind));
    sample->file.path = sample->path;
}

void sample_close(struct sample *sample)
{
    for (int side = USERS; side <= ITEMS; side++) {
        memory_free(sample->factors[side]);
        memory_free(sample->ids[side].keys);
    }
    MPI_Barrier(world.mpi);
    if (world.rank == 0) {
        unlink(sample->path);
        CU_ASSERT_EQUAL(rmdir(sample->folder), 0); /* nothing else was left there */
    }
}

status sample_check_output(const char *path)
{
    struct hold *hold;
    status held = output_hold(&hold, &world, path, output_check_hdf5);
    hold_release(&hold);
    return held;
}

int sample_entries(const char *folder)
{
    int count = 0;
    MPI_Barrier(world.mpi); /* rank 0 may still be tidying up */
    DIR *open = opendir(folder);
    if (open == NULL)
        return -1;
    while (readdir(open) != NULL)
        count++;
    closedir(open);
    MPI_Barrier(world.mpi); /* before anything goes */
    return count - 2;
}

static int64_t read_integer(hid_t file, const char *name)
{
    int64_t value = -1;
    hid_t attribute = H5Aopen(file, name, H5P_DEFAULT);
    CU_ASSERT(H5Aread(attribute, H5T_NATIVE_INT64, &value) >= 0);
    H5Aclose(attribute);
    return value;
}

static void check_text(hid_t file, const char *name, const char *expected)
{
    char *text = NULL;
    hid_t attribute = H5Aopen(file, name, H5P_DEFAULT), type = H5Aget_type(attribute);
    CU_ASSERT(H5Tis_variable_str(type) > 0);
    CU_ASSERT_EQUAL(H5Tget_cset(type), H5T_CSET_UTF8);
    CU_ASSERT_FATAL(H5Aread(attribute, type, &text) >= 0);
    CU_ASSERT_STRING_EQUAL(text, expected);
    H5free_memory(text);
    H5Tclose(type);
    H5Aclose(attribute);
}

static hid_t open_data_set(hid_t file, const char *side, const char *name, int dimensions,
                           const hsize_t *sizes)
{
    char path[64];
    hsize_t found[2] = {0, 0};
    snprintf(path, sizeof path, "/%s/%s", side, name);
    hid_t data_set = H5Dopen2(file, path, H5P_DEFAULT), space = H5Dget_space(data_set);
    CU_ASSERT_EQUAL(H5Sget_simple_extent_ndims(space), dimensions);
    H5Sget_simple_extent_dims(space, found, NULL);
    for (int d = 0; d < dimensions; d++)
        CU_ASSERT_EQUAL(found[d], sizes[d]);
    H5Sclose(space);
    return data_set;
}

static void check_factors(hid_t file, const char *name, int side, int64_t rows, int64_t k)
{
    hsize_t sizes[2] = {(hsize_t)rows, (hsize_t)k};
    scoped float *factors = NULL;
    CU_ASSERT_EQUAL_FATAL(allocate(&factors, rows * k), MFALS_OK);
    hid_t data_set = open_data_set(file, name, "factors", 2, sizes);
    CU_ASSERT(rows == 0 || H5Dread(data_set, H5T_IEEE_F32LE, H5S_ALL, H5S_ALL, H5P_DEFAULT, factors) >= 0);
    H5Dclose(data_set);
    int64_t wrong = 0;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < k; j++)
            wrong += factors[i * k + j] != factor_at(side, i, j);
    CU_ASSERT_EQUAL(wrong, 0);
}

static void check_ids(hid_t file, const char *name, int side, int64_t rows, enum id_kind kind)
{
    hsize_t sizes[1] = {(hsize_t)rows};
    scoped char *keys = NULL;
    hid_t data_set = open_data_set(file, name, "ids", 1, sizes), type = H5Dget_type(data_set);
    int64_t width = (int64_t)H5Tget_size(type), wrong = 0;
    CU_ASSERT_EQUAL_FATAL(width, kind == ID_INTEGER ? 8 : WIDTH);
    CU_ASSERT_EQUAL(H5Tget_class(type), kind == ID_INTEGER ? H5T_INTEGER : H5T_STRING);
    if (kind == ID_TEXT) {
        CU_ASSERT_EQUAL(H5Tget_cset(type), H5T_CSET_UTF8);
        CU_ASSERT_EQUAL(H5Tget_strpad(type), H5T_STR_NULLPAD);
    }
    CU_ASSERT_EQUAL_FATAL(allocate(&keys, rows * width), MFALS_OK);
    CU_ASSERT(rows == 0 || H5Dread(data_set, type, H5S_ALL, H5S_ALL, H5P_DEFAULT, keys) >= 0);
    for (int64_t i = 0; i < rows; i++) {
        int64_t integer = integer_id(side, i);
        char text[TEXT_SIZE] = {0};
        text_id(text, side, i);
        wrong += memcmp(keys + i * width, kind == ID_INTEGER ? (char *)&integer : text, (size_t)width) != 0;
    }
    CU_ASSERT_EQUAL(wrong, 0);
    H5Tclose(type);
    H5Dclose(data_set);
}

static void check_header(hid_t file)
{
    double lambda = 0, read[3] = {0};
    hsize_t three = 3, zero = 0;
    check_text(file, "format", "mfals-model");
    CU_ASSERT_EQUAL(read_integer(file, "format_version"), MODEL_PLAIN_VERSION);
    CU_ASSERT_EQUAL(read_integer(file, "complete"), 1);
    check_text(file, "version", attributes[0].text);
    CU_ASSERT_EQUAL(read_integer(file, "seed"), INT64_MIN);
    hid_t attribute = H5Aopen(file, "lambda", H5P_DEFAULT);
    CU_ASSERT(H5Aread(attribute, H5T_NATIVE_DOUBLE, &lambda) >= 0);
    CU_ASSERT_EQUAL(lambda, 0.1);
    H5Aclose(attribute);
    hid_t data_set = open_data_set(file, "history", "total_loss", 1, &three);
    CU_ASSERT(H5Dread(data_set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, read) >= 0);
    for (int i = 0; i < 3; i++)
        CU_ASSERT_EQUAL(read[i], losses[i]);
    H5Dclose(data_set);
    H5Dclose(open_data_set(file, "history", "nothing", 1, &zero));
}

void sample_check_file(const struct sample *sample)
{
    static const char *const names[] = {"users", "items"};
    if (world.rank != 0)
        return;
    hid_t file = H5Fopen(sample->path, H5F_ACC_RDONLY, H5P_DEFAULT);
    CU_ASSERT_FATAL(file >= 0);
    check_header(file);
    for (int side = USERS; side <= ITEMS; side++) {
        check_factors(file, names[side], side, sample->ids[side].rows, sample->file.factors);
        check_ids(file, names[side], side, sample->ids[side].rows, sample->ids[side].kind);
    }
    CU_ASSERT(H5Fclose(file) >= 0);
}
