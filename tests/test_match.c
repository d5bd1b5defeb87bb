/* ratings/match.h: files of ratings brought to known ids, against a search through all of these by every rank. */
#include "base/memory.h"
#include "known_map.h"
#include "ranks.h"
#include "ratings/match.h"
#include "read_files.h"

#include <stdio.h>
#include <string.h>

static struct id_list users, items;

/* The lines of a file of ratings, and what of them is expected. */
enum { LINES = 2500, IDS = 90 };

struct rating {
    int user, item; /* numbers of user_text, item_text */
    int value;
};

static struct rating ratings[LINES];

/* Two thirds of the users are known, half of the items; in the whole file there is an odd line, the last one. */
static const char *user_text(int user)
{
    static char text[32];
    snprintf(text, sizeof text, "%d", 2 * user - 20);
    return text;
}

static const char *item_text(int item)
{
    static char text[32];
    snprintf(text, sizeof text, "item %04d", item);
    return text;
}

static void make_ratings(void)
{
    scoped char *text = NULL;
    int64_t length = 0;
    uint64_t state = 3;
    REQUIRE_OK(allocate(&text, LINES * 64));
    for (int i = 0; i < LINES; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        ratings[i] =
            (struct rating){(int)(state >> 33) % IDS, (int)(state >> 48) % IDS, (int)(state >> 61) - 1};
        length += sprintf(text + length, "%s\t", user_text(ratings[i].user));
        length += sprintf(text + length, "%s\t%d\n", item_text(ratings[i].item), ratings[i].value);
    }
    length += sprintf(text + length, "no line\n");
    files_write("ratings.tsv", text, length);
    known_map_make(&users, ID_INTEGER, 3);
    users.rows = items.rows = 0;
    for (int i = 0; i < IDS; i++) {
        if (i % 3 != 0)
            snprintf(users.text[users.rows++], TEXT_BYTES, "%s", user_text(i));
        if (i % 2 == 0)
            snprintf(items.text[items.rows++], TEXT_BYTES, "%s", item_text(i));
    }
    items.kind = ID_TEXT;
    for (int i = 0; i < 40; i++) /* known, but not in the file */
        snprintf(users.text[users.rows++], TEXT_BYTES, "%d", 1000 + i);
}

struct expected {
    int times[KNOWN_MAX][IDS]; /* by rows */
    double value[KNOWN_MAX][IDS];
    int64_t count, users, duplicates, left_out, unknown_users, unknown_items;
    /* With keep_unknown, by user and item of the file, what of them is unknown: */
    int unknown_times[IDS][IDS];
    double unknown_value[IDS][IDS];
    int64_t unknown_count;
};

static void expect_unknown(struct expected *expected, const struct rating *rating,
                           const struct ratings_options *options)
{
    int *times = &expected->unknown_times[rating->user][rating->item];
    double *value = &expected->unknown_value[rating->user][rating->item];
    if (!options->keep_unknown)
        return;
    *value = (options->duplicates == DUPLICATES_SUM ? *value : 0) + rating->value;
    expected->unknown_count += *times == 0;
    expected->duplicates += (*times)++ > 0;
}

static void expect(struct expected *expected, const struct ratings_options *options, bool new_users)
{
    int rated[2][IDS] = {{0}};
    for (int i = 0; i < LINES; i++) {
        const struct rating *rating = &ratings[i];
        int64_t user = new_users ? rating->user : known_map_row(&users, user_text(rating->user));
        int64_t item = known_map_row(&items, item_text(rating->item));
        expected->unknown_users += user < 0 && rated[USERS][rating->user]++ == 0;
        expected->unknown_items += item < 0 && rated[ITEMS][rating->item]++ == 0;
        if (user < 0 || item < 0) {
            expect_unknown(expected, rating, options);
            continue;
        }
        double sum = options->duplicates == DUPLICATES_SUM ? expected->value[user][item] : 0;
        expected->value[user][item] = sum + rating->value;
        expected->duplicates += expected->times[user][item]++ > 0;
    }
    for (int u = 0; u < KNOWN_MAX; u++) {
        int64_t before = expected->count;
        for (int i = 0; i < IDS; i++) {
            if (expected->times[u][i] == 0)
                continue;
            if (options->positive_only && expected->value[u][i] <= 0) {
                expected->times[u][i] = 0;
                expected->left_out++;
            } else {
                expected->count++;
            }
        }
        expected->users += expected->count > before;
    }
}

