#include "store/inspect.h"

#include "base/number.h"
#include "store/names.h"
#include "store/stored_rows.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum file_kind file_kind_of(const struct header *header)
{
    static const char *const formats[] = {
        [FILE_MODEL] = MODEL_FORMAT, [FILE_RATINGS] = RATINGS_FORMAT, [FILE_CHECKPOINT] = CHECKPOINT_FORMAT};
    for (int kind = FILE_MODEL; kind < FILE_OTHER; kind++)
        if (strcmp(header->format, formats[kind]) == 0)
            return (enum file_kind)kind;
    return FILE_OTHER;
}

static int64_t rows_of(const struct header *header, const char *name)
{
    const struct data_set *set = header_find(header, name);
    return set == NULL ? 0 : set->rows;
}

static void summarize(struct summary *summary)
{
    const struct header *header = &summary->header;
    const struct data_set *factors = header_find(header, factors_name[USERS]);
    summary->kind = file_kind_of(header);
    summary->users = rows_of(header, ids_name[USERS]);
    summary->items = rows_of(header, ids_name[ITEMS]);
    summary->factors = factors == NULL ? 0 : factors->columns;
    summary->ratings = rows_of(header, rating_value_name);
    summary->biases = header_find(header, bias_name[USERS]) != NULL;
}

static bool is_figure(const struct data_set *set)
{
    return strncmp(set->name, HISTORY_PREFIX, strlen(HISTORY_PREFIX)) == 0 && set->rows > 0 &&
           set->element == ELEMENT_FLOAT64 && set->dimensions == 1;
}

static status read_figures(struct summary *summary, int fd, const char *path)
{
    const struct header *header = &summary->header;
    for (int i = 0; i < header->data_set_count && summary->training_stat_count < SUMMARY_STATS; i++) {
        const struct data_set *set = &header->data_sets[i];
        if (!is_figure(set))
            continue;
        struct stat_summary *stat = &summary->stats[summary->training_stat_count++];
        snprintf(stat->name, sizeof stat->name, "%s", set->name + strlen(HISTORY_PREFIX));
        summary->iterations = number_max(summary->iterations, set->rows);
        TRY(stored_rows_read(&stat->last, sizeof stat->last, fd, path, set, set->rows - 1, 1));
    }
    return MFALS_OK;
}

static status read_history(struct summary *summary, const char *path)
{
    int fd;
    TRY(stored_rows_open(&fd, path, &summary->header));
    status done = read_figures(summary, fd, path);
    close(fd);
    return done;
}

status inspect_file(struct summary **summary, const struct comm *comm, const char *path)
{
    scoped struct header *header = NULL;
    *summary = NULL;
    TRY(header_read(&header, comm, path));
    TRY(allocate_on_all(comm, summary, 1));
    (*summary)->header = *header;
    summarize(*summary);
    status done = agree(comm, comm->rank == 0 ? read_history(*summary, path) : MFALS_OK);
    comm_broadcast(comm, *summary, sizeof **summary, 0);
    if (done == MFALS_OK)
        return MFALS_OK;
    memory_free(*summary);
    *summary = NULL;
    return done;
}
