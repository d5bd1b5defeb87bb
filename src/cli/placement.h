/* Where the ranks are: on which hosts, and on which cores of them.
 *
 *     struct placement placement;
 *     placement_find(&placement, comm);
 *     for (int h = 0; h < placement.hosts; h++)            on rank 0
 *         printf("%s: %d ranks\n", placement.host[h].name, placement.host[h].ranks);
 *     placement_free(&placement);
 */
#ifndef CLI_PLACEMENT_H
#define CLI_PLACEMENT_H

#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>

enum { PLACEMENT_CPUS = 4096, PLACEMENT_WORDS = PLACEMENT_CPUS / 64 };

/* The processors that a rank may run on, as the system counts them. */
struct cpu_set_of_rank {
    uint64_t word[PLACEMENT_WORDS];
};

struct placement_host {
    char name[MPI_MAX_PROCESSOR_NAME];
    int leader;                   /* its lowest rank */
    int ranks;                    /* on it */
    int cores;                    /* that these may run on, all of them; 0: not known */
    int fewest_cores, most_cores; /* of a rank; threads of a core count once */
    int crowded;                  /* ranks that must share a core with another */
    int wandering;                /* ranks that may run on several sockets or memory nodes */
    int parts;                    /* so many at most */
};

struct placement {
    int hosts;                   /* on rank 0; other ranks have none */
    struct placement_host *host; /* owned: [hosts] by their lowest rank */
    int ranks;
    int *host_of; /* owned: [ranks] */
};

/* [collective] *placement is set in any case; without memory it has no hosts. */
void placement_find(struct placement *placement, MPI_Comm comm);

/* [local] "0-3,8" of a host. Returns its length, as snprintf. */
int placement_ranks_text(char *text, int size, const struct placement *placement, int host);

/* [local] */
void placement_free(struct placement *placement);

/* [local] For tests: counts what the sets of a host's ranks mean. system: the folder /sys/devices/system, or one like
 * it. */
void placement_judge(struct placement_host *host, const struct cpu_set_of_rank *sets, int ranks,
                     const char *system);

#endif