static status load(struct matched **matched, const char *name, struct ratings_options options,
                   const struct known_ids *known_items, const struct known_ids *known_users)
{
    char path[200], *paths[] = {path};
    struct phases phases = {0};
    snprintf(path, sizeof path, "%s", files_path(name));
    options.read.paths = paths;
    options.read.path_count = 1;
    return matched_load(matched, &world, &options, known_items, known_users, &phases);
}

static void check_cells(const struct matched *matched, const int64_t *offsets,
                        const struct expected *expected)
{
    const struct csr *csr = &matched->by_user;
    int64_t pairs = csr->start[csr->rows];
    CU_ASSERT_EQUAL(csr->first_row, offsets[world.rank]);
    CU_ASSERT_EQUAL(csr->rows, offsets[world.rank + 1] - offsets[world.rank]);
    for (int64_t i = 0; i < csr->rows; i++)
        for (int64_t j = csr->start[i]; j < csr->start[i + 1]; j++) {
            CU_ASSERT(j == csr->start[i] || csr->column[j - 1] < csr->column[j]);
            CU_ASSERT(expected->times[csr->first_row + i][csr->column[j]] > 0);
            CU_ASSERT_EQUAL(csr->value[j], (float)expected->value[csr->first_row + i][csr->column[j]]);
        }
    comm_sum_int(&world, &pairs, 1);
    CU_ASSERT_EQUAL(pairs, expected->count);
    CU_ASSERT_EQUAL(matched->count, expected->count);
    CU_ASSERT_EQUAL(matched->users, expected->users);
    CU_ASSERT_EQUAL(matched->duplicates, expected->duplicates);
    CU_ASSERT_EQUAL(matched->left_out, expected->left_out);
    CU_ASSERT_EQUAL(matched->unknown_users, expected->unknown_users);
    CU_ASSERT_EQUAL(matched->unknown_items, expected->unknown_items);
    CU_ASSERT_EQUAL(matched->lines, LINES + 1);
    CU_ASSERT_EQUAL(matched->bad_lines, 1);
}

/* Of each known user, each known item and all others: how many unknown pairs, the sum of their values, and of their
 * squares. Known users' are where these are. */
enum { FIGURES = 3, GROUPS = 2 * KNOWN_MAX + 1 };

static void add_figures(double *figures, int64_t group, double value)
{
    figures[group * FIGURES] += 1;
    figures[group * FIGURES + 1] += value;
    figures[group * FIGURES + 2] += value * value;
}

static int64_t group_of(int64_t user, int64_t item)
{
    return user >= 0 ? user : item >= 0 ? KNOWN_MAX + item : GROUPS - 1;
}

static void check_unknown(const struct matched *matched, const int64_t *offsets,
                          const struct expected *expected)
{
    double got[GROUPS * FIGURES] = {0}, wanted[GROUPS * FIGURES] = {0};
    for (int64_t i = 0; i < matched->unknown.count; i++) {
        const struct pair *pair = &matched->unknown.pair[i];
        int64_t user = pair->row[USERS] == ROW_UNKNOWN ? -1 : (int64_t)pair->row[USERS];
        int64_t item = pair->row[ITEMS] == ROW_UNKNOWN ? -1 : (int64_t)pair->row[ITEMS];
        CU_ASSERT(user < 0 || item < 0);
        CU_ASSERT(user < 0 || (offsets[world.rank] <= user && user < offsets[world.rank + 1]));
        add_figures(got, group_of(user, item), (double)pair->value);
    }
    for (int u = 0; u < IDS; u++)
        for (int i = 0; i < IDS; i++)
            if (expected->unknown_times[u][i] > 0)
                add_figures(
                    wanted,
                    group_of(known_map_row(&users, user_text(u)), known_map_row(&items, item_text(i))),
                    expected->unknown_value[u][i]);
    MPI_Allreduce(MPI_IN_PLACE, got, GROUPS * FIGURES, MPI_DOUBLE, MPI_SUM, world.mpi);
    CU_ASSERT_EQUAL(memcmp(got, wanted, sizeof got), 0);
    CU_ASSERT_EQUAL(matched->unknown_count, expected->unknown_count);
}

