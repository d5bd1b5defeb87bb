#include "cli/start.h"

#include <limits.h>
#include <mfals/version.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SETTINGS_MAX = 4 };

void start_again(char **argv)
{
    const char *names[SETTINGS_MAX], *values[SETTINGS_MAX];
    char program[PATH_MAX];
    int count = 0;
    while (count < SETTINGS_MAX && mfals_blas_setting(&names[count], &values[count], count))
        count++;
    if (count == 0)
        return;
    for (int i = 0; i < count; i++)
        if (setenv(names[i], values[i], 1) != 0)
            return;
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length > 0) {
        program[length] = '\0';
        execv(program, argv); /* by its name, which is what ps shows */
    }
    for (int i = 0; i < count; i++)
        unsetenv(names[i]);
}

bool start_has_room(void)
{
    const size_t room_bytes = (size_t)START_ROOM_MIB << 20;
    void *room = mmap(NULL, room_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return false;
    munmap(room, room_bytes);
    return true;
}
