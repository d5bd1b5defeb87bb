/* ratings/assemble.h: the same rows for any number of ranks, against a dense computation made by every rank.
 */
#include "base/memory.h"
#include "comm/partition.h"
#include "ranks.h"
#include "ratings/assemble.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { USER_RANGE = 300, ITEM_RANGE = 200, BASE_COST = 10 };

/* One line of the input; its place in the array is its position. */
struct line {
    int user, item; /* 0 .. USER_RANGE - 1, 0 .. ITEM_RANGE - 1 */
    float value;
};

/* Users are integers, some negative; items are text. Both sort as their numbers do. */
static status add_line(struct raw_ratings *raw, const struct line *line, int64_t position)
{
    char user[32], item[32];
    int user_length = snprintf(user, sizeof user, "%d", 7 * line->user - 1000);
    int item_length = snprintf(item, sizeof item, "item %04d", line->item);
    struct raw_rating *rating = &raw->ratings[raw->count++];
    *rating = (struct raw_rating){.position = position, .value = line->value};
    TRY(dictionary_add(&raw->ids[USERS], &rating->id[USERS], user, user_length, position));
    return dictionary_add(&raw->ids[ITEMS], &rating->id[ITEMS], item, item_length, position);
}

/* Deals lines to the ranks: line i goes to rank i * step modulo their number, the last line first. */
static status make_raw(struct raw_ratings *raw, const struct comm *comm, const struct line *lines,
                       int64_t count, int64_t step)
{
    *raw = (struct raw_ratings){0};
    TRY(allocate(&raw->ratings, count));
    raw->capacity = count;
    for (int64_t i = count - 1; i >= 0; i--)
        if (i * step % comm->size == comm->rank) {
            TRY(add_line(raw, &lines[i], i));
            raw->lines++;
        }
    return MFALS_OK;
}

static int64_t row_cost(int64_t row_ratings, const void *context)
{
    return *(const int64_t *)context + row_ratings;
}

static const int64_t base_cost = BASE_COST;

static status assemble_from(struct ratings **ratings, const struct comm *comm, const struct line *lines,
                            int64_t count, int64_t step, const struct ratings_options *options)
{
    struct raw_ratings raw;
    struct phases phases = {0};
    *ratings = NULL;
    status made = agree(comm, make_raw(&raw, comm, lines, count, step));
    if (made == MFALS_OK)
        made = ratings_assemble(ratings, comm, &raw, options, row_cost, &base_cost, &phases);
    raw_ratings_free(&raw);
    return made;
}

/* What every rank can work out for itself. */
struct dense {
    double sum[USER_RANGE][ITEM_RANGE];
    float last[USER_RANGE][ITEM_RANGE];
    int times[USER_RANGE][ITEM_RANGE];
    int row_of[2][USER_RANGE]; /* -1: not in the input */
    int rows[2];
};

static void make_dense(struct dense *dense, const struct line *lines, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        const struct line *line = &lines[i];
        dense->sum[line->user][line->item] += line->value;
        dense->last[line->user][line->item] = line->value;
        dense->times[line->user][line->item]++;
        dense->row_of[USERS][line->user] = dense->row_of[ITEMS][line->item] = 1;
    }
    for (int side = USERS; side <= ITEMS; side++)
        for (int i = 0; i < USER_RANGE; i++)
            dense->row_of[side][i] = dense->row_of[side][i] ? dense->rows[side]++ : -1;
}

static float expected_value(const struct dense *dense, int user, int item, enum duplicates rule)
{
    if (rule == DUPLICATES_LAST || dense->times[user][item] == 1)
        return dense->last[user][item];
    double sum = dense->sum[user][item];
    return (float)(rule == DUPLICATES_SUM ? sum : sum / dense->times[user][item]);
}

/* A side's rows of all ranks as a dense matrix, users by items, in rows: value, and how often a rank has the
 * pair. */
static void gather(const struct csr *csr, enum side side, float *value, int64_t *times, int64_t items)
{
    for (int64_t i = 0; i < csr->rows; i++) {
        CU_ASSERT_FATAL(csr->start[i] <= csr->start[i + 1]);
        for (int64_t j = csr->start[i]; j < csr->start[i + 1]; j++) {
            CU_ASSERT(j == csr->start[i] || csr->column[j - 1] < csr->column[j]);
            int64_t row = csr->first_row + i, column = csr->column[j];
            int64_t cell = side == USERS ? row * items + column : column * items + row;
            value[cell] = csr->value[j];
            times[cell]++;
        }
    }
}

/* The side is cut by the costs of its rows. */
static void check_cut(const struct ratings *ratings, enum side side, const int64_t *costs)
{
    int64_t even[world.size + 1], offsets[world.size + 1];
    partition_even(even, world.size, ratings->rows[side]);
    partition_cut(&world, offsets, world.size, even, costs + even[world.rank]);
    CU_ASSERT(memcmp(offsets, ratings->offsets[side], sizeof offsets) == 0);
}

