#include "read/parquet_input.h"

#include "base/advance.h"
#include "base/memory.h"
#include "base/number.h"
#include "read/parquet_rows.h"
#include "read/parquet_wanted.h"

#include <stdlib.h>

/* Of integer ids so many are looked up by themselves, 4 bytes each. */
enum { INTEGERS_MAX = 1 << 24 };

struct group {
    int64_t file, number; /* of the file, of the group in it */
    int64_t rows, bytes;  /* bytes: of the wanted columns */
};

/* What reading needs beside its result. */
struct reading {
    const struct comm *comm; /* not owned, nor the next ones */
    const struct inputs *inputs;
    struct parser *parser;
    struct parquet_file first;     /* the file whose names count */
    struct parquet_wanted columns; /* of it */
    int64_t first_number;
    int64_t *groups_in;   /* owned: [files] row groups */
    struct group *groups; /* owned: those of all files, in order */
    int64_t group_count;
    int *owner; /* owned: the rank of each */
};

status parquet_input_check(bool *is_parquet, const struct inputs *inputs)
{
    const char *with = NULL, *without = NULL;
    for (int64_t file = 0; file < inputs->count; file++) {
        const struct input *input = &inputs->files[file];
        const char **path = input->is_parquet ? &with : &without;
        if (*path == NULL && (input->is_parquet || input->size > 0))
            *path = inputs_path(inputs, file);
    }
    *is_parquet = with != NULL;
    if (with != NULL && without != NULL)
        return fail(MFALS_BAD_DATA,
                    "'%.400s' is a Parquet file and '%.400s' is none: they cannot be one input", with,
                    without);
    return MFALS_OK;
}

static bool is_empty(const struct reading *reading, int64_t file)
{
    return !reading->inputs->files[file].is_parquet;
}

/* Opens a file and finds the columns in it. */
static status open_file(const struct reading *reading, struct parquet_file *file,
                        struct parquet_wanted *columns, int64_t number)
{
    TRY(parquet_open(file, inputs_path(reading->inputs, number)));
    return parquet_wanted_find(columns, file, &reading->first, &reading->columns);
}

static int64_t group_bytes(const struct parquet_file *file, const struct parquet_wanted *columns,
                           int64_t group)
{
    int64_t bytes = 0;
    for (int role = 0; role < COLUMN_ROLES; role++) {
        if (columns->column[role] == NULL)
            continue;
        const struct parquet_chunk *chunk = parquet_chunk(file, group, columns->column[role]);
        bytes += chunk->refused == NULL ? chunk->end - chunk->begin : 0;
    }
    return bytes;
}

/* This rank's share of the footers: the groups of those files, in order. */
struct footers {
    struct group *groups; /* owned */
    int64_t count, capacity;
    int64_t file; /* being read */
};

static status read_footer(struct reading *reading, struct footers *mine, struct parquet_file *file)
{
    struct parquet_wanted columns;
    TRY(open_file(reading, file, &columns, mine->file));
    TRY(memory_grow(&mine->groups, &mine->capacity, mine->count + file->group_count, sizeof *mine->groups));
    for (int64_t g = 0; g < file->group_count; g++)
        mine->groups[mine->count++] = (struct group){.file = mine->file,
                                                     .number = g,
                                                     .rows = file->groups[g].rows,
                                                     .bytes = group_bytes(file, &columns, g)};
    reading->groups_in[mine->file] = file->group_count;
    return MFALS_OK;
}

static status read_footers(struct reading *reading, struct footers *mine)
{
    const struct comm *comm = reading->comm;
    for (mine->file = comm->rank; mine->file < reading->inputs->count; mine->file += comm->size) {
        struct parquet_file file = {.descriptor = -1};
        status got = is_empty(reading, mine->file) ? MFALS_OK : read_footer(reading, mine, &file);
        parquet_close(&file);
        TRY(got);
    }
    return MFALS_OK;
}

/* [collective] All ranks learn of all groups: each tells of those whose footers it has read. */
static status share_groups(struct reading *reading, const struct footers *mine)
{
    enum { WORDS = sizeof(struct group) / sizeof(int64_t) };
    const struct comm *comm = reading->comm;
    int64_t files = reading->inputs->count, next = 0;
    comm_sum_int(comm, reading->groups_in, files);
    for (int64_t file = 0; file < files; file++)
        reading->group_count += reading->groups_in[file];
    TRY(allocate_on_all(comm, &reading->groups, reading->group_count + 1));
    TRY(allocate_on_all(comm, &reading->owner, reading->group_count + 1));
    for (int64_t file = 0, place = 0; file < files; place += reading->groups_in[file++])
        for (int64_t g = 0; file % comm->size == comm->rank && g < reading->groups_in[file]; g++)
            reading->groups[place + g] = mine->groups[next++];
    comm_sum_int(comm, (int64_t *)(void *)reading->groups, WORDS * reading->group_count);
    return MFALS_OK;
}

static int compare_sizes(const void *a, const void *b, void *groups)
{
    int64_t i = *(const int64_t *)a, j = *(const int64_t *)b;
    int64_t left = ((struct group *)groups)[i].bytes, right = ((struct group *)groups)[j].bytes;
    return left != right ? (left < right) - (left > right) : (i > j) - (i < j);
}

