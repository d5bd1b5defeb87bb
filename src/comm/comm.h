/* The ranks of a run, and how their failures become one.
 *
 *     struct comm comm;
 *     TRY(comm_open(&comm, MPI_COMM_WORLD));
 *     status mine = read_my_share();                 [local] may fail on one rank alone
 *     TRY(agree(&comm, mine));                       [collective] from here on all go on, or all return
 *     comm_close(&comm);
 */
#ifndef COMM_COMM_H
#define COMM_COMM_H

#include "base/memory.h"
#include "base/status.h"

#include <mpi.h>
#include <stdbool.h>
#include <stdint.h>

struct comm {
    MPI_Comm mpi; /* owned: a duplicate of the parent; MPI_COMM_NULL: one process alone, without MPI */
    int rank, size;
};

/* [collective] Duplicates parent. On the new communicator a failed MPI call cannot be agreed upon, since the others
 * may be inside it: it prints one line and ends the job with MFALS_INTERNAL's code. Hence results of MPI calls on it
 * need no check. With MPI_COMM_NULL for a parent the process is alone: the functions of this header then need no MPI,
 * which may be down; MPI's own have no communicator to work on. */
status comm_open(struct comm *comm, MPI_Comm parent);

/* [collective] */
void comm_close(struct comm *comm);

/* [local] Whether it was opened on MPI_COMM_NULL. */
bool comm_is_alone(const struct comm *comm);

/* [local] Gives a communicator or window derived from this one the same way of failing. */
void comm_guard(MPI_Comm derived);
void comm_guard_window(MPI_Win window);

/* [collective] The lowest failing rank's status and message become every rank's; MFALS_OK if none failed. */
status agree(const struct comm *comm, status mine);

/* [collective] The same where failures have a place in the input: of the failing ranks the one with the lowest
 * position speaks, of equal ones the lowest. position is not looked at where mine is MFALS_OK. */
status agree_at(const struct comm *comm, int64_t position, status mine);

/* [collective] The rank whose position is the lowest, of equal ones the lowest; comm->size if all are INT64_MAX,
 * which is no position. */
int comm_first_at(const struct comm *comm, int64_t position);

/* [collective] allocate(pointer, count), base/memory.h, on all ranks or on none: where one rank has no memory, all free
 * theirs, set *pointer to NULL and return MFALS_NO_MEMORY. count may differ between ranks. */
#define allocate_on_all(comm, pointer, count)                                                                \
    comm_own_on_all((comm), (pointer), memory_new((count), sizeof **(pointer)))

/* [collective] Behind the macro: *pointer = block, or NULL everywhere if some rank's block is NULL. */
status comm_own_on_all(const struct comm *comm, void *pointer, void *block);

/* [collective] Sum, or maximum, over the ranks of count values each, in place. Integer sums don't depend on order;
 * comm_sum_bits is modulo 2^64. */
void comm_sum_bits(const struct comm *comm, uint64_t *values, int64_t count);
void comm_sum_int(const struct comm *comm, int64_t *values, int64_t count);
void comm_max_int(const struct comm *comm, int64_t *values, int64_t count);
void comm_max_double(const struct comm *comm, double *values, int64_t count);

/* [collective] The sum of value over the ranks before this one; 0 on rank 0. */
int64_t comm_sum_before(const struct comm *comm, int64_t value);

/* [collective] Bytes from root to all, any number of them. */
void comm_broadcast(const struct comm *comm, void *data, int64_t bytes, int root);

#endif
