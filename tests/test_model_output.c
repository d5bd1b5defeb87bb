/* store/model_file.h: what cannot be written is told to all ranks and leaves nothing behind. */
#include "base/memory.h"
#include "model_sample.h"
#include "ranks.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

static void check_refused(struct sample *sample, const char *path)
{
    CU_ASSERT_EQUAL(sample_check_output(path), MFALS_NO_OUTPUT);
    CU_ASSERT(strstr(failure_message(), path) != NULL);
    sample->file.path = path;
    CU_ASSERT_EQUAL(model_file_write(&world, &sample->file), MFALS_NO_OUTPUT);
    CU_ASSERT_EQUAL(sample_entries(sample->folder), 0);
}

static void test_targets_that_cannot_be(void)
{
    struct sample sample;
    char missing[2 * PATH_SIZE];
    sample_open(&sample, 100, 100, 4, ID_INTEGER);
    snprintf(missing, sizeof missing, "%s/none/model.h5", sample.folder);
    check_refused(&sample, missing);
    check_refused(&sample, sample.folder);
    check_refused(&sample, "/dev/null");
    sample_close(&sample);
}

static void test_unwritable_folder(void)
{
    struct sample sample;
    sample_open(&sample, 100, 100, 4, ID_INTEGER);
    CU_ASSERT(world.rank != 0 || chmod(sample.folder, 0555) == 0);
    MPI_Barrier(world.mpi);
    bool root = geteuid() == 0;
    CU_ASSERT(!root || seteuid(65534) == 0); /* nobody: permissions don't bind root */
    check_refused(&sample, sample.path);
    CU_ASSERT(!root || seteuid(0) == 0);
    MPI_Barrier(world.mpi);
    CU_ASSERT(world.rank != 0 || chmod(sample.folder, 0755) == 0);
    sample_close(&sample);
}

/* The file that a link leads to is written, and the link stays. */
static void test_link(void)
{
    struct sample sample;
    char link[2 * PATH_SIZE];
    struct stat about = {0};
    sample_open(&sample, 100, 100, 4, ID_INTEGER);
    REQUIRE_OK(model_file_write(&world, &sample.file));
    snprintf(link, sizeof link, "%s/link", sample.folder);
    REQUIRE_ALL(world.rank != 0 || symlink(sample.path, link) == 0);
    sample.file.path = link;
    REQUIRE_OK(sample_check_output(link));
    REQUIRE_OK(model_file_write(&world, &sample.file));
    CU_ASSERT(lstat(link, &about) == 0 && S_ISLNK(about.st_mode));
    CU_ASSERT_EQUAL(sample_entries(sample.folder), 2);
    sample_check_file(&sample);
    MPI_Barrier(world.mpi);
    CU_ASSERT(world.rank != 0 || unlink(link) == 0);
    sample.file.path = sample.path;
    sample_close(&sample);
}

/* What may be another run's is left alone where this one could not even begin. */
static void test_foreign_partial(void)
{
    struct sample sample;
    char folder[2 * PATH_SIZE], partial[2 * PATH_SIZE + 8];
    struct stat about;
    sample_open(&sample, 100, 100, 4, ID_INTEGER);
    snprintf(folder, sizeof folder, "%s/folder", sample.folder);
    snprintf(partial, sizeof partial, "%s.partial", folder);
    REQUIRE_ALL(world.rank != 0 || (mkdir(folder, 0755) == 0 && mknod(partial, S_IFREG | 0644, 0) == 0));
    sample.file.path = folder;
    CU_ASSERT_EQUAL(model_file_write(&world, &sample.file), MFALS_NO_OUTPUT);
    CU_ASSERT_EQUAL(sample_check_output(folder), MFALS_NO_OUTPUT);
    CU_ASSERT_EQUAL(stat(partial, &about), 0);
    MPI_Barrier(world.mpi);
    CU_ASSERT(world.rank != 0 || (unlink(partial) == 0 && rmdir(folder) == 0));
    sample.file.path = sample.path;
    sample_close(&sample);
}

/* A small model stands; a larger one does not fit, which all ranks are told, and the small one still stands.
 */
static void check_no_room(struct sample *small, struct sample *large)
{
    large->file.path = small->path;
    CU_ASSERT_EQUAL(model_file_write(&world, &large->file), MFALS_IO);
    CU_ASSERT(strstr(failure_message(), small->path) != NULL);
    CU_ASSERT_EQUAL(sample_entries(small->folder), 1);
    sample_check_file(small);
}

static void test_file_size_limit(void)
{
    struct sample small, large;
    struct rlimit before, limit;
    sample_open(&small, 200, 100, 4, ID_INTEGER);
    sample_open(&large, 4000, 3000, 64, ID_INTEGER);
    REQUIRE_OK(model_file_write(&world, &small.file));
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before);
    limit = before;
    limit.rlim_cur = 1 << 20;
    setrlimit(RLIMIT_FSIZE, &limit);
    check_no_room(&small, &large);
    setrlimit(RLIMIT_FSIZE, &before);
    sample_close(&large);
    sample_close(&small);
}

static int mount_small(const char *folder)
{
    int mounted = world.rank == 0 && mount("tmpfs", folder, "tmpfs", 0, "size=1m") == 0;
    MPI_Bcast(&mounted, 1, MPI_INT, 0, world.mpi);
    return mounted;
}

static void test_full_disk(void)
{
    struct sample small, large;
    sample_open(&small, 200, 100, 4, ID_INTEGER);
    sample_open(&large, 4000, 3000, 64, ID_INTEGER);
    if (mount_small(small.folder)) {
        REQUIRE_OK(model_file_write(&world, &small.file));
        check_no_room(&small, &large);
        MPI_Barrier(world.mpi);
        CU_ASSERT(world.rank != 0 || umount2(small.folder, MNT_DETACH) == 0);
    } else if (world.rank == 0) {
        printf("(skipped: a file system of 1 MiB cannot be mounted here) ");
    }
    sample_close(&large);
    sample_close(&small);
}

static void test_failing_allocations(void)
{
    struct sample sample;
    sample_open(&sample, 500, 100, 6, ID_TEXT);
    int64_t before = memory_live_blocks();
    for (int rank = 0; rank<world.size; rank += world.size> 1 ? world.size - 1 : 1) {
        int64_t n = 0;
        status written = MFALS_NO_MEMORY;
        while (written != MFALS_OK && n < 100) {
            memory_fail_at(world.rank == rank ? ++n : 0);
            written = model_file_write(&world, &sample.file);
            memory_fail_at(0);
            CU_ASSERT(written == MFALS_OK || written == MFALS_NO_MEMORY);
            CU_ASSERT_EQUAL(memory_live_blocks(), before);
            int64_t same[2] = {(int64_t)written, -(int64_t)written};
            comm_max_int(&world, same, 2);
            REQUIRE_ALL(same[0] == -same[1]);
            CU_ASSERT_EQUAL(sample_entries(sample.folder), written == MFALS_OK);
        }
        REQUIRE_ALL(written == MFALS_OK);
        if (world.rank == 0)
            unlink(sample.path);
        MPI_Barrier(world.mpi);
    }
    sample_close(&sample);
}

static CU_TestInfo tests[] = {{"targets that cannot be", test_targets_that_cannot_be},
                              {"an unwritable folder", test_unwritable_folder},
                              {"through a link", test_link},
                              {"another run's partial file", test_foreign_partial},
                              {"a limit of file size", test_file_size_limit},
                              {"a full disk", test_full_disk},
                              {"failing allocations", test_failing_allocations},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "model output", tests);
}