/* One side against the dense matrix; returns how many pairs it should have. */
static int64_t check_side(const struct ratings *ratings, enum side side, const struct dense *dense,
                          const struct ratings_options *options)
{
    int64_t cells = ratings->rows[USERS] * ratings->rows[ITEMS], pairs = 0, costs[USER_RANGE];
    scoped float *value = NULL;
    scoped int64_t *times = NULL;
    REQUIRE_OK(allocate(&value, cells));
    REQUIRE_OK(allocate(&times, cells));
    gather(&ratings->by[side], side, value, times, ratings->rows[ITEMS]);
    comm_sum_int(&world, times, cells);
    MPI_Allreduce(MPI_IN_PLACE, value, (int)cells, MPI_FLOAT, MPI_SUM, world.mpi);
    for (int i = 0; i < USER_RANGE; i++)
        costs[i] = BASE_COST;
    for (int user = 0; user < USER_RANGE; user++)
        for (int item = 0; item < ITEM_RANGE; item++) {
            if (dense->times[user][item] == 0)
                continue;
            int64_t cell = dense->row_of[USERS][user] * ratings->rows[ITEMS] + dense->row_of[ITEMS][item];
            float expected = expected_value(dense, user, item, options->duplicates);
            int there = !options->positive_only || expected > 0;
            CU_ASSERT_EQUAL(times[cell], there);
            CU_ASSERT_EQUAL(value[cell], there ? expected : 0);
            pairs += there;
            costs[dense->row_of[side][side == USERS ? user : item]] += there;
            times[cell] = 0;
        }
    for (int64_t cell = 0; cell < cells; cell++)
        CU_ASSERT_EQUAL(times[cell], 0);
    check_cut(ratings, side, costs);
    return pairs;
}

/* Partition, CSR bounds and ids belong together. */
static void check_layout(const struct ratings *ratings, enum side side, const struct dense *dense)
{
    const int64_t *offsets = ratings->offsets[side];
    const struct csr *csr = &ratings->by[side];
    const struct ids *ids = &ratings->ids[side];
    char expected[32], text[ID_MAX_BYTES + 1];
    CU_ASSERT_EQUAL(ratings->rows[side], dense->rows[side]);
    CU_ASSERT_EQUAL(offsets[world.size], ratings->rows[side]);
    CU_ASSERT_EQUAL(csr->first_row, offsets[world.rank]);
    CU_ASSERT_EQUAL(csr->rows, offsets[world.rank + 1] - offsets[world.rank]);
    CU_ASSERT_EQUAL(csr->start[0], 0);
    CU_ASSERT_EQUAL(ids->first, csr->first_row);
    CU_ASSERT_EQUAL_FATAL(ids->count, csr->rows);
    for (int i = 0; i < USER_RANGE; i++) {
        int64_t place = dense->row_of[side][i] - ids->first;
        if (dense->row_of[side][i] < 0 || place < 0 || place >= ids->count)
            continue;
        snprintf(expected, sizeof expected, side == USERS ? "%d" : "item %04d",
                 side == USERS ? 7 * i - 1000 : i);
        ids_text(ids, place, text);
        CU_ASSERT_STRING_EQUAL(text, expected);
    }
}

static void check(const struct line *lines, int64_t count, const struct ratings_options *options)
{
    struct ratings *ratings;
    scoped struct dense *dense = NULL;
    int64_t distinct = 0;
    REQUIRE_OK(allocate(&dense, 1));
    make_dense(dense, lines, count);
    for (int i = 0; i < USER_RANGE * ITEM_RANGE; i++)
        distinct += dense->times[i / ITEM_RANGE][i % ITEM_RANGE] > 0;
    for (int64_t step = 1; step <= 5; step += 4) {
        REQUIRE_OK(assemble_from(&ratings, &world, lines, count, step, options));
        for (int side = USERS; side <= ITEMS; side++) {
            REQUIRE_ALL(ratings->rows[side] == dense->rows[side]);
            check_layout(ratings, side, dense);
            CU_ASSERT_EQUAL(check_side(ratings, side, dense, options), ratings->count);
        }
        CU_ASSERT_EQUAL(ratings->lines, count);
        CU_ASSERT_EQUAL(ratings->duplicates, count - distinct);
        CU_ASSERT_EQUAL(ratings->left_out, distinct - ratings->count);
        ratings_free(&ratings);
        CU_ASSERT_PTR_NULL(ratings);
    }
}

/* Lines as in life: few users and items have most of them. Values are -1.7 .. 7.2; a tenth repeat an earlier
 * pair. */
