/* Where the time and the memory of a run went. */
#ifndef CLI_TIME_TABLE_H
#define CLI_TIME_TABLE_H

#include "comm/report.h"

#include <jansson.h>

/* What training did, in sums over its iterations. */
struct totals {
    int64_t iterations;
    int64_t ratings;       /* of one iteration */
    int64_t resolved_rows; /* solved again in double */
    double flops;          /* of the row solves, all ranks */
    double train_s;        /* wall clock */
};

struct time_table {
    struct phase_summary phases[PHASES];
    struct imbalance imbalance;
    double wall_s;             /* of the run so far */
    struct node_memory *nodes; /* owned; rank 0's */
    int node_count;
};

/* [collective] begun: phase_clock at the start of the run. While the shared windows are open: see
 * comm/report.h. */
status time_table_gather(struct time_table *table, const struct comm *comm, const struct phases *phases,
                         double begun);

/* [local] Phases as mean and maximum over the ranks, with the rank that held it, and the mean's share of all.
 */
void time_table_print(const struct time_table *table, const struct totals *totals);

/* [local] The fields of the event "summary"; NULL when there is no memory. */
json_t *time_table_json(const struct time_table *table, const struct totals *totals);

/* [local] */
void time_table_free(struct time_table *table);

#endif
