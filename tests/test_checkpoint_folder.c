/* The folder of checkpoints: what counts as one, what is kept, and its lock. All local. */
#include "damage.h"
#include "ranks.h"
#include "store/checkpoint_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { PATH_SIZE = 128 };

static int write_bytes(const char *path, int64_t bytes)
{
    FILE *file = fopen(path, "w");
    if (file == NULL)
        return 0;
    for (int64_t i = 0; i < bytes; i++)
        fputc('x', file);
    return fclose(file) == 0;
}

static void touch(const char *folder, const char *name)
{
    char path[PATH_SIZE * 2];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    CU_ASSERT(write_bytes(path, 3));
}

/* A file that ends as one does that mfals has with a checksum trailer; the digest is not looked at. */
static void touch_trailed(const char *folder, const char *name)
{
    char path[PATH_SIZE * 2];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    CU_ASSERT(file != NULL &&
              fputs("xyzmfals-seal 0123456789abcdef0123456789abcdef 0000000000000000003\n", file) > 0 &&
              fclose(file) == 0);
}

/* path: PATH_SIZE bytes. */
static const char *in_folder(char *path, const char *folder, const char *name)
{
    snprintf(path, PATH_SIZE, "%.80s/%.40s", folder, name);
    return path;
}

static const char *const odd_names[] = {"checkpoint-.h5",   "checkpoint-x.h5",
                                        "checkpoint-05.h5", "checkpoint-+5.h5",
                                        "checkpoint--5.h5", "checkpoint-5",
                                        "checkpoint-5.h5x", "Checkpoint-5.h5",
                                        "xcheckpoint-5.h5", "checkpoint-5.5.h5",
                                        "checkpoint-",      "lock.h5",
                                        "checkpoint- 5.h5", "checkpoint-99999999999999999999.h5",
                                        "5.h5.partial",     "checkpoint-5x.h5.partial"};
enum { ODD_NAMES = sizeof odd_names / sizeof *odd_names };

static void remove_made_folder(const char *folder)
{
    static const char *const left[] = {"lock",
                                       "checkpoint-7.h5",
                                       "checkpoint-12.h5",
                                       "checkpoint-8.h5",
                                       "checkpoint-6.h5",
                                       "checkpoint-13.h5.partial"};
    char path[PATH_SIZE * 2];
    for (int i = 0; i < ODD_NAMES + 6; i++) {
        snprintf(path, sizeof path, "%s/%s", folder, i < ODD_NAMES ? odd_names[i] : left[i - ODD_NAMES]);
        CU_ASSERT_EQUAL(unlink(path), 0);
    }
    CU_ASSERT_EQUAL(rmdir(folder), 0);
}

static void test_folder(void)
{
    static const int expected[] = {12, 10, 9, 7, 0}, seen[] = {12, 10, 9, 8, 7, 6, 0};
    char parent[PATH_SIZE / 2], path[PATH_SIZE], name[PATH_SIZE];
    int64_t iterations[CHECKPOINTS_MAX];
    struct checkpoint_folder folder = {0};
    int count = -1;
    ranks_new_folder(parent, sizeof parent);
    snprintf(path, sizeof path, "%s/made", parent);
    REQUIRE_ALL(checkpoint_folder_open(&folder, path) == MFALS_OK);
    CU_ASSERT_EQUAL(checkpoint_folder_list(&folder, iterations, &count), MFALS_OK);
    CU_ASSERT_EQUAL(count, 0);
    for (int i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "checkpoint-%d.h5", expected[(i + 2) % 5]);
        touch_trailed(path, name);
    }
    for (int i = 0; i < ODD_NAMES; i++)
        touch(path, odd_names[i]);
    touch(path, "checkpoint-13.h5.partial");
    touch(path, "checkpoint-8.h5"); /* other programs' */
    CU_ASSERT_EQUAL(symlink("checkpoint-7.h5", in_folder(name, path, "checkpoint-6.h5")), 0);
    CU_ASSERT_EQUAL(checkpoint_folder_list(&folder, iterations, &count), MFALS_OK);
    CU_ASSERT_EQUAL(count, 7);
    for (int i = 0; i < 7 && i < count; i++)
        CU_ASSERT_EQUAL(iterations[i], seen[i]);
    checkpoint_folder_prune(&folder, 7, 12, false);
    CU_ASSERT_EQUAL(checkpoint_folder_list(&folder, iterations, &count), MFALS_OK);
    CU_ASSERT(count == 4 && iterations[0] == 12 && iterations[1] == 8 && iterations[2] == 7 &&
              iterations[3] == 6);
    checkpoint_folder_close(&folder);
    CU_ASSERT_EQUAL(checkpoint_folder_open(&folder, path), MFALS_OK);
    checkpoint_folder_close(&folder);
    checkpoint_folder_close(&folder);
    remove_made_folder(path);
    CU_ASSERT_EQUAL(rmdir(parent), 0);
}

