/* Full matrices held once per replica group, in shared memory; comm/exchange.h fills them.
 *
 *     struct replica *replica;
 *     struct shared_rows x;
 *     TRY(replica_open(&replica, &comm, REPLICA_NODE));                a group per node
 *     TRY(shared_rows_open(&x, replica, rows, row_floats));            [rows x row_floats], zeroed
 *     ... each rank writes the rows it owns, x.data + row * x.row_floats ...
 *     replica_barrier(replica, &x);                                    the ranks of its group see them
 *
 * The ranks of equal place in their groups form a cross-group communicator, over which rows go from group to group.
 * Groups of unequal size share the cross-group communicators of the smallest: number l takes the rows of places l, l
 * + their number, ...: one of each group a turn.
 */
#ifndef COMM_REPLICA_H
#define COMM_REPLICA_H

#include "comm/comm.h"

#include <stdbool.h>

struct replica; /* the groups and cross-group communicators of a communicator */

/* Ranks per group; any other positive number is a number of ranks, at most those of a node. */
enum { REPLICA_NODE = 0, REPLICA_RANK = 1 };

struct shared_rows {
    float *data;        /* 64-byte aligned; rows and, zero, the rest of the last tile */
    int64_t rows;       /* of the whole matrix */
    int64_t row_floats; /* any; a tile of 64 rows is always aligned */
    MPI_Win window;     /* owned; MPI_WIN_NULL where a group is one rank and data is plain memory */
    void *block;        /* owned: that plain memory */
};

/* [collective] Cuts comm's nodes into groups of ranks_per_group consecutive ranks; the same on all ranks. Where MPI
 * makes no shared windows, groups are single ranks, and a warning says so. *replica is NULL on failure. comm must
 * outlive it. */
status replica_open(struct replica **replica, const struct comm *comm, int ranks_per_group);

/* [collective] Accepts and leaves NULL. */
void replica_free(struct replica **replica);

/* [local] Not owned. */
const struct comm *replica_comm(const struct replica *replica);

/* [local] How many there are, and the one of a rank. */
int replica_groups(const struct replica *replica);
int replica_group_of(const struct replica *replica, int rank);

/* [local] The rank of a group that answers for the rows of rank `owner` of another one: of its place there, or where
 * the group has fewer ranks, of its place modulo their number. All ranks of a group have their share. */
int replica_leader(const struct replica *replica, int owner, int group);

/* [local] This rank's cross-group communicator, in which the rank of group g has number g; MPI_COMM_NULL where it is
 * in none. Not owned. */
MPI_Comm replica_cross_comm(const struct replica *replica);

/* [local] How many turns a cross-group communicator takes, the same everywhere, and the rank whose rows this rank's
 * cross-group communicator takes from a group in a turn: in turn 0 the cross-group communicator's own member there;
 * -1 for none. */
int replica_turns(const struct replica *replica);
int replica_in_turn(const struct replica *replica, int group, int turn);

/* [local] Whether this rank and that one are of one group. */
bool replica_same_group(const struct replica *replica, int rank);

/* [collective] Whether each group's share of its node's shared memory has room for so many bytes, and for what MPI
 * takes besides: MFALS_NO_MEMORY, saying how much there is, where, and the remedy, if not. A window that does not fit
 * is SIGBUS at first touch, so all windows of a run are asked for together, before the first is made. */
status replica_reserve(const struct replica *replica, int64_t bytes_per_group);

/* [collective] A zeroed matrix in each group. Its bytes are rows, rounded up to tiles, times row_floats times 4. */
status shared_rows_open(struct shared_rows *matrix, const struct replica *replica, int64_t rows,
                        int64_t row_floats);

/* [local] How many bytes that is. */
int64_t shared_rows_bytes(int64_t rows, int64_t row_floats);

/* [collective] Accepts a zeroed struct. */
void shared_rows_close(struct shared_rows *matrix);

/* [collective, within a group] bits[words] <- the union of the group's. */
void replica_allreduce_or(const struct replica *replica, uint64_t *bits, int64_t words);

/* [local, pairwise] Sends block `gone` of rows to rank `to` and receives block `come` from rank `from`, whose calls
 * must fit: block b has rows blocks[b] .. blocks[b + 1] - 1, cut as a partition is. Between ranks of one group nothing
 * is sent: replica_barrier is then what makes the rows seen. */
void replica_pass_rows(const struct replica *replica, struct shared_rows *matrix, const int64_t *blocks,
                       int gone, int to, int come, int from);

/* [collective, within a group] Nobody passes before all have come, and all writes before it are seen after it. */
void replica_barrier(const struct replica *replica, struct shared_rows *matrix);

/* [local] The most tiles of a matrix that go in one message, at least one. */
int64_t replica_message_tiles(const struct shared_rows *matrix);

/* [local] For tests: the most bytes of a message; 0 restores the default. */
void replica_set_message_bytes(int64_t bytes);

#endif
