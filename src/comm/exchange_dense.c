#include "base/memory.h"
#include "base/number.h"
#include "comm/exchange_transport.h"
#include "comm/partition.h"

/* Request s gathers step s of the cross-group communicator's members. After them come the rows that no member owns:
 * turn by turn, in as few pieces as messages may be long. */
static int count_requests(const struct exchange *exchange)
{
    if (replica_cross_comm(exchange->replica) == MPI_COMM_NULL)
        return 0;
    return exchange->steps + (replica_turns(exchange->replica) - 1) * exchange_cuts(exchange);
}

/* Counts and displacements, in tiles: an int then reaches 2^37 rows. The last tile of the matrix is whole in memory. */
static void lay_out(struct exchange *exchange, int request, int turn, int piece)
{
    int groups = replica_groups(exchange->replica);
    int *counts = exchange->counts + 2 * (int64_t)groups * request, *displacements = counts + groups;
    for (int g = 0; g < groups; g++) {
        struct tiles tiles = {0, 0};
        int owner = replica_in_turn(exchange->replica, g, turn);
        if (owner >= 0 && turn == 0)
            tiles = exchange_step(exchange, owner, piece);
        else if (owner >= 0)
            tiles = exchange_piece(exchange_part(exchange, owner), piece, exchange_cuts(exchange));
        counts[g] = (int)(tiles.end - tiles.first);
        displacements[g] = (int)tiles.first;
    }
}

static status allocate_requests(struct exchange *exchange)
{
    TRY(allocate(&exchange->piece_end, exchange->pieces + 1));
    TRY(allocate(&exchange->requests, exchange->request_count));
    return allocate(&exchange->counts,
                    2 * (int64_t)replica_groups(exchange->replica) * exchange->request_count);
}

static status open_dense(struct exchange *exchange, const uint64_t *needed)
{
    (void)needed;
    exchange->request_count = count_requests(exchange);
    TRY(agree(exchange->comm, allocate_requests(exchange)));
    MPI_Type_contiguous((int)(TILE_ROWS * exchange->matrix->row_floats), MPI_FLOAT, &exchange->tile);
    MPI_Type_commit(&exchange->tile);
    if (exchange->request_count == 0)
        return MFALS_OK;
    int request = 0, cuts = exchange_cuts(exchange);
    for (int piece = 0; piece < exchange->pieces; piece++)
        exchange->piece_end[piece + 1] = piece + 1;
    for (int step = 0; step < exchange->steps; step++)
        lay_out(exchange, request++, 0, step);
    for (int turn = 1; turn < replica_turns(exchange->replica); turn++)
        for (int piece = 0; piece < cuts; piece++)
            lay_out(exchange, request++, turn, piece);
    return MFALS_OK;
}

static void start_dense(struct exchange *exchange, int first, int end)
{
    int groups = replica_groups(exchange->replica);
    for (int i = first; i < end; i++) {
        const int *counts = exchange->counts + 2 * (int64_t)groups * i;
        MPI_Iallgatherv(MPI_IN_PLACE, 0, MPI_DATATYPE_NULL, exchange->matrix->data, counts, counts + groups,
                        exchange->tile, replica_cross_comm(exchange->replica), &exchange->requests[i]);
    }
}

static void close_dense(struct exchange *exchange)
{
    memory_free(exchange->counts);
    if (exchange->tile != MPI_DATATYPE_NULL)
        MPI_Type_free(&exchange->tile);
}

const struct transport exchange_dense = {.open = open_dense, .start = start_dense, .close = close_dense};
