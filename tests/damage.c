#include "damage.h"

#include "ranks.h"
#include "store/header.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static int flip(const char *path, int64_t offset, unsigned char mask)
{
    unsigned char byte;
    int fd = open(path, O_RDWR);
    int done = pread(fd, &byte, 1, offset) == 1;
    byte ^= mask;
    done = done && pwrite(fd, &byte, 1, offset) == 1;
    return close(fd) == 0 && done;
}

void damage_flip(const char *path, int64_t offset, unsigned char mask)
{
    REQUIRE_ALL(world.rank != 0 || flip(path, offset, mask));
}

void damage_cut(const char *path, int64_t bytes)
{
    REQUIRE_ALL(world.rank != 0 || truncate(path, bytes) == 0);
}

int64_t damage_size(const char *path)
{
    struct stat file;
    return stat(path, &file) == 0 ? file.st_size : -1;
}

int64_t damage_find(const char *path, const char *data_set)
{
    scoped struct header *header = NULL;
    REQUIRE_OK(header_read(&header, &world, path));
    const struct data_set *set = header_find(header, data_set);
    REQUIRE_ALL(set != NULL);
    return set->offset;
}

int damage_same(status got)
{
    int64_t range[2] = {(int64_t)got, -(int64_t)got};
    comm_max_int(&world, range, 2);
    return range[0] == -range[1];
}