/* The largest first, each to the rank that has the least. */
static status deal(struct reading *reading)
{
    scoped int64_t *order = NULL, *load = NULL;
    int size = reading->comm->size;
    TRY(allocate(&order, reading->group_count + 1));
    TRY(allocate(&load, size));
    for (int64_t i = 0; i < reading->group_count; i++)
        order[i] = i;
    qsort_r(order, (size_t)reading->group_count, sizeof *order, compare_sizes, reading->groups);
    for (int64_t i = 0; i < reading->group_count; i++) {
        int least = 0;
        for (int rank = 1; rank < size; rank++)
            least = load[rank] < load[least] ? rank : least;
        load[least] += reading->groups[order[i]].bytes;
        reading->owner[order[i]] = least;
    }
    return MFALS_OK;
}

/* Room for the ratings at once: touching fresh memory costs as much as reading. Rows are believed as far as they have
 * bytes to come from. */
static void size_up(struct reading *reading, struct parquet_rows *rows)
{
    struct raw_ratings *raw = reading->parser->raw;
    int64_t mine = 0, all = 0, count = 0;
    for (int64_t i = 0; i < reading->group_count; i++) {
        const struct group *group = &reading->groups[i];
        all += group->bytes;
        if (reading->owner[i] != reading->comm->rank)
            continue;
        mine += group->bytes;
        count += number_min(group->rows, 4 * group->bytes);
    }
    for (int64_t file = 0; file < reading->inputs->count; file++)
        raw->file_bytes += reading->inputs->files[file].size;
    raw->files = reading->inputs->count;
    raw->bytes = mine;
    (void)memory_grow(&raw->ratings, &raw->capacity, count, sizeof *raw->ratings);
    rows->integers_max = number_min(count, INTEGERS_MAX);
    advance_begin("reading", "bytes", mine, all);
}

/* Reads this rank's groups, up to the first fault. */
static status read_groups(struct reading *reading, struct parquet_rows *rows)
{
    struct parquet_file file = {.descriptor = -1};
    struct parquet_wanted columns = {{NULL}};
    int64_t opened = -1; /* none */
    status got = MFALS_OK;
    for (int64_t i = 0; i < reading->group_count && got == MFALS_OK; i++) {
        const struct group *group = &reading->groups[i];
        if (reading->owner[i] != reading->comm->rank)
            continue;
        if (opened != group->file) {
            parquet_close(&file);
            got = open_file(reading, &file, &columns, group->file);
            opened = group->file;
        }
        if (got == MFALS_OK && group->number >= file.group_count)
            got = fail(MFALS_IO, "cannot read '%s': it was changed while it was read", file.path);
        if (got == MFALS_OK)
            got = parquet_rows_read(rows, &file, group->file, group->number, &columns);
        if (reading->parser->fault.code != MFALS_OK)
            break;
    }
    parquet_close(&file);
    if (got != MFALS_BAD_DATA && got != MFALS_IO && got != MFALS_NO_INPUT)
        return got;
    fault_note(&reading->parser->fault, got, number_max(opened, 0) << POSITION_FILE_SHIFT, -1, 0,
               failure_message());
    return MFALS_OK;
}

/* [collective] */
static status read_all(struct reading *reading, struct footers *mine, struct parquet_rows *rows,
                       const struct read_options *options, struct format *format)
{
    const struct comm *comm = reading->comm;
    while (is_empty(reading, reading->first_number))
        reading->first_number++;
    status opened = parquet_open(&reading->first, inputs_path(reading->inputs, reading->first_number));
    if (opened == MFALS_OK)
        opened = parquet_wanted_choose(&reading->columns, &reading->first, options);
    TRY(agree(comm, opened));
    TRY(allocate_on_all(comm, &reading->groups_in, reading->inputs->count));
    status mine_read = read_footers(reading, mine);
    TRY(agree_at(comm, mine->file, mine_read));
    TRY(share_groups(reading, mine));
    TRY(agree(comm, deal(reading)));
    size_up(reading, rows);
    reading->parser->raw->timed = reading->columns.column[COLUMN_TIME] != NULL;
    reading->parser->raw->weighed = reading->columns.column[COLUMN_WEIGHT] != NULL;
    format->line.integers = options->ids == IDS_INTEGER;
    format->file = reading->first_number;
    parquet_wanted_describe(format, &reading->first, &reading->columns);
    status got = read_groups(reading, rows);
    advance_end();
    return agree(comm, got);
}

status parquet_input_read(struct parser *parser, const struct comm *comm, const struct inputs *inputs,
                          const struct read_options *options, struct format *format)
{
    struct reading reading = {.comm = comm, .inputs = inputs, .parser = parser, .first = {.descriptor = -1}};
    struct footers mine = {0};
    scoped struct parquet_rows *rows = NULL;
    TRY(allocate_on_all(comm, &rows, 1));
    rows->parser = parser;
    status got = read_all(&reading, &mine, rows, options, format);
    parquet_rows_free(rows);
    parquet_close(&reading.first);
    memory_free(reading.groups_in);
    memory_free(reading.groups);
    memory_free(reading.owner);
    memory_free(mine.groups);
    return got;
}
