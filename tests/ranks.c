#include "ranks.h"
#include "cli/launch.h"

#include <CUnit/Basic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct comm world;
static struct comm harness;
static unsigned failures_before;

/* The lowest failing rank's words become every rank's failure. */
static void spread(int ok, const char *text, const char *file, unsigned line, int fatal)
{
    int first = ok ? harness.size : harness.rank;
    MPI_Allreduce(MPI_IN_PLACE, &first, 1, MPI_INT, MPI_MIN, harness.mpi);
    if (first == harness.size)
        return;
    char said[1600];
    snprintf(said, sizeof said, "rank %d: %s:%u: %s", harness.rank, file, line, text);
    MPI_Bcast(said, sizeof said, MPI_CHAR, first, harness.mpi);
    if (fatal || ok)
        CU_assertImplementation(CU_FALSE, line, said, file, "", fatal ? CU_TRUE : CU_FALSE);
}

void ranks_require(int holds, const char *text, const char *file, unsigned line)
{
    spread(holds, text, file, line, 1);
}

void ranks_require_ok(status got, const char *text, const char *file, unsigned line)
{
    char said[1400];
    snprintf(said, sizeof said, "%.200s: %s", text, failure_message());
    spread(got == MFALS_OK, said, file, line, 1);
}

static void open_test(void)
{
    failures_before = CU_get_number_of_failures();
}

static void close_test(void)
{
    CU_pFailureRecord failure = CU_get_failure_list();
    for (unsigned i = 0; i < failures_before && failure != NULL; i++)
        failure = failure->pNext;
    if (failure == NULL)
        spread(1, "", "(another rank)", 0, 0);
    else
        spread(0, failure->strCondition, failure->strFileName, failure->uiLineNumber, 0);
}

void ranks_new_folder(char *path, size_t size)
{
    const char *parent = getenv("TMPDIR");
    int length = snprintf(path, size, "%s/mfals-XXXXXX", parent == NULL ? P_tmpdir : parent);
    REQUIRE_ALL(length < (int)size && (world.rank != 0 || mkdtemp(path) != NULL));
    comm_broadcast(&world, path, (int64_t)size, 0);
}

int64_t ranks_stride(void)
{
    return getenv("MFALS_SOAK") != NULL ? 1 : world.size == 1 ? 3 : 11;
}

int run_suite(int *argc, char ***argv, const char *name, CU_TestInfo *tests)
{
    const char *limit = getenv("MFALS_TEST_LIMIT");
    const struct launch launch = launch_find();
    launch_before_mpi(&launch);
    MPI_Init(argc, argv);
    if (comm_open(&world, MPI_COMM_WORLD) != MFALS_OK || comm_open(&harness, MPI_COMM_WORLD) != MFALS_OK)
        MPI_Abort(MPI_COMM_WORLD, 70);
    alarm(limit == NULL ? 100 : (unsigned)strtoul(limit, NULL, 10));
    CU_SuiteInfo suites[] = {{name, NULL, NULL, open_test, close_test, tests}, CU_SUITE_INFO_NULL};
    if (CU_initialize_registry() != CUE_SUCCESS || CU_register_suites(suites) != CUE_SUCCESS)
        MPI_Abort(MPI_COMM_WORLD, 70);
    if (harness.rank == 0) {
        CU_basic_set_mode(CU_BRM_VERBOSE);
        CU_basic_run_tests();
    } else {
        CU_run_all_tests();
    }
    fflush(NULL);
    int passed = CU_get_number_of_tests_run() > 0 && CU_get_number_of_failures() == 0;
    MPI_Allreduce(MPI_IN_PLACE, &passed, 1, MPI_INT, MPI_MIN, harness.mpi);
    CU_cleanup_registry();
    comm_close(&world);
    comm_close(&harness);
    MPI_Finalize();
    launch_after_mpi();
    return !passed;
}
