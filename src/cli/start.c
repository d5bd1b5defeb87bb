#include "cli/start.h"

#include <limits.h>
#include <mfals/version.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

enum { SETTINGS_MAX = 4 };

/* The program anew, by its name, which is what ps shows; returns where that fails. */
static void execute(char **argv)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length > 0) {
        program[length] = '\0';
        execv(program, argv);
    }
}

static bool has_room(int mebibytes)
{
    const size_t bytes = (size_t)mebibytes << 20;
    void *room = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return false;
    munmap(room, bytes);
    return true;
}

#ifdef MFALS_OPENBLAS
static bool is_limited(int resource)
{
    struct rlimit limit;
    return getrlimit(resource, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
}

bool start_before_libraries(char **argv)
{
    const char *name = "OPENBLAS_NUM_THREADS", *threads = getenv(name);
    if (!is_limited(RLIMIT_AS) && !is_limited(RLIMIT_DATA))
        return true;
    if ((threads == NULL || strcmp(threads, "1") != 0) && setenv(name, "1", 1) == 0)
        execute(argv);
    return has_room(START_BLAS_MIB);
}
#else
bool start_before_libraries(char **argv)
{
    (void)argv;
    return true;
}
#endif

void start_again(char **argv)
{
    const char *names[SETTINGS_MAX], *values[SETTINGS_MAX];
    int count = 0;
    while (count < SETTINGS_MAX && mfals_blas_setting(&names[count], &values[count], count))
        count++;
    if (count == 0)
        return;
    for (int i = 0; i < count; i++)
        if (setenv(names[i], values[i], 1) != 0)
            return;
    execute(argv);
    for (int i = 0; i < count; i++)
        unsetenv(names[i]);
}

bool start_has_room(void)
{
    return has_room(START_ROOM_MIB);
}
