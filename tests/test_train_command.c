/* The commands: whichever allocation fails, on one rank alone: the same status on all, nothing kept, no output. */
#include "base/memory.h"
#include "cli/dispatch.h"
#include "damage.h"
#include "ranks.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { MAX_WORDS = 14 };

static char folder[64], ratings_path[96], test_path[96], model_path[96], log_path[96], lists_path[96],
    checkpoints_path[96];

/* Those of every `step`th user, from `first` on. */
static int write_ratings(const char *path, int first, int step)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return 0;
    for (int user = first; user < 150; user += step)
        for (int item = (user + first) % 7; item < 90; item += 1 + user % 11)
            fprintf(file, "u%d\t%d\t%d\n", user, item, 1 + (user + item) % 5);
    return fclose(file) == 0;
}

static struct mfals_context *context; /* of all commands */

/* [collective] */
static void make_folder(void)
{
    REQUIRE_OK(mfals_open(&context, world.mpi));
    ranks_new_folder(folder, sizeof folder);
    snprintf(ratings_path, sizeof ratings_path, "%s/ratings.tsv", folder);
    snprintf(model_path, sizeof model_path, "%s/model.h5", folder);
    snprintf(log_path, sizeof log_path, "%s/log.json", folder);
    snprintf(test_path, sizeof test_path, "%s/test.tsv", folder);
    snprintf(lists_path, sizeof lists_path, "%s/lists.tsv", folder);
    snprintf(checkpoints_path, sizeof checkpoints_path, "%s/checkpoints", folder);
    REQUIRE_ALL(world.rank > 0 || (write_ratings(ratings_path, 0, 1) && write_ratings(test_path, 5, 9)));
}

static void remove_folder(void)
{
    mfals_close(&context);
    MPI_Barrier(world.mpi);
    if (world.rank > 0)
        return;
    unlink(ratings_path);
    unlink(model_path);
    unlink(log_path);
    unlink(test_path);
    unlink(lists_path);
    CU_ASSERT_EQUAL(rmdir(folder), 0); /* nothing else was left */
}

/* [collective] Whether it was there. */
static bool remove_checkpoint(const char *name)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", checkpoints_path, name);
    int64_t removed = world.rank == 0 && unlink(path) == 0;
    comm_max_int(&world, &removed, 1);
    return removed != 0;
}

/* Words may begin with @, for the folder. */
static status run_command(const char *const *words)
{
    static char copies[MAX_WORDS][128];
    char program[] = "mfals", *all[MAX_WORDS + 2] = {program}, **arguments = all + 1;
    int count = 0;
    for (; words[count] != NULL; count++) {
        bool inside = words[count][0] == '@';
        snprintf(copies[count], sizeof copies[0], "%s%s", inside ? folder : "", words[count] + inside);
        arguments[count] = copies[count];
    }
    struct launch launch = {0};
    bool needs_ranks;
    fflush(stdout);
    return dispatch(context, &launch, world.mpi, &needs_ranks, count + 1, all);
}

/* `makes`, a path or NULL, is there after success only. */
static void fail_each_allocation(const char *const *words, const char *makes, int unlucky)
{
    status got = MFALS_NO_MEMORY;
    int64_t before = memory_live_blocks(), n = 0;
    while (got != MFALS_OK && n < 3000) {
        n += ranks_stride();
        memory_fail_at(world.rank == unlucky ? n : 0);
        got = run_command(words);
        memory_fail_at(0);
        if (got != MFALS_OK && got != MFALS_NO_MEMORY)
            printf("allocation %d: %s\n", (int)n, failure_message());
        REQUIRE_ALL(got == MFALS_OK || got == MFALS_NO_MEMORY);
        int64_t codes[2] = {got, -(int64_t)got};
        comm_max_int(&world, codes, 2);
        CU_ASSERT_EQUAL(codes[0], -codes[1]);
        CU_ASSERT_EQUAL(memory_live_blocks(), before);
        if (makes != NULL)
            CU_ASSERT_EQUAL(access(makes, F_OK) == 0, got == MFALS_OK);
    }
    CU_ASSERT_EQUAL(got, MFALS_OK);
    CU_ASSERT(n > 5);
}

static const char *const train_words[] = {"train",         "-k5",        "-n1",        "--quiet",
                                          "--output",      "@/model.h5", "--log-json", "@/log.json",
                                          "@/ratings.tsv", NULL};

static void test_train_on_the_first_rank(void)
{
    make_folder();
    fail_each_allocation(train_words, model_path, 0);
    remove_folder();
}

static void test_train_on_the_last_rank(void)
{
    make_folder();
    fail_each_allocation(train_words, model_path, world.size - 1);
    remove_folder();
}

static void test_train_with_a_test(void)
{
    make_folder();
    fail_each_allocation((const char *const[]){"train", "-k5", "-n2", "--quiet", "-o", "@/model.h5",
                                               "--holdout-users", "0.3", "--early-stop", "ndcg@10",
                                               "@/ratings.tsv", NULL},
                         NULL, world.size - 1);
    remove_folder();
}

