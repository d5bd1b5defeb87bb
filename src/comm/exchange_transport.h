/* What comm/exchange.c shares with the two ways for rows to travel. */
#ifndef COMM_EXCHANGE_TRANSPORT_H
#define COMM_EXCHANGE_TRANSPORT_H

#include "comm/exchange.h"

#include <stdbool.h>

/* Tiles first .. end - 1. */
struct tiles {
    int64_t first, end;
};

struct transport {
    /* [collective] Sets requests, piece_end, and what is the transport's own. needed: the group's; cross-group
     * communicators don't look at it. What a failure leaves, close takes. */
    status (*open)(struct exchange *exchange, const uint64_t *needed);
    /* [local] Begins requests first .. end - 1. */
    void (*start)(struct exchange *exchange, int first, int end);
    /* [local] Frees what is the transport's own; also after a failed open. */
    void (*close)(struct exchange *exchange);
};

extern const struct transport
    exchange_dense; /* all rows of a piece, by one collective a cross-group communicator */
extern const struct transport exchange_sparse; /* the rows that are needed, by a message to each group */

/* Requests begin in the order in which they are numbered: those before piece_end[0] at once, those before
 * piece_end[p + 1] when this rank's pieces 0 .. p are written, the others when the whole group has written. */
struct exchange {
    const struct replica *replica; /* not owned, like the three below */
    const struct comm *comm;
    struct shared_rows *matrix;
    const int64_t *offsets;
    const struct transport *transport; /* NULL where there is one group */
    int64_t *tiles;                    /* owned: [tile_count] that this rank answers for */
    int64_t tile_count;
    struct tiles
        *overlapped; /* owned: [ranks] of each rank's tiles, those that travel while others are written */
    bool migrated;   /* there are others */
    int pieces,
        steps; /* of each rank's rows: pieces of the overlapped ones, then steps - pieces of the others */
    int *piece_end;        /* owned: [pieces + 1] as said above */
    MPI_Request *requests; /* owned: [request_count] */
    int request_count;
    bool under_way;
    int written, started, finished; /* of this exchange: pieces; requests; requests */
    double tested;                  /* when MPI was last called, by phase_clock */
    int *counts;                    /* owned by exchange_dense: [request_count][2][groups] in tiles */
    MPI_Datatype tile;              /* the same */
};

/* [local] All tiles of a rank; those of one of its steps; one of `count` pieces of some. */
struct tiles exchange_part(const struct exchange *exchange, int rank);
struct tiles exchange_step(const struct exchange *exchange, int rank, int step);
struct tiles exchange_piece(struct tiles tiles, int piece, int count);

/* [local] The most tiles of a rank, and into how many messages they have to be cut. */
int64_t exchange_longest(const struct exchange *exchange);
int exchange_cuts(const struct exchange *exchange);

/* [local] Whether this rank answers for rank `owner`'s rows, which come from another group. */
bool exchange_answers_for(const struct exchange *exchange, int owner);

#endif
