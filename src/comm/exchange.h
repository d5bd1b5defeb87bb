/* Rows on their way to the other replica groups while more are being computed.
 *
 *     struct exchange *exchange;
 *     TRY(exchange_open(&exchange, replica, &x, offsets, needed));      once for a matrix and a partition
 *     exchange_begin(exchange);
 *     ... each rank writes the rows it owns, the first ones first; every now and then
 *         exchange_go_on(exchange, rows written so far);                what is written travels
 *     exchange_end(exchange);                              now every group holds all rows that it needs
 *     exchange_free(&exchange);
 *
 * A rank sends its rows, in up to 32 pieces, to one rank of each other group: that of its own place there
 * (replica_carrier), so that all ranks together bring every row once to every group. MPI moves long messages only
 * while it is called, hence exchange_go_on. With one group there are no messages.
 *
 * Of a piece only the rows that the receiving group needs are sent, if these are less than three quarters of it.
 * How many there are is known to both ends from the start: no counts travel.
 */
#ifndef COMM_EXCHANGE_H
#define COMM_EXCHANGE_H

#include "comm/replica.h"

struct exchange; /* the messages of one matrix */

/* [collective] Plans the messages.
 *   matrix, offsets  not owned; each rank owns rows offsets[rank] .. offsets[rank + 1] - 1 of a partition in the
 *                    sense of comm/partition.h
 *   needed           [tiles] bit b of word t says that this rank reads row 64 t + b; becomes the group's.
 *                    NULL, on all ranks alike: every row is needed everywhere
 * *exchange is NULL on failure. */
status exchange_open(struct exchange **exchange, const struct replica *replica, struct shared_rows *matrix,
                     const int64_t *offsets, uint64_t *needed);

/* [collective] Accepts and leaves NULL. Not between begin and end. */
void exchange_free(struct exchange **exchange);

/* [local] Until exchange_end rows of other ranks may change: nobody in the group reads them any more. */
void exchange_begin(struct exchange *exchange);

/* [local] The first `rows` of this rank's own rows are written and may be sent. Before exchange_begin: nothing. */
void exchange_go_on(struct exchange *exchange, int64_t rows);

/* [collective] Sends what is left, whether written or not, and waits for what comes. All ranks of a group may read
 * the rows it needs until one of them writes again (replica_barrier first) or the next exchange_begin. */
void exchange_end(struct exchange *exchange);

/* [collective] Both at once, for rows that are all written. */
void exchange_rows(struct exchange *exchange);

/* [local] The tiles that this rank receives, wholly or in part: count of them. Over the ranks of a group they and the
 * tiles owned there are all that the group needs, each once. */
const int64_t *exchange_tiles(const struct exchange *exchange, int64_t *count);

/* [collective] All rows of all ranks to every group, at once. */
status exchange_all_rows(const struct replica *replica, struct shared_rows *matrix, const int64_t *offsets);

#endif