static void check_new_users(const struct matched *matched)
{
    char text[ID_MAX_BYTES + 1];
    CU_ASSERT_EQUAL(matched->new_users.rows, IDS);
    CU_ASSERT_EQUAL(matched->new_users.first, matched->new_offsets[world.rank]);
    CU_ASSERT_EQUAL_FATAL(matched->new_users.count, matched->by_user.rows);
    for (int64_t i = 0; i < matched->new_users.count; i++) {
        ids_text(&matched->new_users, i, text);
        CU_ASSERT_STRING_EQUAL(text, user_text((int)(matched->new_users.first + i)));
    }
}

static void check_match(const struct ratings_options *options, int layout, bool new_users)
{
    struct known_map known_users, known_items;
    struct matched *matched;
    scoped struct expected *expected = NULL;
    int64_t before = memory_live_blocks();
    known_map_open(&known_users, &users, layout);
    known_map_open(&known_items, &items, (layout + 1) % KNOWN_MAP_LAYOUTS);
    REQUIRE_OK(allocate(&expected, 1));
    expect(expected, options, new_users);
    REQUIRE_OK(
        load(&matched, "ratings.tsv", *options, &known_items.known, new_users ? NULL : &known_users.known));
    check_cells(matched, new_users ? matched->new_offsets : known_users.offsets, expected);
    CU_ASSERT((matched->new_offsets != NULL) == new_users);
    if (!new_users)
        check_unknown(matched, known_users.offsets, expected);
    if (new_users)
        check_new_users(matched);
    matched_free(&matched);
    CU_ASSERT_PTR_NULL(matched);
    known_map_close(&known_users);
    known_map_close(&known_items);
    CU_ASSERT_EQUAL(memory_live_blocks(), before + 1);
}

static void check_matches(bool new_users)
{
    make_ratings();
    for (int layout = 0; layout < KNOWN_MAP_LAYOUTS; layout++) {
        struct ratings_options options = {.read = {.skip_bad_lines = true, .bad_line_limit = 1},
                                          .positive_only = layout % 2};
        options.duplicates = layout < 2 ? DUPLICATES_SUM : DUPLICATES_LAST;
        options.hold_out = (struct hold_out){.kind = HOLD_OUT_LAST, .count = 1}; /* is not used */
        check_match(&options, layout, new_users);
    }
}

static void test_match(void)
{
    check_matches(false);
}

static void test_unknown_kept(void)
{
    make_ratings();
    for (int layout = 0; layout < KNOWN_MAP_LAYOUTS; layout++)
        for (int rule = DUPLICATES_LAST; rule <= DUPLICATES_SUM; rule++)
            check_match(&(struct ratings_options){.read = {.skip_bad_lines = true, .bad_line_limit = 1},
                                                  .duplicates = (enum duplicates)rule,
                                                  .keep_unknown = true},
                        layout, false);
}

static void test_new_users(void)
{
    check_matches(true);
}

static void write_text(const char *name, const char *text)
{
    files_write(name, text, (int64_t)strlen(text));
}

/* Nothing known is no failure; the counts say what it was. */
static void test_nothing_matches(void)
{
    struct known_map known_users, known_items;
    struct matched *matched;
    write_text("strange.tsv", "alice\titem 0001\t1\nbob\titem 0000\t1\nalice\titem 0003\t1\n");
    make_ratings();
    known_map_open(&known_users, &users, 0);
    known_map_open(&known_items, &items, 0);
    REQUIRE_OK(
        load(&matched, "strange.tsv", (struct ratings_options){0}, &known_items.known, &known_users.known));
    CU_ASSERT_EQUAL(matched->count, 0);
    CU_ASSERT_EQUAL(matched->users, 0);
    CU_ASSERT_EQUAL(matched->unknown_users, 2);
    CU_ASSERT_EQUAL(matched->unknown_items, 2);
    CU_ASSERT_EQUAL(matched->by_user.rows, known_users.ids.count);
    CU_ASSERT_EQUAL(matched->by_user.start[matched->by_user.rows], 0);
    matched_free(&matched);
    known_map_close(&known_users);
    known_map_close(&known_items);
}

