/* ratings/hold_out.h by way of assemble.h: the split of every rule against one that each rank works out for itself,
 * pair by pair, for any number of ranks. */
#include "base/memory.h"
#include "base/random.h"
#include "comm/partition.h"
#include "ranks.h"
#include "ratings/assemble.h"
#include "ratings/hold_out.h"

#include <stdio.h>
#include <string.h>

enum { USER_COUNT = 150, ITEM_COUNT = 80, LINES = 3000 };
enum { NOWHERE, TRAINING, HELD_OUT, FOLD_IN };

/* One line of the input; its place in the array is its position. Every user and item occurs, so that its number is
 * its row. */
struct line {
    int user, item;
    float value;
    int64_t time;
};

static status add_line(struct raw_ratings *raw, const struct line *line, int64_t position)
{
    char user[16], item[16];
    int user_length = snprintf(user, sizeof user, "%d", line->user);
    int item_length = snprintf(item, sizeof item, "i%03d", line->item);
    struct raw_rating *rating = &raw->ratings[raw->count];
    *rating = (struct raw_rating){.position = position, .value = line->value};
    raw->times[raw->count++] = line->time;
    TRY(dictionary_add(&raw->ids[USERS], &rating->id[USERS], user, user_length, position));
    return dictionary_add(&raw->ids[ITEMS], &rating->id[ITEMS], item, item_length, position);
}

/* Line i goes to rank i * step modulo their number, the last line first. */
static status make_raw(struct raw_ratings *raw, const struct line *lines, int64_t count, int64_t step)
{
    *raw = (struct raw_ratings){0};
    TRY(allocate(&raw->ratings, count));
    TRY(allocate(&raw->times, count));
    raw->timed = true;
    raw->capacity = raw->time_capacity = count;
    for (int64_t i = count - 1; i >= 0; i--)
        if (i * step % world.size == world.rank)
            TRY(add_line(raw, &lines[i], i));
    return MFALS_OK;
}

static int64_t row_cost(int64_t row_ratings, const void *context)
{
    (void)context;
    return 10 + row_ratings;
}

static status assemble(struct ratings **ratings, const struct line *lines, int64_t count, int64_t step,
                       const struct ratings_options *options)
{
    struct raw_ratings raw;
    struct phases phases = {0};
    *ratings = NULL;
    status made = agree(&world, make_raw(&raw, lines, count, step));
    if (made == MFALS_OK)
        made = ratings_assemble(ratings, &world, &raw, options, row_cost, NULL, &phases);
    raw_ratings_free(&raw);
    return made;
}

/* A cell of the matrix, users by items. */
struct cell {
    double sum;
    float last; /* value of its latest line */
    int times;
    int64_t time, position; /* of its latest line */
    int part;
};

static struct cell cells[USER_COUNT][ITEM_COUNT];

static void fill_cells(const struct line *lines, int64_t count)
{
    memset(cells, 0, sizeof cells);
    for (int64_t i = 0; i < count; i++) {
        struct cell *cell = &cells[lines[i].user][lines[i].item];
        cell->sum += lines[i].value;
        if (cell->times++ == 0 || lines[i].time >= cell->time) {
            cell->time = lines[i].time;
            cell->last = lines[i].value;
            cell->position = i;
        }
        cell->part = TRAINING;
    }
}

static float value_of(const struct cell *cell, const struct ratings_options *options)
{
    return options->duplicates == DUPLICATES_SUM ? (float)cell->sum : cell->last;
}

/* Whether pair a of the user is held out rather than b. */
static int goes_first(int user, int a, int b, const struct hold_out *rule)
{
    const struct cell *x = &cells[user][a], *y = &cells[user][b];
    if (rule->kind == HOLD_OUT_LAST)
        return x->time != y->time ? x->time > y->time : x->position > y->position;
    uint64_t first = random_bits(rule->seed, RANDOM_HOLD_OUT, user, a),
             second = random_bits(rule->seed, RANDOM_HOLD_OUT, user, b);
    return first != second ? first < second : a < b;
}

