/* cli/train.c: whichever allocation fails, on one rank alone: the same status on all, nothing kept, no model.
 */
#include "base/memory.h"
#include "cli/commands.h"
#include "ranks.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[64], ratings_path[96], model_path[96], log_path[96];

static int write_ratings(void)
{
    FILE *file = fopen(ratings_path, "w");
    if (file == NULL)
        return 0;
    for (int user = 0; user < 150; user++)
        for (int item = user % 7; item < 90; item += 1 + user % 11)
            fprintf(file, "u%d\t%d\t%d\n", user, item, 1 + (user + item) % 5);
    return fclose(file) == 0;
}

/* [collective] */
static void make_folder(void)
{
    snprintf(folder, sizeof folder, "/tmp/mfals-train-XXXXXX");
    int made = world.rank > 0 || mkdtemp(folder) != NULL;
    REQUIRE_ALL(made);
    MPI_Bcast(folder, sizeof folder, MPI_CHAR, 0, world.mpi);
    snprintf(ratings_path, sizeof ratings_path, "%s/ratings.tsv", folder);
    snprintf(model_path, sizeof model_path, "%s/model.h5", folder);
    snprintf(log_path, sizeof log_path, "%s/log.json", folder);
    REQUIRE_ALL(world.rank > 0 || write_ratings());
}

static void remove_folder(void)
{
    MPI_Barrier(world.mpi);
    if (world.rank > 0)
        return;
    unlink(ratings_path);
    unlink(model_path);
    unlink(log_path);
    CU_ASSERT_EQUAL(rmdir(folder), 0); /* nothing else was left */
}

static status run_train(void)
{
    char words[][96] = {"train", "-k5", "-n1", "--quiet", "--output", "", "--log-json", "", ""};
    enum { WORDS = sizeof words / sizeof words[0] };
    char *arguments[WORDS + 1];
    snprintf(words[5], sizeof words[5], "%s", model_path);
    snprintf(words[7], sizeof words[7], "%s", log_path);
    snprintf(words[8], sizeof words[8], "%s", ratings_path);
    for (int i = 0; i < WORDS; i++)
        arguments[i] = words[i];
    arguments[WORDS] = NULL;
    return cmd_train(&world, WORDS, arguments);
}

static void fail_each_allocation(int unlucky)
{
    status got = MFALS_NO_MEMORY;
    make_folder();
    int64_t before = memory_live_blocks(), n = 0;
    while (got != MFALS_OK && n < 1000) {
        n++;
        memory_fail_at(world.rank == unlucky ? n : 0);
        got = run_train();
        memory_fail_at(0);
        REQUIRE_ALL(got == MFALS_OK || got == MFALS_NO_MEMORY);
        int64_t codes[2] = {got, -(int64_t)got};
        comm_max_int(&world, codes, 2);
        CU_ASSERT_EQUAL(codes[0], -codes[1]);
        CU_ASSERT_EQUAL(memory_live_blocks(), before);
        CU_ASSERT_EQUAL(access(model_path, F_OK) == 0, got == MFALS_OK);
    }
    CU_ASSERT_EQUAL(got, MFALS_OK);
    CU_ASSERT(n > 20);
    remove_folder();
}

static void test_on_the_first_rank(void)
{
    fail_each_allocation(0);
}

static void test_on_the_last_rank(void)
{
    fail_each_allocation(world.size - 1);
}

static CU_TestInfo tests[] = {{"an allocation fails on the first rank", test_on_the_first_rank},
                              {"an allocation fails on the last rank", test_on_the_last_rank},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "train command", tests);
}
