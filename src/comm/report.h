/* What the ranks spent, brought together: time by phase, memory by node.
 *
 *     struct phase_summary table[PHASES];
 *     struct node_memory *nodes;
 *     int node_count;
 *     report_phases(&comm, table, &phases);
 *     TRY(report_memory(&comm, &nodes, &node_count));
 *     memory_free(nodes);
 */
#ifndef COMM_REPORT_H
#define COMM_REPORT_H

#include "base/phase.h"
#include "comm/comm.h"

struct phase_summary {
    int64_t calls;        /* of the rank with the most */
    double mean_s, max_s; /* over the ranks */
    int max_rank;         /* the lowest rank that spent max_s */
};

/* The slowest rank's part of the row solves over the mean of all, in processor time; 0 where nothing was solved. As the
 * ranks wait for each other after each side, that of all is the two sides' maxima over their means. */
struct imbalance {
    double sides[2]; /* users, items */
    double all;
    double seconds[2]; /* of processor time, all ranks */
};

struct node_memory {
    char name[MPI_MAX_PROCESSOR_NAME];
    int64_t ranks, bytes;
};

/* [collective] summary, PHASES entries, is set on every rank. */
void report_phases(const struct comm *comm, struct phase_summary *summary, const struct phases *phases);

/* [collective] Alike. */
void report_imbalance(const struct comm *comm, struct imbalance *imbalance, const struct phases *phases);

/* [local] This process's memory high-water mark in bytes: the peak of its resident pages, in which pages
 * shared with other processes count as they are divided now, an equal part to each. Hence the sum over a
 * node's ranks is the node's, with each shared window counted once if the windows are still open. Where Linux
 * has no smaps_rollup shared pages count in full; 0 without /proc. */
int64_t report_own_memory(void);

/* [local] Of that, in bytes, the pages that are each process's own, and *files those of the program's and its
 * libraries' files, which the processes of a node share; 0 where Linux does not tell them apart. */
int64_t report_program_memory(int64_t *files);

/* [collective] The sum of report_own_memory over the ranks of each node. *nodes, *count entries in the order
 * of the nodes' first ranks, is rank 0's and to be freed; NULL and 0 elsewhere. */
status report_memory(const struct comm *comm, struct node_memory **nodes, int *count);

#endif