static void choose_parts(int user, const struct hold_out *rule)
{
    int n = 0, wanted, others = TRAINING, place[ITEM_COUNT] = {0};
    for (int i = 0; i < ITEM_COUNT; i++)
        n += cells[user][i].part != NOWHERE;
    wanted = rule->count < n - 1 ? (int)rule->count : n - 1;
    if (rule->kind == HOLD_OUT_NONE)
        wanted = 0;
    if (rule->kind == HOLD_OUT_USERS) {
        int out = random_uniform(rule->seed, RANDOM_HOLD_OUT_USERS, user, 0) < rule->share;
        int fifth = (int)(n / 5.0 + 0.5);
        wanted = !out || n < 2 ? 0 : fifth == 0 ? 1 : fifth;
        others = out ? FOLD_IN : TRAINING;
    }
    for (int i = 0; i < ITEM_COUNT; i++)
        for (int j = 0; j < ITEM_COUNT; j++)
            place[i] += cells[user][i].part != NOWHERE && cells[user][j].part != NOWHERE && j != i &&
                        goes_first(user, j, i, rule);
    for (int i = 0; i < ITEM_COUNT; i++)
        if (cells[user][i].part != NOWHERE)
            cells[user][i].part = place[i] < wanted ? HELD_OUT : others;
}

static void expect_parts(const struct line *lines, int64_t count, const struct ratings_options *options)
{
    fill_cells(lines, count);
    for (int u = 0; u < USER_COUNT; u++)
        for (int i = 0; i < ITEM_COUNT; i++)
            if (options->positive_only && value_of(&cells[u][i], options) <= 0)
                cells[u][i].part = NOWHERE;
    for (int u = 0; u < USER_COUNT; u++)
        choose_parts(u, &options->hold_out);
}

/* All cells of a part are there with their values, on the owner of the row, and nothing else is. */
static void check_part(const struct ratings *ratings, const struct csr *csr, enum side side, int part,
                       int64_t said, const struct ratings_options *options)
{
    int64_t pairs = 0, expected = 0;
    if (csr->start != NULL) {
        CU_ASSERT_EQUAL(csr->first_row, ratings->offsets[side][world.rank]);
        CU_ASSERT_EQUAL(csr->rows, ratings->by[side].rows);
        pairs = csr->start[csr->rows];
    }
    for (int64_t i = 0; i < csr->rows; i++)
        for (int64_t j = csr->start[i]; j < csr->start[i + 1]; j++) {
            int64_t row = csr->first_row + i, column = csr->column[j];
            const struct cell *cell = side == USERS ? &cells[row][column] : &cells[column][row];
            CU_ASSERT(j == csr->start[i] || csr->column[j - 1] < csr->column[j]);
            CU_ASSERT_EQUAL(cell->part, part);
            CU_ASSERT_EQUAL(csr->value[j], value_of(cell, options));
        }
    for (int c = 0; c < USER_COUNT * ITEM_COUNT; c++)
        expected += cells[c / ITEM_COUNT][c % ITEM_COUNT].part == part;
    comm_sum_int(&world, &pairs, 1);
    CU_ASSERT_EQUAL(pairs, expected);
    CU_ASSERT_EQUAL(said, expected);
}

/* Users are dealt by the cost of what they are trained on. */
static void check_cut(const struct ratings *ratings)
{
    int64_t even[world.size + 1], offsets[world.size + 1], costs[USER_COUNT];
    for (int u = 0; u < USER_COUNT; u++) {
        costs[u] = 10;
        for (int i = 0; i < ITEM_COUNT; i++)
            costs[u] += cells[u][i].part == TRAINING;
    }
    partition_even(even, world.size, USER_COUNT);
    partition_cut(&world, offsets, world.size, even, costs + even[world.rank]);
    CU_ASSERT(memcmp(offsets, ratings->offsets[USERS], sizeof offsets) == 0);
}