/* More checkpoints than are looked at: the largest count. */
static void test_many(void)
{
    char path[PATH_SIZE / 2], name[PATH_SIZE];
    int64_t iterations[CHECKPOINTS_MAX];
    struct checkpoint_folder folder = {0};
    int count = 0;
    ranks_new_folder(path, sizeof path);
    REQUIRE_ALL(checkpoint_folder_open(&folder, path) == MFALS_OK);
    for (int i = 0; i < 2 * CHECKPOINTS_MAX; i++) {
        snprintf(name, sizeof name, "checkpoint-%d.h5", i * 37 % (2 * CHECKPOINTS_MAX));
        touch_trailed(path, name);
    }
    CU_ASSERT_EQUAL(checkpoint_folder_list(&folder, iterations, &count), MFALS_OK);
    CU_ASSERT_EQUAL(count, CHECKPOINTS_MAX);
    for (int i = 0; i < count; i++)
        CU_ASSERT_EQUAL(iterations[i], 2 * CHECKPOINTS_MAX - 1 - i);
    checkpoint_folder_prune(&folder, -1, -1, false);
    CU_ASSERT_EQUAL(checkpoint_folder_list(&folder, iterations, &count), MFALS_OK);
    CU_ASSERT_EQUAL(count, 0);
    checkpoint_folder_close(&folder);
    snprintf(name, sizeof name, "%s/lock", path);
    CU_ASSERT_EQUAL(unlink(name), 0);
    CU_ASSERT_EQUAL(rmdir(path), 0);
}

static void put(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    CU_ASSERT(file != NULL && fputs(text, file) >= 0 && fclose(file) == 0);
}

static void test_lock(void)
{
    char path[PATH_SIZE / 2], name[PATH_SIZE], holder[2 * PATH_SIZE], host[PATH_SIZE] = "";
    struct checkpoint_folder folder = {0}, other = {0};
    ranks_new_folder(path, sizeof path);
    gethostname(host, sizeof host - 1);
    snprintf(name, sizeof name, "%s/lock", path);
    put(name, "host other, process 1, job 0123456789012345678901234567890\n"); /* of an older version */
    setenv("SLURM_JOB_ID", "123_4", 1);
    CU_ASSERT_EQUAL(checkpoint_folder_open(&folder, path), MFALS_OK);
    unsetenv("SLURM_JOB_ID");
    snprintf(holder, sizeof holder, "host %s, process %ld, job 123_4", host, (long)getpid());
    for (int i = 0; i < 2; i++) {
        CU_ASSERT_EQUAL(checkpoint_folder_open(&other, path), MFALS_NO_OUTPUT);
        CU_ASSERT_PTR_NOT_NULL(strstr(failure_message(), holder));
        checkpoint_folder_close(&other);
    }
    checkpoint_folder_close(&folder);
    CU_ASSERT_EQUAL(checkpoint_folder_open(&other, path), MFALS_OK);
    CU_ASSERT_EQUAL(checkpoint_folder_open(&folder, path), MFALS_NO_OUTPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure_message(), ", job none"));
    checkpoint_folder_close(&folder);
    checkpoint_folder_close(&other);
    CU_ASSERT_EQUAL(unlink(name), 0);
    CU_ASSERT_EQUAL(rmdir(path), 0);
    CU_ASSERT_EQUAL(checkpoint_folder_open(&other, "/no/such/folder"), MFALS_NO_OUTPUT);
    checkpoint_folder_close(&other);
    CU_ASSERT_EQUAL(checkpoint_folder_open(&other, "/dev/null"), MFALS_NO_OUTPUT);
    checkpoint_folder_close(&other);
}

/* A file of that name that is somebody else's is not written to. */
static void test_foreign_lock(void)
{
    static const char *const texts[] = {"my notes\n", "host of honour, process it, job done\n",
                                        "host a, process 1, job 2\nand more\n"};
    char path[PATH_SIZE / 2], name[PATH_SIZE];
    struct checkpoint_folder folder = {0};
    ranks_new_folder(path, sizeof path);
    in_folder(name, path, "lock");
    for (int i = 0; i < 3; i++) {
        put(name, texts[i]);
        CU_ASSERT_EQUAL(checkpoint_folder_open(&folder, path), MFALS_NO_OUTPUT);
        CU_ASSERT_PTR_NOT_NULL(strstr(failure_message(), "no lock of mfals: move it away"));
        checkpoint_folder_close(&folder);
        CU_ASSERT_EQUAL(damage_size(name), (int64_t)strlen(texts[i]));
        CU_ASSERT_EQUAL(unlink(name), 0);
    }
    CU_ASSERT_EQUAL(symlink("elsewhere", name), 0);
    CU_ASSERT_EQUAL(checkpoint_folder_open(&folder, path), MFALS_NO_OUTPUT);
    CU_ASSERT_PTR_NOT_NULL(strstr(failure_message(), "is a link"));
    checkpoint_folder_close(&folder);
    CU_ASSERT_EQUAL(unlink(name), 0);
    CU_ASSERT_EQUAL(rmdir(path), 0);
}

static CU_TestInfo tests[] = {{"list, prune, what is half-written", test_folder},
                              {"more checkpoints than are looked at", test_many},
                              {"lock", test_lock},
                              {"a lock that is none of ours", test_foreign_lock},
                              CU_TEST_INFO_NULL};

int main(int argc, char **argv)
{
    return run_suite(&argc, &argv, "checkpoint folder", tests);
}
