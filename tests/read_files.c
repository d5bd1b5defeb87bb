#include "read_files.h"

#include "base/memory.h"
#include "comm/redistribute.h"
#include "compress.h"
#include "ranks.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

void files_open(void)
{
    ranks_new_folder(folder, sizeof folder);
}

static int remove_entry(const char *path, const struct stat *about, int kind, struct FTW *walk)
{
    (void)about, (void)kind, (void)walk;
    return remove(path);
}

void files_close(void)
{
    MPI_Barrier(world.mpi);
    if (world.rank == 0)
        nftw(folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

const char *files_path(const char *name)
{
    static char paths[8][160];
    static int used;
    used = (used + 1) % 8;
    snprintf(paths[used], sizeof paths[used], "%s/%s", folder, name);
    return paths[used];
}

static int write_bytes(const char *name, const char *data, int64_t length)
{
    FILE *file = fopen(files_path(name), "w");
    if (file == NULL)
        return 0;
    size_t written = fwrite(data, 1, (size_t)length, file);
    return fclose(file) == 0 && written == (size_t)length;
}

void files_write(const char *name, const char *text, int64_t length)
{
    MPI_Barrier(world.mpi);
    REQUIRE_ALL(world.rank != 0 || write_bytes(name, text, length));
}

void files_make_folder(const char *name)
{
    MPI_Barrier(world.mpi);
    REQUIRE_ALL(world.rank != 0 || mkdir(files_path(name), 0755) == 0);
}

void files_compress(const char *name, enum compression kind, int members, const char *text, int64_t length)
{
    scoped char *out = NULL;
    int64_t bytes = 0;
    REQUIRE_OK(allocate(&out, world.rank == 0 ? 2 * compress_room(length) : 0));
    for (int m = 0; m < members && world.rank == 0; m++) {
        int64_t first = length * m / members, last = length * (m + 1) / members;
        bytes += compress_text(kind, out + bytes, text + first, last - first);
    }
    files_write(name, out, bytes);
}

status files_read(struct raw_ratings *raw, struct read_options options, const char *names)
{
    char list[200], paths[8][200], *path[8], *rest = list;
    snprintf(list, sizeof list, "%s", names);
    options.path_count = 0;
    for (char *name; (name = strsep(&rest, " ")) != NULL; options.path_count++) {
        path[options.path_count] = paths[options.path_count];
        snprintf(paths[options.path_count], sizeof paths[0], "%s/%.100s", folder, name);
    }
    options.paths = path;
    return raw_ratings_read(raw, &world, &options);
}

static void record_of(struct record *record, const struct raw_ratings *raw, int64_t i)
{
    const struct raw_rating *rating = &raw->ratings[i];
    *record = (struct record){.position = rating->position, .value = rating->value};
    for (int side = USERS; side <= ITEMS; side++) {
        int64_t length;
        const char *text = dictionary_text(&raw->ids[side], rating->id[side], &length);
        snprintf(record->id[side], NAME_BYTES, "%.*s", (int)length, text);
    }
}

static int compare_records(const void *a, const void *b)
{
    int64_t first = ((const struct record *)a)->position, second = ((const struct record *)b)->position;
    return (first > second) - (first < second);
}

void files_gather(struct record **records, int64_t *count, const struct raw_ratings *raw)
{
    scoped struct record *mine = NULL;
    scoped int *owner = NULL;
    struct received got;
    REQUIRE_OK(allocate(&mine, raw->count));
    REQUIRE_OK(allocate(&owner, raw->count));
    for (int64_t i = 0; i < raw->count; i++)
        record_of(&mine[i], raw, i);
    REQUIRE_OK(redistribute(&world, &got, mine, raw->count, sizeof *mine, owner));
    *records = got.records;
    *count = got.count;
    got.records = NULL;
    received_free(&got);
    qsort(*records, (size_t)*count, sizeof **records, compare_records);
}