static void check(const struct line *lines, int64_t step, const struct ratings_options *options)
{
    struct ratings *ratings;
    int64_t before = memory_live_blocks();
    expect_parts(lines, LINES, options);
    REQUIRE_OK(assemble(&ratings, lines, LINES, step, options));
    REQUIRE_ALL(ratings->rows[USERS] == USER_COUNT && ratings->rows[ITEMS] == ITEM_COUNT);
    check_part(ratings, &ratings->by[USERS], USERS, TRAINING, ratings->count, options);
    check_part(ratings, &ratings->by[ITEMS], ITEMS, TRAINING, ratings->count, options);
    check_part(ratings, &ratings->held_out, USERS, HELD_OUT, ratings->held_out_count, options);
    check_part(ratings, &ratings->fold_in, USERS, FOLD_IN, ratings->fold_in_count, options);
    check_cut(ratings);
    ratings_free(&ratings);
    CU_ASSERT_EQUAL(memory_live_blocks(), before);
}

/* Few users have most lines, and the last ones have one; times are few, so that many are equal. */
static const struct line *make_lines(void)
{
    static struct line lines[LINES];
    uint64_t state = 5;
    for (int64_t i = 0; i < LINES; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        double u = (double)(state >> 40) * 0x1p-24, v = (double)(state >> 16 & 0xffffff) * 0x1p-24;
        lines[i] = (struct line){(int)((USER_COUNT - 20) * u * u), (int)(ITEM_COUNT * v),
                                 (float)(state >> 61) - 1, (int64_t)(state >> 37 & 7) - 4};
        if (i < USER_COUNT) {
            lines[i].user = (int)i;
            lines[i].item = (int)(i % ITEM_COUNT);
        }
    }
    return lines;
}

static void check_rule(struct hold_out rule)
{
    for (int variant = 0; variant < 4; variant++) {
        struct ratings_options options = {.hold_out = rule, .positive_only = variant & 2};
        options.duplicates = variant & 1 ? DUPLICATES_SUM : DUPLICATES_LAST;
        check(make_lines(), 1 + 2 * variant, &options);
    }
}

static void test_nothing(void)
{
    check_rule((struct hold_out){.kind = HOLD_OUT_NONE});
}

static void test_random(void)
{
    check_rule((struct hold_out){.kind = HOLD_OUT_RANDOM, .count = 1, .seed = 42});
    check_rule((struct hold_out){.kind = HOLD_OUT_RANDOM, .count = 3, .seed = 1});
}

static void test_last(void)
{
    check_rule((struct hold_out){.kind = HOLD_OUT_LAST, .count = 1});
    check_rule((struct hold_out){.kind = HOLD_OUT_LAST, .count = 4});
}

static void test_users(void)
{
    check_rule((struct hold_out){.kind = HOLD_OUT_USERS, .share = 0.3, .seed = 42});
    check_rule((struct hold_out){.kind = HOLD_OUT_USERS, .share = 0.9, .seed = 7});
}

/* However many are asked for, each user keeps one. */
static void test_one_stays(void)
{
    for (int kind = HOLD_OUT_RANDOM; kind <= HOLD_OUT_LAST; kind++) {
        const struct ratings_options options = {.hold_out = {.kind = kind, .count = INT64_MAX}};
        struct ratings *ratings;
        check(make_lines(), 1, &options);
        REQUIRE_OK(assemble(&ratings, make_lines(), LINES, 1, &options));
        for (int64_t i = 0; i < ratings->by[USERS].rows; i++)
            CU_ASSERT_EQUAL(ratings->by[USERS].start[i + 1] - ratings->by[USERS].start[i], 1);
        ratings_free(&ratings);
    }
}

/* The held-out users are about as many as asked for, and other ones with another seed. */
static void test_shares(void)
{
    int kept_out[2] = {0, 0}, both = 0;
    for (int u = 0; u < 10000; u++) {
        int out = 0;
        for (int seed = 0; seed < 2; seed++) {
            int drawn = random_uniform((uint64_t)seed, RANDOM_HOLD_OUT_USERS, u, 0) < 0.3;
            kept_out[seed] += drawn;
            out += drawn;
        }
        both += out == 2;
    }
    CU_ASSERT(kept_out[0] > 2800 && kept_out[0] < 3200);
    CU_ASSERT(kept_out[1] > 2800 && kept_out[1] < 3200);
    CU_ASSERT(both > 750 && both < 1050);
}

