/* What a run will take, predicted from its sizes: the memory of a node, the seconds of an iteration, the traffic.
 *
 *     struct plan_task task = {.algorithm = ..., .rows = {m, n}, .ratings = N, .factors = k, .nodes = 4, ...};
 *     plan_log_normal(&task.lengths[USERS], m, N, 1.0);
 *     plan_memory(&memory, &task);                    bytes of a node
 *     plan_speed_of_gflops(&speed, &task, 20);        or as measured: solve/calibrate.h
 *     plan_time(&time, &task, &speed);
 *
 * All local; nothing is allocated. A node holds one copy of the factors (--replica node) and has its even share of
 * ratings, rows and work. "a rank" below has 1 / (nodes ranks_per_node) of them.
 */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include "ratings/ratings.h"
#include "solve/options.h"

enum { PLAN_CLASSES = 1024, PLAN_POINTS = 8 };

/* How long rows are: classes of like length. */
struct row_lengths {
    int count;
    double rows[PLAN_CLASSES], ratings[PLAN_CLASSES]; /* of a class, in all */
};

struct plan_task {
    enum algorithm algorithm;
    int64_t rows[2], ratings;
    int factors, sgd_blocks;
    bool nonnegative;
    bool timed, weighed; /* ratings are read with times; they have weights of their own */
    bool rescaled;       /* implicit models: what a rating weighs is not the rating itself */
    bool uneven[2];      /* rows weigh otherwise in their unobserved cells: solve/row_weights.h */
    int64_t nodes, ranks_per_node;
    double link_bytes_per_s; /* into a node */
    int64_t program_bytes;   /* of a rank before it has read anything: its own pages */
    int64_t file_bytes;      /* of the program and its libraries, once a node */
    struct row_lengths lengths[2];
};

/* Bytes of a node, but for the files. */
struct plan_memory {
    double program, ratings, ids, factors, scratch; /* held while training; scratch with the write buffers */
    double training;                                /* these together */
    double
        reading; /* at the end of reading: ratings as read, dictionaries of ids, and mapping the larger one */
    double redistributing; /* the most while ratings are redistributed and put in rows */
    double peak;
    double model, checkpoint; /* files, in all */
};

/* Seconds of one rank's work. A row of a side with length[i] ratings takes seconds[side][i], ascending; between them as
 * a power, from the last on in proportion. */
struct plan_speed {
    int points;
    double length[PLAN_POINTS], seconds[2][PLAN_POINTS];
    double gram_tile, rotate_tile; /* of 64 rows */
    double eigen;                  /* of the k x k matrix */
    double score, descend;         /* a rating */
};

/* Seconds of an iteration. */
struct plan_time {
    double solve[2], axes, eigen, exchange, stats, total;
    double flops;    /* of the row solves */
    double in_bytes; /* into a node */
};

/* Rows of log-normal lengths: exp of a normal number of standard deviation sigma, with mean ratings / rows. */
void plan_log_normal(struct row_lengths *lengths, int64_t rows, int64_t ratings, double sigma);

/* The class of a row of n >= 1 ratings among PLAN_CLASSES: 32 to a doubling. To count the rows of given ratings. */
int plan_class(int64_t n);

void plan_memory(struct plan_memory *memory, const struct plan_task *task);

/* All arithmetic at this rate; the eigendecomposition, 9 k^3, and products of rows scattered in memory at a quarter of
 * it; rows of non-negative factors at a tenth of it. */
void plan_speed_of_gflops(struct plan_speed *speed, const struct plan_task *task, double gflops);

void plan_time(struct plan_time *time, const struct plan_task *task, const struct plan_speed *speed);

/* The fewest nodes on which a node's peak is at most bytes; 0 if no number of them is enough. */
int64_t plan_nodes(const struct plan_task *task, double bytes);

#endif
