#include "cli/placement.h"

#include <dirent.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the system says of a processor. */
struct cpu {
    int core;         /* the lowest processor of the same core */
    int socket, node; /* -1: not known */
};

static bool has(const struct cpu_set_of_rank *set, int cpu)
{
    return (set->word[cpu / 64] >> (cpu % 64) & 1) != 0;
}

static void add(struct cpu_set_of_rank *set, int cpu)
{
    set->word[cpu / 64] |= (uint64_t)1 << (cpu % 64);
}

static int count(const struct cpu_set_of_rank *set)
{
    int all = 0;
    for (int w = 0; w < PLACEMENT_WORDS; w++)
        all += __builtin_popcountll(set->word[w]);
    return all;
}

static bool is_within(const struct cpu_set_of_rank *one, const struct cpu_set_of_rank *other)
{
    for (int w = 0; w < PLACEMENT_WORDS; w++)
        if ((one->word[w] & ~other->word[w]) != 0)
            return false;
    return true;
}

/* The number that a file of one line begins with; `missing` where there is none. */
static int read_number(const char *system, int cpu, const char *name, int missing)
{
    char path[512];
    int number = missing;
    snprintf(path, sizeof path, "%s/cpu/cpu%d/topology/%s", system, cpu, name);
    FILE *file = fopen(path, "re");
    if (file == NULL)
        return missing;
    if (fscanf(file, "%d", &number) != 1)
        number = missing;
    fclose(file);
    return number;
}

/* The folder of a processor has one entry named after its memory node. */
static int read_node(const char *system, int cpu)
{
    char path[512];
    int node = -1;
    snprintf(path, sizeof path, "%s/cpu/cpu%d", system, cpu);
    DIR *folder = opendir(path);
    if (folder == NULL)
        return -1;
    for (struct dirent *entry = readdir(folder); entry != NULL && node < 0; entry = readdir(folder))
        if (sscanf(entry->d_name, "node%d", &node) != 1)
            node = -1;
    closedir(folder);
    return node;
}

static struct cpu look_at(const char *system, int cpu)
{
    struct cpu found = {.core = read_number(system, cpu, "thread_siblings_list", cpu),
                        .socket = read_number(system, cpu, "physical_package_id", -1),
                        .node = read_node(system, cpu)};
    if (found.core < 0 || found.core >= PLACEMENT_CPUS)
        found.core = cpu;
    return found;
}

/* How many values a set of processors has of a property, those below 0 aside. */
static int distinct(const struct cpu *cpus, const struct cpu_set_of_rank *set, bool of_nodes)
{
    struct cpu_set_of_rank seen = {0};
    for (int c = 0; c < PLACEMENT_CPUS; c++) {
        int value = of_nodes ? cpus[c].node : cpus[c].socket;
        if (has(set, c) && value >= 0 && value < PLACEMENT_CPUS)
            add(&seen, value);
    }
    return count(&seen);
}

static struct cpu_set_of_rank cores_of(const struct cpu *cpus, const struct cpu_set_of_rank *set)
{
    struct cpu_set_of_rank cores = {0};
    for (int c = 0; c < PLACEMENT_CPUS; c++)
        if (has(set, c))
            add(&cores, cpus[c].core);
    return cores;
}

/* Ranks confined to a rank's cores, when they are more than these. */
static bool is_crowded(const struct cpu_set_of_rank *cores, int ranks, int rank)
{
    int confined = 0;
    for (int r = 0; r < ranks; r++)
        confined += is_within(&cores[r], &cores[rank]);
    return confined > count(&cores[rank]);
}

static void judge(struct placement_host *host, struct cpu_set_of_rank *cores, const struct cpu *cpus,
                  const struct cpu_set_of_rank *sets, int ranks)
{
    struct cpu_set_of_rank all = {0};
    for (int r = 0; r < ranks; r++) {
        int sockets = distinct(cpus, &sets[r], false), nodes = distinct(cpus, &sets[r], true);
        int parts = sockets > nodes ? sockets : nodes;
        cores[r] = cores_of(cpus, &sets[r]);
        int mine = count(&cores[r]);
        host->fewest_cores = r == 0 || mine < host->fewest_cores ? mine : host->fewest_cores;
        host->most_cores = mine > host->most_cores ? mine : host->most_cores;
        host->wandering += parts > 1;
        host->parts = parts > host->parts ? parts : host->parts;
        for (int w = 0; w < PLACEMENT_WORDS; w++)
            all.word[w] |= cores[r].word[w];
    }
    host->cores = host->fewest_cores > 0 ? count(&all) : 0;
    for (int r = 0; r < ranks && host->cores > 0; r++)
        host->crowded += is_crowded(cores, ranks, r);
}

void placement_judge(struct placement_host *host, const struct cpu_set_of_rank *sets, int ranks,
                     const char *system)
{
    struct cpu *cpus = calloc(PLACEMENT_CPUS, sizeof *cpus);
    struct cpu_set_of_rank *cores = calloc((size_t)ranks, sizeof *cores), all = {0};
    for (int r = 0; r < ranks; r++)
        for (int w = 0; w < PLACEMENT_WORDS; w++)
            all.word[w] |= sets[r].word[w];
    for (int c = 0; c < PLACEMENT_CPUS && cpus != NULL; c++)
        if (has(&all, c))
            cpus[c] = look_at(system, c);
    if (cpus != NULL && cores != NULL)
        judge(host, cores, cpus, sets, ranks);
    free(cpus);
    free(cores);
}

