/* CUnit under mpirun: rank 0 reports, and a failure on any rank fails the test on all. A test program is
 *
 *     static void test_something(void) { ... CU_ASSERT_EQUAL(a, b); ... }
 *     static CU_TestInfo tests[] = {{"something", test_something}, CU_TEST_INFO_NULL};
 *     int main(int argc, char **argv) { return run_suite(&argc, &argv, "suite", tests); }
 *
 * A plain assertion is local and lets the test go on. What must hold before a collective call on all ranks is
 * REQUIRE_ALL(condition): [collective], it ends the test on every rank if it fails on any.
 */
#ifndef TESTS_RANKS_H
#define TESTS_RANKS_H

#include "comm/comm.h"

#include <CUnit/CUnit.h>

/* The communicator of the tests, open while tests run. Not the harness's own. */
extern struct comm world;

#define REQUIRE_ALL(condition) ranks_require((condition), #condition, __FILE__, __LINE__)
#define REQUIRE_OK(call)       ranks_require_ok((call), #call, __FILE__, __LINE__)

/* [collective] Behind the macros. */
void ranks_require(int holds, const char *text, const char *file, unsigned line);
void ranks_require_ok(status got, const char *text, const char *file, unsigned line);

/* [collective] A new folder of rank 0's in TMPDIR, or where that is not set in the usual place: its path in every
 * rank's `path`, of the same size bytes. The caller removes it. */
void ranks_new_folder(char *path, size_t size);

/* [local] Of what is tried one after the other, such as allocations that fail, how far it is to the next: 3 on one rank,
 * 11 on several, where each try takes longer; 1 with MFALS_SOAK set, so that all are tried. */
int64_t ranks_stride(void);

/* [collective] A test's main: MPI_Init, all tests under a time limit of 100 s (or the seconds in MFALS_TEST_LIMIT),
 * MPI_Finalize. Returns 0 if tests ran and none failed on any rank. */
int run_suite(int *argc, char ***argv, const char *name, CU_TestInfo *tests);

#endif