static void test_refused(void)
{
    struct known_map known_users, known_items;
    struct matched *matched;
    write_text("twice.tsv", "-16\titem 0002\t1\n-16\titem 0000\t1\n-16\titem 0002\t3\n");
    make_ratings();
    known_map_open(&known_users, &users, 1);
    known_map_open(&known_items, &items, 2);
    int64_t before = memory_live_blocks();
    CU_ASSERT_EQUAL(load(&matched, "twice.tsv", (struct ratings_options){.duplicates = DUPLICATES_ERROR},
                         &known_items.known, &known_users.known),
                    MFALS_BAD_DATA);
    CU_ASSERT_STRING_EQUAL(failure_message(), "user -16 rated item item 0002 twice");
    CU_ASSERT_PTR_NULL(matched);
    write_text("unknown.tsv",
               "-16\titem 0002\t1\nmore\titem x\t1\n-16\tother\t2\n-16\tother\t3\nmore\titem x\t3\n");
    const struct ratings_options kept = {.duplicates = DUPLICATES_ERROR, .keep_unknown = true};
    CU_ASSERT_EQUAL(load(&matched, "unknown.tsv", kept, &known_items.known, &known_users.known),
                    MFALS_BAD_DATA);
    CU_ASSERT_STRING_EQUAL(failure_message(), "user more rated item item x twice");
    write_text("unknown.tsv", "-16\tother\t2\n-16\tother\t3\n");
    CU_ASSERT_EQUAL(load(&matched, "unknown.tsv", kept, &known_items.known, &known_users.known),
                    MFALS_BAD_DATA);
    CU_ASSERT_STRING_EQUAL(failure_message(), "user -16 rated item other twice");
    CU_ASSERT_EQUAL(load(&matched, "nowhere", (struct ratings_options){0}, &known_items.known, NULL),
                    MFALS_NO_INPUT);
    CU_ASSERT_PTR_NULL(matched);
    CU_ASSERT_EQUAL(load(&matched, "ratings.tsv", (struct ratings_options){0}, &known_items.known, NULL),
                    MFALS_BAD_DATA);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure_message(), "ratings.tsv:2501:"));
    CU_ASSERT_EQUAL(memory_live_blocks(), before);
    known_map_close(&known_users);
    known_map_close(&known_items);
}

/* Each allocation of one rank fails in turn: every rank says so, and nothing is left behind. */
static void fail_each(const struct known_ids *known_items, const struct known_ids *known_users, bool keep)
{
    int64_t before = memory_live_blocks(), failures = 0;
    for (status made = MFALS_NO_MEMORY; made != MFALS_OK; failures++) {
        struct matched *matched;
        memory_fail_at(world.rank == world.size / 2 ? failures + 1 : 0);
        made = load(&matched, "few.tsv", (struct ratings_options){.keep_unknown = keep}, known_items,
                    known_users);
        memory_fail_at(0);
        int64_t codes[2] = {made, -(int64_t)made};
        comm_max_int(&world, codes, 2);
        REQUIRE_ALL(codes[0] == -codes[1]);
        REQUIRE_ALL(made == MFALS_OK || made == MFALS_NO_MEMORY);
        CU_ASSERT((matched == NULL) == (made != MFALS_OK));
        matched_free(&matched);
        CU_ASSERT_EQUAL(memory_live_blocks(), before);
    }
    CU_ASSERT(failures > 50);
}

static void test_no_memory(void)
{
    struct known_map known_users, known_items;
    write_text("few.tsv", "-18\titem 0002\t1\n-16\titem 0001\t1\n-14\titem 0003\t1\n8\titem 0004\t1\n");
    make_ratings();
    known_map_open(&known_users, &users, 0);
    known_map_open(&known_items, &items, 0);
    fail_each(&known_items.known, &known_users.known, false);
    if (world.size <= 7) /* more take their time */
        fail_each(&known_items.known, &known_users.known, true);
    fail_each(&known_items.known, NULL, false);
    known_map_close(&known_users);
    known_map_close(&known_items);
}

static CU_TestInfo tests[] = {{"a folder for files", files_open},
                              {"ratings of known users", test_match},
                              {"ratings of new users", test_new_users},
                              {"unknown ones kept", test_unknown_kept},
                              {"nothing matches", test_nothing_matches},
                              {"ratings refused", test_refused},
                              {"no memory", test_no_memory},
                              {"the folder goes", files_close},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "match", tests);
}