/* Philox4x32-10 of counter 0 and key 0, from Random123's known answers. */
static void test_bits(void)
{
    CU_ASSERT_EQUAL(random_bits(0, RANDOM_USER_FACTORS, 0, 0), 0xe169c58d6627e8d5);
    CU_ASSERT_NOT_EQUAL(random_bits(42, RANDOM_HOLD_OUT, 3, 5), random_bits(42, RANDOM_HOLD_OUT, 5, 3));
    CU_ASSERT_NOT_EQUAL(random_bits(42, RANDOM_HOLD_OUT, 3, 5), random_bits(43, RANDOM_HOLD_OUT, 3, 5));
    CU_ASSERT_NOT_EQUAL(random_bits(42, RANDOM_HOLD_OUT, 3, 5), random_bits(42, RANDOM_NEGATIVES, 3, 5));
}

/* The digest tells what is in the file, not what is held out of it. */
static void test_digest(void)
{
    static const struct hold_out rules[] = {{.kind = HOLD_OUT_NONE},
                                            {.kind = HOLD_OUT_RANDOM, .count = 2, .seed = 9},
                                            {.kind = HOLD_OUT_LAST, .count = 2},
                                            {.kind = HOLD_OUT_USERS, .share = 0.5, .seed = 9}};
    uint64_t digest[2] = {0, 0};
    for (int i = 0; i < 4; i++) {
        struct ratings *ratings;
        REQUIRE_OK(
            assemble(&ratings, make_lines(), LINES, 1, &(struct ratings_options){.hold_out = rules[i]}));
        if (i == 0)
            memcpy(digest, ratings->digest, sizeof digest);
        CU_ASSERT(memcmp(digest, ratings->digest, sizeof digest) == 0);
        ratings_free(&ratings);
    }
}

static void test_all_users_held_out(void)
{
    struct line lines[] = {{0, 0, 1, 0}, {0, 1, 1, 0}, {1, 0, 1, 0}};
    struct ratings *ratings;
    const struct ratings_options options = {.hold_out = {.kind = HOLD_OUT_USERS, .share = 1}};
    CU_ASSERT_EQUAL(assemble(&ratings, lines, 3, 1, &options), MFALS_BAD_DATA);
    CU_ASSERT_STRING_EQUAL(failure_message(), "no ratings are left to train on: all users are held out");
    CU_ASSERT_PTR_NULL(ratings);
}

/* Each allocation of one rank fails in turn: every rank says so, and nothing is left behind. */
static void fail_each(struct hold_out rule)
{
    int64_t before = memory_live_blocks(), failures = 0;
    for (status made = MFALS_NO_MEMORY; made != MFALS_OK; failures++) {
        struct ratings *ratings;
        struct raw_ratings raw;
        struct phases phases = {0};
        const struct ratings_options options = {.hold_out = rule};
        REQUIRE_OK(make_raw(&raw, make_lines(), 300, 1));
        memory_fail_at(world.rank == world.size / 2 ? failures + 1 : 0);
        made = ratings_assemble(&ratings, &world, &raw, &options, row_cost, NULL, &phases);
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

static void test_no_memory(void)
{
    fail_each((struct hold_out){.kind = HOLD_OUT_LAST, .count = 1});
    fail_each((struct hold_out){.kind = HOLD_OUT_USERS, .share = 0.5});
}

static CU_TestInfo tests[] = {{"nothing is held out", test_nothing},
                              {"random pairs", test_random},
                              {"the last pairs", test_last},
                              {"users", test_users},
                              {"one pair of each user stays", test_one_stays},
                              {"shares of users", test_shares},
                              {"random bits", test_bits},
                              {"the digest is of all pairs", test_digest},
                              {"all users held out", test_all_users_held_out},
                              {"no memory", test_no_memory},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "hold_out", tests);
}
