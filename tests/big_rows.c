#include "big_rows.h"

#include "base/memory.h"
#include "base/number.h"
#include "ranks.h"
#include "store/checkpoint_file.h"
#include "store/inspect.h"

#include <hdf5.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { SMALL_ROW = 640, ITEM_ROWS = 10, PATH_BYTES = 256 };

/* Row r begins at number r of one long series: rows overlap in memory, and no two are alike. */
static float number(int64_t n)
{
    return (float)((uint32_t)(n * 2654435761) >> 8);
}

struct big {
    char folder[PATH_BYTES], path[PATH_BYTES + 16];
    int64_t rows, k, offsets[2][3];
    float *series[2];
    struct ids ids[2];
    struct checkpoint_file file;
};

static status fill_side(struct big *big, int side, int64_t rows)
{
    int64_t *offsets = big->offsets[side];
    for (int r = 1; r <= world.size; r++)
        offsets[r] = r < world.size ? rows - SMALL_ROW / (side == USERS ? 1 : SMALL_ROW) : rows;
    int64_t first = offsets[world.rank], count = offsets[world.rank + 1] - first;
    TRY(allocate_raw(&big->series[side], count + big->k));
    for (int64_t i = 0; i < count + big->k; i++)
        big->series[side][i] = number(first + i);
    big->ids[side] = (struct ids){
        .kind = ID_INTEGER, .rows = rows, .first = first, .count = count, .width = sizeof(int64_t)};
    big->ids[side].keys = memory_new_raw(count, sizeof(int64_t));
    if (big->ids[side].keys == NULL)
        return MFALS_NO_MEMORY;
    for (int64_t i = 0; i < count; i++)
        memcpy(big->ids[side].keys + i * (int64_t)sizeof i, &(int64_t){first + i}, sizeof(int64_t));
    big->file.model.side[side] = (struct model_side){
        .factors = big->series[side], .row_floats = 1, .offsets = offsets, .ids = &big->ids[side]};
    return MFALS_OK;
}

/* Gigabytes are not to stay behind a test that failed. */
static char left_folder[PATH_BYTES];
static void remove_left(void)
{
    char path[PATH_BYTES + 32];
    snprintf(path, sizeof path, "%s/big.h5", left_folder);
    unlink(path);
    snprintf(path, sizeof path, "%s/big.h5.partial", left_folder);
    unlink(path);
    rmdir(left_folder);
}

static void open_big(struct big *big, int64_t rows, int64_t k)
{
    *big = (struct big){.rows = rows, .k = k, .file = {.model = {.factors = k}}};
    REQUIRE_ALL(world.size == 2);
    ranks_new_folder(big->folder, sizeof big->folder);
    memcpy(left_folder, big->folder, sizeof left_folder);
    CU_ASSERT(world.rank > 0 || atexit(remove_left) == 0);
    snprintf(big->path, sizeof big->path, "%s/big.h5", big->folder);
    big->file.model.path = big->path;
    REQUIRE_OK(fill_side(big, USERS, rows));
    REQUIRE_OK(fill_side(big, ITEMS, ITEM_ROWS));
}

static void close_big(struct big *big)
{
    for (int side = USERS; side <= ITEMS; side++) {
        memory_free(big->series[side]);
        memory_free(big->ids[side].keys);
    }
    MPI_Barrier(world.mpi);
    if (world.rank == 0) {
        unlink(big->path);
        CU_ASSERT_EQUAL(rmdir(big->folder), 0); /* nothing else was left there */
    }
}

/* A row as HDF5 finds it. */
static int64_t wrong_in_row(hid_t data_set, int64_t row, int64_t k)
{
    scoped float *x = NULL;
    hsize_t start[2] = {(hsize_t)row, 0}, count[2] = {1, (hsize_t)k};
    hid_t space = H5Dget_space(data_set), memory = H5Screate_simple(2, count, NULL);
    int64_t wrong = allocate(&x, k) != MFALS_OK;
    H5Sselect_hyperslab(space, H5S_SELECT_SET, start, NULL, count, NULL);
    wrong += H5Dread(data_set, H5T_NATIVE_FLOAT, memory, space, H5P_DEFAULT, x) < 0;
    for (int64_t c = 0; c < k && wrong == 0; c++)
        wrong += x[c] != number(row + c);
    H5Sclose(memory);
    H5Sclose(space);
    return wrong;
}

/* The first and last rows, and those at the limits of bytes and of numbers. */
static void check_with_hdf5(const struct big *big)
{
    int64_t limit = (int64_t)1 << 31, row_bytes = number_max(1, big->k) * (int64_t)sizeof(float);
    int64_t places[] = {0,
                        limit / row_bytes - 1,
                        limit / row_bytes,
                        2 * limit / row_bytes,
                        4 * limit / row_bytes - 1,
                        4 * limit / row_bytes,
                        big->rows - SMALL_ROW - 1,
                        big->rows - SMALL_ROW,
                        big->rows - 1};
    hid_t file = H5Fopen(big->path, H5F_ACC_RDONLY, H5P_DEFAULT);
    CU_ASSERT_FATAL(file >= 0);
    hid_t data_set = H5Dopen2(file, "/users/factors", H5P_DEFAULT);
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (places[i] < big->rows)
            CU_ASSERT_EQUAL(wrong_in_row(data_set, places[i], big->k), 0);
    H5Dclose(data_set);
    CU_ASSERT(H5Fclose(file) >= 0);
}

struct reading {
    int64_t k, next, wrong;
};

static void compare(void *context, int64_t first, int64_t count, const float *factors, const float *bias)
{
    struct reading *reading = context;
    reading->wrong += first != reading->next || bias != NULL;
    reading->next = first + count;
    for (int64_t i = 0; i < count; i++)
        for (int64_t c = 0; c < reading->k; c++)
            reading->wrong += factors[i * reading->k + c] != number(first + i + c);
}

static void read_back(const struct big *big)
{
    struct checkpoint *checkpoint;
    struct reading reading = {.k = big->k, .next = world.rank == 0 ? 0 : SMALL_ROW};
    int64_t first = reading.next, end = world.rank == 0 ? SMALL_ROW : big->rows;
    REQUIRE_OK(checkpoint_open(&checkpoint, &world, big->path));
    const struct data_set *set = header_find(checkpoint->header, "/users/factors");
    CU_ASSERT(set != NULL && set->rows == big->rows && set->columns == big->k);
    REQUIRE_OK(agree(
        &world, checkpoint_rows(checkpoint, USERS, false, big->k, first, end - first, compare, &reading)));
    CU_ASSERT_EQUAL(reading.next, end);
    CU_ASSERT_EQUAL(reading.wrong, 0);
    checkpoint_close(&checkpoint);
}

void big_rows_round_trip(int64_t rows, int64_t k)
{
    struct big big;
    struct writing *writing;
    struct verification soundness;
    open_big(&big, rows, k);
    REQUIRE_OK(checkpoint_file_start(&writing, &world, &big.file));
    REQUIRE_OK(new_file_finish(&writing));
    if (world.rank == 0)
        check_with_hdf5(&big);
    REQUIRE_OK(check_file(&soundness, &world, big.path));
    CU_ASSERT_EQUAL(soundness.bytes,
                    (rows + ITEM_ROWS) * (k * (int64_t)sizeof(float) + (int64_t)sizeof(int64_t)));
    read_back(&big);
    close_big(&big);
    if (world.rank == 0)
        printf("%.2f x 2^31 bytes, %.2f x 2^31 numbers ... ", (double)(rows * k * 4) / 0x1p31,
               (double)(rows * k) / 0x1p31);
}
