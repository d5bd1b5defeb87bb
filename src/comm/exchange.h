/* Rows on their way to the other replica groups while more are being computed.
 *
 *     struct exchange *exchange;
 *     TRY(exchange_open(&exchange, replica, &x, offsets, overlapped, needed));   once for a matrix and a partition
 *     exchange_begin(exchange);
 *     ... each rank writes rows that it owns, the first ones first; as often as it likes
 *         exchange_progress(exchange, first row not yet written);          what is written travels
 *     ... the others of its rows are written, be it by other ranks of its group
 *     exchange_end(exchange);                              now every group holds all rows that it needs
 *     exchange_free(&exchange);
 *
 * Each rank's rows travel in the same number of pieces, 32 where there are tiles enough. Either each cross-group
 * communicator (comm/replica.h) gathers a piece of all its members by one MPI_Iallgatherv, begun by each as soon as
 * its own part is written, so that all cross-group communicators together bring every row once to every group. Or,
 * where the groups together need less than three quarters of these rows, each rank sends every other group the rows
 * that it needs, by persistent messages.
 *
 * MPI moves what was begun only while it is called, hence exchange_progress. With one group nothing is done at all.
 * Of the exchanges on one replica at most one is under way: a cross-group communicator's members begin its
 * collectives in one order.
 */
#ifndef COMM_EXCHANGE_H
#define COMM_EXCHANGE_H

#include "comm/replica.h"

struct exchange; /* how the rows of one matrix travel */

/* [collective] Plans it.
 *   matrix, offsets  not owned; each rank owns rows offsets[rank] .. offsets[rank + 1] - 1 of a partition in the
 *                    sense of comm/partition.h
 *   overlapped       [2 x ranks] of these, rank r writes overlapped[2 r] .. overlapped[2 r + 1] - 1 in that order, and
 *                    says so by exchange_progress; the others travel at the end. The same on all ranks; NULL: all do
 *   needed           [tiles] bit b of word t says that this rank reads row 64 t + b; becomes the group's.
 *                    NULL, on all ranks alike: every row is needed everywhere
 * *exchange is NULL on failure. */
status exchange_open(struct exchange **exchange, const struct replica *replica, struct shared_rows *matrix,
                     const int64_t *offsets, const int64_t *overlapped, uint64_t *needed);

/* [collective] Accepts and leaves NULL. Not between begin and end. */
void exchange_free(struct exchange **exchange);

/* [local] Until exchange_end rows of other ranks may change: nobody in the group reads them any more. */
void exchange_begin(struct exchange *exchange);

/* [local] This rank's overlapped rows before row `end` are written and may be sent. Costs next to nothing where no
 * piece has become complete and MPI was called a moment ago. Before exchange_begin: nothing. */
void exchange_progress(struct exchange *exchange, int64_t end);

/* [collective] Sends what is left, whether written or not, and waits for what comes. All ranks of a group may read
 * the rows it needs until one of them writes again (replica_barrier first) or the next exchange_begin. */
void exchange_end(struct exchange *exchange);

/* [collective] Both at once, for rows that are all written. */
void exchange_rows(struct exchange *exchange);

/* [local] The tiles from other groups that this rank answers for, count of them: what has to be done to each received
 * tile once, in a group, is done by the rank that has it here. With the tiles owned in the group they are all it
 * needs. */
const int64_t *exchange_tiles(const struct exchange *exchange, int64_t *count);

/* [collective] All rows of all ranks to every group, at once. */
status exchange_all_rows(const struct replica *replica, struct shared_rows *matrix, const int64_t *offsets);

#endif
