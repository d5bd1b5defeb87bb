#include "base/memory.h"
#include "base/number.h"
#include "comm/exchange_transport.h"
#include "comm/partition.h"

/* What open needs only for itself. */
struct asked {
    const uint64_t *needed; /* not owned: the group's */
    uint64_t *
        wanted; /* owned: [groups x most tiles of a rank, own tiles used] what each of them needs of this rank's rows */
    int *rows;             /* owned: [rows of the longest piece] */
    MPI_Request *requests; /* owned: [peers] */
    MPI_Datatype row;
};

/* Each group says, by the rank that answers for this one's rows, which of them it needs: both ends know all messages
 * from then on, and no counts travel. */
static void ask_for_rows(struct asked *asked, const struct exchange *exchange)
{
    const struct replica *replica = exchange->replica;
    MPI_Comm mpi = exchange->comm->mpi;
    int count = 0, rank = exchange->comm->rank;
    struct tiles mine = exchange_part(exchange, rank);
    int64_t own = mine.end - mine.first;
    for (int g = 0; g < replica_groups(replica); g++)
        if (g != replica_group_of(replica, rank))
            MPI_Irecv(asked->wanted + g * own, (int)own, MPI_UINT64_T, replica_leader(replica, rank, g), 0,
                      mpi, &asked->requests[count++]);
    for (int r = 0; r < exchange->comm->size; r++)
        if (exchange_answers_for(exchange, r)) {
            struct tiles part = exchange_part(exchange, r);
            MPI_Isend(asked->needed + part.first, (int)(part.end - part.first), MPI_UINT64_T, r, 0, mpi,
                      &asked->requests[count++]);
        }
    MPI_Waitall(count, asked->requests, MPI_STATUSES_IGNORE);
}

/* The layout of a message: needed rows of some tiles, picked from the window as they lie. To be freed. */
static MPI_Datatype message_type(int *count, struct asked *asked, const uint64_t *needed, int64_t tiles)
{
    MPI_Datatype type;
    *count = 0;
    for (int64_t t = 0; t < tiles; t++)
        for (uint64_t bits = needed[t]; bits != 0; bits &= bits - 1)
            asked->rows[(*count)++] = (int)(t * TILE_ROWS) + __builtin_ctzll(bits);
    MPI_Type_create_indexed_block(*count, 1, asked->rows, asked->row, &type);
    MPI_Type_commit(&type);
    return type;
}

/* A message from peer, or to it, if any of these rows are needed. The tag is the step's number. */
static void add_message(struct exchange *exchange, struct asked *asked, bool receive, int peer, int step,
                        struct tiles tiles, const uint64_t *needed)
{
    int rows;
    float *data = exchange->matrix->data + tiles.first * TILE_ROWS * exchange->matrix->row_floats;
    MPI_Datatype type = message_type(&rows, asked, needed, tiles.end - tiles.first);
    MPI_Request *request = &exchange->requests[exchange->request_count];
    if (rows > 0 && receive)
        MPI_Recv_init(data, 1, type, peer, step, exchange->comm->mpi, request);
    else if (rows > 0)
        MPI_Send_init(data, 1, type, peer, step, exchange->comm->mpi, request);
    exchange->request_count += rows > 0;
    MPI_Type_free(&type); /* lives on in the request */
}

static void add_receives(struct exchange *exchange, struct asked *asked, int step)
{
    for (int r = 0; r < exchange->comm->size; r++)
        if (exchange_answers_for(exchange, r)) {
            struct tiles tiles = exchange_step(exchange, r, step);
            add_message(exchange, asked, true, r, step, tiles, asked->needed + tiles.first);
        }
}

static void add_sends(struct exchange *exchange, struct asked *asked, int step)
{
    const struct replica *replica = exchange->replica;
    int rank = exchange->comm->rank;
    struct tiles part = exchange_part(exchange, rank), tiles = exchange_step(exchange, rank, step);
    for (int g = 0; g < replica_groups(replica); g++)
        if (g != replica_group_of(replica, rank))
            add_message(exchange, asked, false, replica_leader(replica, rank, g), step, tiles,
                        asked->wanted + g * (part.end - part.first) + tiles.first - part.first);
}

/* Rows that are not overlapped may be on loan to this very rank: until the end nothing is received in their place. */
static void add_messages(struct exchange *exchange, struct asked *asked)
{
    for (int piece = 0; piece < exchange->pieces; piece++)
        add_receives(exchange, asked, piece);
    exchange->piece_end[0] = exchange->request_count;
    for (int piece = 0; piece < exchange->pieces; piece++) {
        add_sends(exchange, asked, piece);
        exchange->piece_end[piece + 1] = exchange->request_count;
    }
    for (int step = exchange->pieces; step < exchange->steps; step++) {
        add_receives(exchange, asked, step);
        add_sends(exchange, asked, step);
    }
}

static status allocate_requests(struct exchange *exchange, struct asked *asked)
{
    int64_t peers = replica_groups(exchange->replica) - 1;
    int64_t most = exchange_longest(exchange);
    for (int r = 0; r < exchange->comm->size; r++)
        peers += exchange_answers_for(exchange, r);
    TRY(allocate(&asked->wanted, replica_groups(exchange->replica) * most));
    TRY(allocate(&asked->rows, number_min(most, replica_message_tiles(exchange->matrix)) * TILE_ROWS));
    TRY(allocate(&asked->requests, peers));
    TRY(allocate(&exchange->piece_end, exchange->pieces + 1));
    return allocate(&exchange->requests, peers * exchange->steps);
}

static status open_messages(struct exchange *exchange, const uint64_t *needed)
{
    struct asked asked = {.needed = needed};
    status mine = agree(exchange->comm, allocate_requests(exchange, &asked));
    if (mine == MFALS_OK) {
        ask_for_rows(&asked, exchange);
        MPI_Type_contiguous((int)exchange->matrix->row_floats, MPI_FLOAT, &asked.row);
        add_messages(exchange, &asked);
        MPI_Type_free(&asked.row);
    }
    memory_free(asked.wanted);
    memory_free(asked.rows);
    memory_free(asked.requests);
    return mine;
}

static void start_messages(struct exchange *exchange, int first, int end)
{
    MPI_Startall(end - first, exchange->requests + first);
}

static void close_messages(struct exchange *exchange)
{
    for (int i = 0; i < exchange->request_count; i++)
        MPI_Request_free(&exchange->requests[i]);
}

const struct transport exchange_sparse = {
    .open = open_messages, .start = start_messages, .close = close_messages};