/* [collective] One try, with this allocation failing. *lost: it ended well, a warning in place of its checkpoint. */
static status try_with_checkpoints(const char *const *words, const char *wanted, int64_t n, int unlucky,
                                   bool *lost)
{
    char partial[32];
    int64_t before = memory_live_blocks();
    snprintf(partial, sizeof partial, "%s.partial", wanted);
    memory_fail_at(world.rank == unlucky ? n : 0);
    status got = run_command(words);
    memory_fail_at(0);
    REQUIRE_ALL((got == MFALS_OK || got == MFALS_NO_MEMORY) && damage_same(got));
    CU_ASSERT_EQUAL(memory_live_blocks(), before);
    CU_ASSERT(!remove_checkpoint(partial));
    *lost = !remove_checkpoint(wanted) && got == MFALS_OK;
    return got;
}

/* Each time from the same checkpoint, or from none. As a checkpoint that fails is a warning, one success does not yet
 * mean that no allocation failed; many in a row do. */
static void fail_with_checkpoints(const char *iterations, int unlucky)
{
    const int64_t in_a_row = 60 / ranks_stride();
    const char *words[] = {"train",
                           "-k5",
                           "-n1",
                           "--quiet",
                           "-o",
                           "@/model.h5",
                           "--holdout-users=0.3",
                           "--early-stop=ndcg@10:9",
                           "--checkpoint-dir",
                           "@/checkpoints",
                           "@/ratings.tsv",
                           NULL};
    bool resumes = strcmp(iterations, "-n1") != 0;
    int64_t n = 0, failed = 0, successes = 0, without = 0;
    bool lost = false;
    make_folder();
    if (resumes)
        REQUIRE_OK(run_command(words));
    words[2] = iterations;
    while (successes < in_a_row && n < 3000) {
        status got = try_with_checkpoints(words, resumes ? "checkpoint-2.h5" : "checkpoint-1.h5",
                                          n += ranks_stride(), unlucky, &lost);
        successes = got == MFALS_OK ? successes + 1 : 0;
        failed += got != MFALS_OK;
        without += lost;
    }
    CU_ASSERT(successes == in_a_row && !lost && without > 0);
    CU_ASSERT_EQUAL(remove_checkpoint("checkpoint-1.h5"), resumes);
    CU_ASSERT(remove_checkpoint("lock"));
    CU_ASSERT(world.rank > 0 || rmdir(checkpoints_path) == 0);
    remove_folder();
    if (world.rank == 0)
        printf("of %d tries %d failed, %d lost a checkpoint ... ", (int)n, (int)failed, (int)without);
}

/* On two ranks the first is without memory for checkpoints and the last for going on, on more the other way round. */
static void test_checkpoints(void)
{
    fail_with_checkpoints("-n1", world.size > 2 ? world.size - 1 : 0);
    fail_with_checkpoints("-n2", world.size > 2 ? 0 : world.size - 1);
}

static void test_use_on_the_last_rank(void)
{
    make_folder();
    REQUIRE_OK(run_command(train_words));
    int last = world.size - 1;
    fail_each_allocation((const char *const[]){"evaluate", "@/model.h5", "--quiet", "--test", "@/test.tsv",
                                               "--candidates", "@/test.tsv", NULL},
                         NULL, last);
    fail_each_allocation((const char *const[]){"recommend", "@/model.h5", "--quiet", "-o", "@/lists.tsv",
                                               "--titles", "@/ratings.tsv", NULL},
                         lists_path, last);
    fail_each_allocation((const char *const[]){"recommend", "@/model.h5", "--quiet", "-o", "@/lists.tsv",
                                               "--fold-in", "@/test.tsv", NULL},
                         NULL, last);
    fail_each_allocation((const char *const[]){"recommend", "@/model.h5", "--quiet", "-o", "@/lists.tsv",
                                               "--output-format=hdf5", NULL},
                         NULL, last);
    remove_folder();
}

static void test_generate_and_convert(void)
{
    make_folder();
    fail_each_allocation(
        (const char *const[]){"generate", "--quiet", "-o", "@/lists.tsv", "--users", "50", NULL}, lists_path,
        world.size - 1);
    fail_each_allocation(
        (const char *const[]){"convert", "--quiet", "-o", "@/model.h5", "@/ratings.tsv", NULL}, model_path,
        world.size - 1);
    remove_folder();
}

static CU_TestInfo tests[] = {{"train: an allocation fails on the first rank", test_train_on_the_first_rank},
                              {"train: an allocation fails on the last rank", test_train_on_the_last_rank},
                              {"train with a test", test_train_with_a_test},
                              {"train with checkpoints, and from one", test_checkpoints},
                              {"evaluate, recommend", test_use_on_the_last_rank},
                              {"generate, convert", test_generate_and_convert},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "train command", tests);
}