static void make_lines(struct line *lines, int64_t count)
{
    uint64_t state = 11;
    for (int64_t i = 0; i < count; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        double u = (double)(state >> 40) * 0x1p-24, v = (double)(state >> 16 & 0xffffff) * 0x1p-24;
        lines[i] = (struct line){(int)(USER_RANGE * u * u), (int)(ITEM_RANGE * v * v),
                                 0.1f * (float)(state >> 57) - 1.7f};
        if (i % 10 == 9) {
            lines[i].user = lines[i - 7].user;
            lines[i].item = lines[i - 7].item;
        }
    }
}

enum { LINES = 5000 };

static void test_duplicates_combine(void)
{
    static struct line lines[LINES];
    make_lines(lines, LINES);
    for (int rule = DUPLICATES_LAST; rule <= DUPLICATES_MEAN; rule++) {
        check(lines, LINES, &(struct ratings_options){.duplicates = rule});
        check(lines, LINES, &(struct ratings_options){.duplicates = rule, .positive_only = true});
    }
}

/* Sums in double depend on the order of the addends; the order is that of the lines. */
static void test_sum_in_order(void)
{
    struct line lines[] = {{0, 0, 0x1p60f}, {0, 0, 1}, {1, 1, 2}, {0, 0, -0x1p60f}, {0, 0, 3}};
    check(lines, 5, &(struct ratings_options){.duplicates = DUPLICATES_SUM});
}

static void test_no_duplicates(void)
{
    struct line lines[USER_RANGE];
    for (int i = 0; i < USER_RANGE; i++)
        lines[i] = (struct line){i, (int)(i * 7L % ITEM_RANGE), (float)i};
    check(lines, USER_RANGE, &(struct ratings_options){.duplicates = DUPLICATES_ERROR});
}

static void test_fewer_rows_than_ranks(void)
{
    struct line lines[] = {{3, 5, 2}, {1, 5, 4}};
    check(lines, 2, &(struct ratings_options){0});
    check(lines, 1, &(struct ratings_options){0});
}

/* One user has half of the ratings; no rank has much more than its share, but for the tile that user is in.
 */
static void test_heavy_user(void)
{
    static struct line lines[4 * ITEM_RANGE];
    struct ratings *ratings;
    for (int i = 0; i < 4 * ITEM_RANGE; i++)
        lines[i] = (struct line){i < 2 * ITEM_RANGE ? 150 : (i * 7) % USER_RANGE, i % ITEM_RANGE, (float)i};
    check(lines, 4 * ITEM_RANGE, &(struct ratings_options){0});
    REQUIRE_OK(assemble_from(&ratings, &world, lines, 4 * ITEM_RANGE, 1, &(struct ratings_options){0}));
    for (int side = USERS; side <= ITEMS; side++) {
        const struct csr *csr = &ratings->by[side];
        int64_t load = BASE_COST * csr->rows + csr->start[csr->rows], heaviest_tile = 0;
        int64_t total = BASE_COST * ratings->rows[side] + ratings->count;
        for (int64_t i = 0; i < csr->rows; i += TILE_ROWS) {
            int64_t end = i + TILE_ROWS < csr->rows ? i + TILE_ROWS : csr->rows;
            int64_t tile = BASE_COST * (end - i) + csr->start[end] - csr->start[i];
            heaviest_tile = tile > heaviest_tile ? tile : heaviest_tile;
        }
        comm_max_int(&world, &heaviest_tile, 1);
        CU_ASSERT(load <= total / world.size + heaviest_tile + 1);
    }
    ratings_free(&ratings);
}

static void digest_of(uint64_t digest[2], const struct comm *comm, const struct line *lines, int64_t count,
                      int64_t step)
{
    struct ratings *ratings;
    REQUIRE_OK(assemble_from(&ratings, comm, lines, count, step, &(struct ratings_options){0}));
    memcpy(digest, ratings->digest, 2 * sizeof *digest);
    ratings_free(&ratings);
}

/* The digest is that of one rank alone, and of the lines in another order; any change of a value or id
 * changes it. */