/* Empty where the system has more processors than there is room for. */
static struct cpu_set_of_rank own_set(void)
{
    struct cpu_set_of_rank set = {0};
    if (sched_getaffinity(0, sizeof set, (cpu_set_t *)&set) != 0)
        memset(&set, 0, sizeof set);
    return set;
}

/* [collective, on a host] Its first rank knows. */
static void describe_host(struct placement_host *host, MPI_Comm node, int leader)
{
    int ranks, place, length;
    struct cpu_set_of_rank mine = own_set(), *sets = NULL;
    MPI_Comm_size(node, &ranks);
    MPI_Comm_rank(node, &place);
    *host = (struct placement_host){.leader = leader, .ranks = ranks};
    MPI_Get_processor_name(host->name, &length);
    if (place == 0)
        sets = calloc((size_t)ranks, sizeof *sets);
    int room = sets != NULL;
    MPI_Bcast(&room, 1, MPI_INT, 0, node);
    if (room)
        MPI_Gather(&mine, sizeof mine, MPI_BYTE, sets, sizeof mine, MPI_BYTE, 0, node);
    if (place == 0 && room)
        placement_judge(host, sets, ranks, "/sys/devices/system");
    free(sets);
}

/* [collective, among the first ranks of the hosts] */
static void gather_hosts(struct placement *placement, struct placement_host *mine, MPI_Comm firsts)
{
    int rank, hosts;
    MPI_Comm_rank(firsts, &rank);
    MPI_Comm_size(firsts, &hosts);
    if (rank == 0)
        placement->host = calloc((size_t)hosts, sizeof *placement->host);
    int room = rank > 0 || placement->host != NULL;
    MPI_Bcast(&room, 1, MPI_INT, 0, firsts);
    if (room)
        MPI_Gather(mine, sizeof *mine, MPI_BYTE, placement->host, sizeof *mine, MPI_BYTE, 0, firsts);
    placement->hosts = rank == 0 && room ? hosts : 0;
}

/* [collective] On rank 0 the leader of each rank's host becomes the place of that host. */
static void map_ranks(struct placement *placement, int leader, int rank, MPI_Comm comm)
{
    MPI_Comm_size(comm, &placement->ranks);
    if (rank == 0)
        placement->host_of = calloc((size_t)placement->ranks, sizeof *placement->host_of);
    int room = rank > 0 || placement->host_of != NULL;
    MPI_Bcast(&room, 1, MPI_INT, 0, comm);
    if (room)
        MPI_Gather(&leader, 1, MPI_INT, placement->host_of, 1, MPI_INT, 0, comm);
    if (!room)
        placement->hosts = 0;
    for (int r = 0; rank == 0 && room && r < placement->ranks; r++) {
        int low = 0, high = placement->hosts;
        while (high - low > 1) {
            int middle = (low + high) / 2;
            if (placement->host[middle].leader <= placement->host_of[r])
                low = middle;
            else
                high = middle;
        }
        placement->host_of[r] = low;
    }
}

void placement_find(struct placement *placement, MPI_Comm comm)
{
    MPI_Comm node, firsts;
    struct placement_host mine;
    int rank, place;
    *placement = (struct placement){0};
    MPI_Comm_rank(comm, &rank);
    MPI_Comm_split_type(comm, MPI_COMM_TYPE_SHARED, rank, MPI_INFO_NULL, &node);
    MPI_Comm_rank(node, &place);
    int leader = rank;
    MPI_Bcast(&leader, 1, MPI_INT, 0, node);
    describe_host(&mine, node, leader);
    MPI_Comm_free(&node);
    MPI_Comm_split(comm, place == 0 ? 0 : MPI_UNDEFINED, rank, &firsts);
    if (firsts != MPI_COMM_NULL) {
        gather_hosts(placement, &mine, firsts);
        MPI_Comm_free(&firsts);
    }
    map_ranks(placement, leader, rank, comm);
}

int placement_ranks_text(char *text, int size, const struct placement *placement, int host)
{
    int length = 0;
    if (size > 0)
        text[0] = '\0';
    for (int r = 0, end; r < placement->ranks; r = end) {
        for (end = r; end < placement->ranks && placement->host_of[end] == host;)
            end++;
        if (end == r) {
            end++;
            continue;
        }
        char *to = length < size ? text + length : NULL;
        size_t room = length < size ? (size_t)(size - length) : 0;
        const char *comma = length > 0 ? "," : "";
        length += end == r + 1 ? snprintf(to, room, "%s%d", comma, r)
                               : snprintf(to, room, "%s%d-%d", comma, r, end - 1);
    }
    return length;
}

void placement_free(struct placement *placement)
{
    free(placement->host);
    free(placement->host_of);
    *placement = (struct placement){0};
}
