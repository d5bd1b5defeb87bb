#include "comm/report.h"

#include "base/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

void report_phases(const struct comm *comm, struct phase_summary *summary, const struct phases *phases)
{
    struct {
        double seconds;
        int rank;
    } longest[PHASES]; /* MPI_DOUBLE_INT */
    double sums[PHASES];
    int64_t calls[PHASES];
    for (int p = 0; p < PHASES; p++) {
        sums[p] = longest[p].seconds = phases->seconds[p];
        longest[p].rank = comm->rank;
        calls[p] = phases->calls[p];
    }
    MPI_Allreduce(MPI_IN_PLACE, sums, PHASES, MPI_DOUBLE, MPI_SUM, comm->mpi);
    MPI_Allreduce(MPI_IN_PLACE, longest, PHASES, MPI_DOUBLE_INT, MPI_MAXLOC, comm->mpi);
    comm_max_int(comm, calls, PHASES);
    for (int p = 0; p < PHASES; p++)
        summary[p] = (struct phase_summary){.calls = calls[p],
                                            .mean_s = sums[p] / comm->size,
                                            .max_s = longest[p].seconds,
                                            .max_rank = longest[p].rank};
}

static double ratio(double most, double sum, int ranks)
{
    return sum > 0 ? most * ranks / sum : 0;
}

void report_imbalance(const struct comm *comm, struct imbalance *imbalance, const struct phases *phases)
{
    double most[2] = {phases->solve_s[0], phases->solve_s[1]}, sums[2] = {most[0], most[1]};
    comm_max_double(comm, most, 2);
    MPI_Allreduce(MPI_IN_PLACE, sums, 2, MPI_DOUBLE, MPI_SUM, comm->mpi);
    for (int side = 0; side < 2; side++) {
        imbalance->sides[side] = ratio(most[side], sums[side], comm->size);
        imbalance->seconds[side] = sums[side];
    }
    imbalance->all = ratio(most[0] + most[1], sums[0] + sums[1], comm->size);
}

/* Bytes of the line "name:  N kB" of a file under /proc; -1 if it isn't there. */
static int64_t read_kilobytes(const char *path, const char *name)
{
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return -1;
    char line[256];
    int64_t kilobytes = -1;
    size_t length = strlen(name);
    while (kilobytes < 0 && fgets(line, sizeof line, file) != NULL)
        if (strncmp(line, name, length) == 0 && line[length] == ':' &&
            sscanf(line + length + 1, "%" SCNd64, &kilobytes) != 1)
            break;
    fclose(file);
    return kilobytes < 0 ? -1 : 1024 * kilobytes;
}

int64_t report_own_memory(void)
{
    int64_t peak = read_kilobytes("/proc/self/status", "VmHWM");
    int64_t resident = read_kilobytes("/proc/self/smaps_rollup", "Rss");
    int64_t divided = read_kilobytes("/proc/self/smaps_rollup", "Pss");
    if (peak < 0)
        return 0;
    if (resident < 0 || divided < 0)
        return peak;
    return (peak > resident ? peak : resident) - resident + divided;
}

int64_t report_program_memory(int64_t *files)
{
    int64_t own = report_own_memory(), divided = read_kilobytes("/proc/self/smaps_rollup", "Pss_File");
    *files = divided < 0 || divided > own ? 0 : divided;
    return own - *files;
}

/* [collective, among the first ranks of the nodes] */
static status gather_nodes(const struct comm *comm, MPI_Comm firsts, struct node_memory *mine,
                           struct node_memory **nodes, int *count)
{
    MPI_Comm_size(firsts, count);
    status allocated = comm->rank == 0 ? allocate(nodes, *count) : MFALS_OK;
    int failed = allocated != MFALS_OK;
    MPI_Bcast(&failed, 1, MPI_INT, 0, firsts);
    if (!failed)
        MPI_Gather(mine, sizeof *mine, MPI_BYTE, *nodes, sizeof *mine, MPI_BYTE, 0, firsts);
    if (failed || comm->rank != 0)
        *count = 0;
    return allocated;
}

status report_memory(const struct comm *comm, struct node_memory **nodes, int *count)
{
    MPI_Comm node, firsts;
    int place, size, length;
    struct node_memory mine;
    *nodes = NULL;
    *count = 0;
    MPI_Comm_split_type(comm->mpi, MPI_COMM_TYPE_SHARED, comm->rank, MPI_INFO_NULL, &node);
    comm_guard(node);
    MPI_Comm_rank(node, &place);
    MPI_Comm_size(node, &size);
    MPI_Barrier(node); /* all have touched what they will: the shares are final */
    mine = (struct node_memory){.ranks = size, .bytes = report_own_memory()};
    MPI_Get_processor_name(mine.name, &length);
    MPI_Allreduce(MPI_IN_PLACE, &mine.bytes, 1, MPI_INT64_T, MPI_SUM, node);

    status gathered = MFALS_OK;
    MPI_Comm_split(comm->mpi, place == 0 ? 0 : MPI_UNDEFINED, comm->rank, &firsts);
    if (firsts != MPI_COMM_NULL) {
        comm_guard(firsts);
        gathered = gather_nodes(comm, firsts, &mine, nodes, count);
        MPI_Comm_free(&firsts);
    }
    MPI_Comm_free(&node);
    return agree(comm, gathered);
}