static void test_digest(void)
{
    struct line lines[USER_RANGE], shuffled[USER_RANGE];
    uint64_t digest[2], other[2];
    struct comm alone;
    for (int i = 0; i < USER_RANGE; i++)
        lines[i] = (struct line){i / 2, (int)(i * 7L % ITEM_RANGE), (float)i};
    for (int i = 0; i < USER_RANGE; i++)
        shuffled[i] = lines[(i * 77 + 5) % USER_RANGE];
    digest_of(digest, &world, lines, USER_RANGE, 1);
    CU_ASSERT(digest[0] != 0 && digest[1] != 0);
    digest_of(other, &world, shuffled, USER_RANGE, 1);
    CU_ASSERT(memcmp(digest, other, sizeof digest) == 0);
    REQUIRE_OK(comm_open(&alone, MPI_COMM_SELF));
    digest_of(other, &alone, lines, USER_RANGE, 1);
    CU_ASSERT(memcmp(digest, other, sizeof digest) == 0);
    comm_close(&alone);
    lines[7].value += 1;
    digest_of(other, &world, lines, USER_RANGE, 1);
    CU_ASSERT(digest[0] != other[0] && digest[1] != other[1]);
    lines[7].value -= 1;
    lines[USER_RANGE - 1].user = lines[USER_RANGE - 2].user =
        USER_RANGE - 1; /* another id in the same place */
    digest_of(other, &world, lines, USER_RANGE, 1);
    CU_ASSERT(digest[0] != other[0] && digest[1] != other[1]);
}

static void expect_failure(const struct line *lines, int64_t count, const struct ratings_options *options,
                           const char *message)
{
    struct ratings *ratings;
    int64_t before = memory_live_blocks();
    CU_ASSERT_EQUAL(assemble_from(&ratings, &world, lines, count, 1, options), MFALS_BAD_DATA);
    CU_ASSERT_STRING_EQUAL(failure_message(), message);
    CU_ASSERT_PTR_NULL(ratings);
    CU_ASSERT_EQUAL(memory_live_blocks(), before);
}

/* The pair that is first seen twice, though lower ranks have such pairs too. */
static void test_duplicates_refused(void)
{
    static struct line lines[LINES];
    make_lines(lines, LINES);
    for (int i = 0; i < USER_RANGE; i++)
        lines[i] = (struct line){USER_RANGE - 1 - i, i % ITEM_RANGE, 1};
    lines[150] = lines[149];
    lines[120] = lines[119];
    expect_failure(lines, LINES, &(struct ratings_options){.duplicates = DUPLICATES_ERROR},
                   "user 260 rated item item 0119 twice");
}

static void test_sum_overflows(void)
{
    struct line lines[] = {{0, 0, 1},       {5, 9, 3e38f}, {200, 1, 3e38f},
                           {200, 1, 3e38f}, {5, 9, 3e38f}, {1, 1, 1}};
    expect_failure(lines, 6, &(struct ratings_options){.duplicates = DUPLICATES_SUM},
                   "the sum of the ratings of user 400 for item item 0001 is not finite");
    check(lines, 6, &(struct ratings_options){.duplicates = DUPLICATES_MEAN});
}

static void test_nothing_left(void)
{
    struct line lines[] = {{0, 0, 0}, {1, 1, -2}, {1, 1, 0}};
    expect_failure(lines, 3, &(struct ratings_options){.positive_only = true},
                   "no ratings are left: all 2 values are 0 or below");
    expect_failure(lines, 0, &(struct ratings_options){0}, "no ratings are left: the input has none");
}

/* Each allocation of one rank fails in turn: every rank says so, and nothing is left behind. */
static void test_no_memory(void)
{
    static struct line lines[400];
    make_lines(lines, 400);
    int64_t before = memory_live_blocks(), failures = 0;
    for (status made = MFALS_NO_MEMORY; made != MFALS_OK; failures++) {
        struct ratings *ratings;
        struct raw_ratings raw;
        struct phases phases = {0};
        REQUIRE_OK(make_raw(&raw, &world, lines, 400, 1));
        memory_fail_at(world.rank == world.size / 2 ? failures + 1 : 0);
        made = ratings_assemble(&ratings, &world, &raw, &(struct ratings_options){0}, row_cost, &base_cost,
                                &phases);
        memory_fail_at(0);
        int64_t codes[2] = {made, -(int64_t)made};
        comm_max_int(&world, codes, 2);
        REQUIRE_ALL(codes[0] == -codes[1]);
        REQUIRE_ALL(made == MFALS_OK || made == MFALS_NO_MEMORY);
        CU_ASSERT((ratings == NULL) == (made != MFALS_OK));
        ratings_free(&ratings);
        raw_ratings_free(&raw);
        CU_ASSERT_EQUAL(memory_live_blocks(), before);
    }
    CU_ASSERT(failures > 50);
}

static CU_TestInfo tests[] = {{"duplicates combine", test_duplicates_combine},
                              {"sums are made in the order of the lines", test_sum_in_order},
                              {"no duplicates where they are errors", test_no_duplicates},
                              {"fewer rows than ranks", test_fewer_rows_than_ranks},
                              {"one user has half of the ratings", test_heavy_user},
                              {"digest", test_digest},
                              {"duplicates refused", test_duplicates_refused},
                              {"a sum overflows", test_sum_overflows},
                              {"nothing left", test_nothing_left},
                              {"no memory", test_no_memory},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "ratings", tests);
}
