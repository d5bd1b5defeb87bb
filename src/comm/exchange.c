#include "comm/exchange.h"

#include "base/memory.h"
#include "base/number.h"
#include "comm/partition.h"

#include <stdbool.h>

/* The last piece is what no solve is left to hide. */
enum { PIECES = 32 };

struct exchange {
    const struct replica *replica; /* not owned */
    const struct comm *comm;       /* not owned */
    struct shared_rows *matrix;    /* not owned */
    const int64_t *offsets;        /* not owned */
    MPI_Request *requests;         /* owned: [messages] receives, then sends by piece; persistent */
    int receives, messages;
    int *piece_end; /* owned: [pieces + 1] piece p is sent by requests piece_end[p] .. piece_end[p + 1] - 1 */
    int64_t *tiles; /* owned: [tile_count] that are received */
    int64_t tile_count;
    bool under_way;
    int sent, finished; /* of this exchange: pieces; requests, in their order */
};

/* What exchange_open needs besides. */
struct plan {
    int *sources, *destinations; /* owned: [ranks], [groups - 1] */
    int source_count, destination_count;
    const uint64_t *needed; /* not owned: the group's; NULL for all */
    uint64_t *wanted; /* owned: [destinations x own tiles] what each of them needs of this rank's rows */
    int *rows;        /* owned: [rows of the longest piece] */
    MPI_Datatype row;
    bool count_only;
};

static int64_t first_tile(const struct exchange *exchange, int rank)
{
    return number_divide_up(exchange->offsets[rank], TILE_ROWS);
}

static int64_t tiles_of(const struct exchange *exchange, int rank)
{
    return first_tile(exchange, rank + 1) - first_tile(exchange, rank);
}

/* The length of a rank's pieces, known to whoever receives them; the last may be shorter. */
static int64_t piece_tiles(const struct exchange *exchange, int rank)
{
    int64_t most = replica_message_tiles(exchange->matrix);
    return number_max(1, number_min(most, number_divide_up(tiles_of(exchange, rank), PIECES)));
}

static int pieces_of(const struct exchange *exchange, int rank)
{
    return (int)number_divide_up(tiles_of(exchange, rank), piece_tiles(exchange, rank));
}

static status find_peers(struct plan *plan, const struct exchange *exchange)
{
    const struct replica *replica = exchange->replica;
    int rank = exchange->comm->rank, mine = replica_group_of(replica, rank);
    TRY(allocate(&plan->sources, exchange->comm->size));
    TRY(allocate(&plan->destinations, replica_groups(replica)));
    for (int r = 0; r < exchange->comm->size; r++)
        if (replica_group_of(replica, r) != mine && replica_carrier(replica, r, mine) == rank)
            plan->sources[plan->source_count++] = r;
    for (int g = 0; g < replica_groups(replica); g++)
        if (g != mine)
            plan->destinations[plan->destination_count++] = replica_carrier(replica, rank, g);
    int64_t words = plan->needed == NULL ? 0 : tiles_of(exchange, rank);
    return allocate(&plan->wanted, plan->destination_count * words);
}

/* Each destination says which of this rank's rows its group needs. requests: scratch, [peers]. */
static void ask_for_rows(struct plan *plan, const struct exchange *exchange, MPI_Request *requests)
{
    MPI_Comm mpi = exchange->comm->mpi;
    int count = 0;
    int64_t own = tiles_of(exchange, exchange->comm->rank);
    for (int d = 0; d < plan->destination_count; d++)
        MPI_Irecv(plan->wanted + d * own, (int)own, MPI_UINT64_T, plan->destinations[d], 0, mpi,
                  &requests[count++]);
    for (int s = 0; s < plan->source_count; s++)
        MPI_Isend(plan->needed + first_tile(exchange, plan->sources[s]),
                  (int)tiles_of(exchange, plan->sources[s]), MPI_UINT64_T, plan->sources[s], 0, mpi,
                  &requests[count++]);
    MPI_Waitall(count, requests, MPI_STATUSES_IGNORE);
}

/* Rows of some tiles that are needed; all of them where they are so many that picking them out is not worth it. */
static int64_t count_rows(const uint64_t *needed, int64_t tiles)
{
    int64_t count = 0, all = tiles * TILE_ROWS;
    for (int64_t t = 0; needed != NULL && t < tiles; t++)
        count += __builtin_popcountll(needed[t]);
    return needed == NULL || 4 * count >= 3 * all ? all : count;
}

/* The layout of a message: rows of some tiles, picked from the window as they lie. To be freed. */
static MPI_Datatype message_type(struct plan *plan, const uint64_t *needed, int64_t tiles)
{
    MPI_Datatype type;
    int count = 0, rows = (int)count_rows(needed, tiles);
    if (rows == tiles * TILE_ROWS) {
        MPI_Type_contiguous(rows, plan->row, &type);
    } else {
        for (int64_t t = 0; t < tiles; t++)
            for (uint64_t bits = needed[t]; bits != 0; bits &= bits - 1)
                plan->rows[count++] = (int)(t * TILE_ROWS) + __builtin_ctzll(bits);
        MPI_Type_create_indexed_block(count, 1, plan->rows, plan->row, &type);
    }
    MPI_Type_commit(&type);
    return type;
}

/* One message, or only counts it. The tag is the piece's number. */
static void add_message(struct exchange *exchange, struct plan *plan, bool receive, int peer, int piece,
                        int64_t first, int64_t tiles, const uint64_t *needed)
{
    int64_t rows = count_rows(needed, tiles);
    if (rows == 0)
        return;
    if (!plan->count_only) {
        float *data = exchange->matrix->data + first * TILE_ROWS * exchange->matrix->row_floats;
        MPI_Datatype type = message_type(plan, needed, tiles);
        MPI_Request *request = &exchange->requests[exchange->messages];
        if (receive)
            MPI_Recv_init(data, 1, type, peer, piece, exchange->comm->mpi, request);
        else
            MPI_Send_init(data, 1, type, peer, piece, exchange->comm->mpi, request);
        MPI_Type_free(&type); /* lives on in the request */
    }
    exchange->messages++;
    for (int64_t t = 0; receive && t < tiles; t++)
        if (rows == tiles * TILE_ROWS || needed[t] != 0) {
            if (!plan->count_only)
                exchange->tiles[exchange->tile_count] = first + t;
            exchange->tile_count++;
        }
}

static void add_receives(struct exchange *exchange, struct plan *plan)
{
    for (int s = 0; s < plan->source_count; s++) {
        int rank = plan->sources[s];
        int64_t first = first_tile(exchange, rank), end = first + tiles_of(exchange, rank);
        int64_t length = piece_tiles(exchange, rank);
        for (int piece = 0; first < end; piece++, first += length)
            add_message(exchange, plan, true, rank, piece, first, number_min(length, end - first),
                        plan->needed == NULL ? NULL : plan->needed + first);
    }
    exchange->receives = exchange->messages;
}

static void add_sends(struct exchange *exchange, struct plan *plan)
{
    int rank = exchange->comm->rank;
    int64_t first = first_tile(exchange, rank), own = tiles_of(exchange, rank);
    int64_t length = piece_tiles(exchange, rank), done = 0;
    for (int piece = 0; done < own; piece++, done += length) {
        for (int d = 0; d < plan->destination_count; d++)
            add_message(exchange, plan, false, plan->destinations[d], piece, first + done,
                        number_min(length, own - done),
                        plan->needed == NULL ? NULL : plan->wanted + d * own + done);
        exchange->piece_end[piece + 1] = exchange->messages;
    }
}

static void add_messages(struct exchange *exchange, struct plan *plan, bool count_only)
{
    plan->count_only = count_only;
    exchange->messages = 0;
    exchange->tile_count = 0;
    add_receives(exchange, plan);
    exchange->piece_end[0] = exchange->receives;
    add_sends(exchange, plan);
}

static status allocate_messages(struct exchange *exchange, struct plan *plan)
{
    int64_t longest = 0;
    for (int r = 0; r < exchange->comm->size; r++)
        longest = number_max(longest, piece_tiles(exchange, r));
    TRY(allocate(&exchange->piece_end, pieces_of(exchange, exchange->comm->rank) + 1));
    add_messages(exchange, plan, true);
    TRY(allocate(&plan->rows, plan->needed == NULL ? 0 : longest * TILE_ROWS));
    TRY(allocate(&exchange->tiles, exchange->tile_count));
    return allocate(&exchange->requests, exchange->messages);
}

static status plan_messages(struct exchange *exchange, struct plan *plan, uint64_t *needed)
{
    const struct comm *comm = exchange->comm;
    scoped MPI_Request *asked = NULL;
    status mine = find_peers(plan, exchange);
    if (mine == MFALS_OK)
        mine = allocate(&asked, plan->source_count + plan->destination_count);
    TRY(agree(comm, mine));
    if (needed != NULL && replica_groups(exchange->replica) > 1) {
        replica_unite(exchange->replica, needed, number_divide_up(exchange->matrix->rows, TILE_ROWS));
        ask_for_rows(plan, exchange, asked);
    }
    mine = allocate_messages(exchange, plan);
    TRY(agree(comm, mine));
    MPI_Type_contiguous((int)exchange->matrix->row_floats, MPI_FLOAT, &plan->row);
    add_messages(exchange, plan, false);
    MPI_Type_free(&plan->row);
    return MFALS_OK;
}

status exchange_open(struct exchange **exchange, const struct replica *replica, struct shared_rows *matrix,
                     const int64_t *offsets, uint64_t *needed)
{
    const struct comm *comm = replica_comm(replica);
    TRY(allocate_on_all(comm, exchange, 1));
    **exchange = (struct exchange){.replica = replica, .comm = comm, .matrix = matrix, .offsets = offsets};
    struct plan plan = {.needed = needed};
    status planned = plan_messages(*exchange, &plan, needed);
    memory_free(plan.sources);
    memory_free(plan.destinations);
    memory_free(plan.wanted);
    memory_free(plan.rows);
    if (planned != MFALS_OK) {
        (*exchange)->messages = 0;
        exchange_free(exchange);
    }
    return planned;
}

void exchange_free(struct exchange **exchange)
{
    struct exchange *e = *exchange;
    if (e == NULL)
        return;
    for (int i = 0; i < e->messages; i++)
        MPI_Request_free(&e->requests[i]);
    memory_free(e->requests);
    memory_free(e->piece_end);
    memory_free(e->tiles);
    memory_free(e);
    *exchange = NULL;
}

void exchange_begin(struct exchange *exchange)
{
    exchange->under_way = true;
    exchange->sent = exchange->finished = 0;
    MPI_Startall(exchange->receives, exchange->requests);
}

static void send_pieces(struct exchange *exchange, int pieces)
{
    int first = exchange->piece_end[exchange->sent], end = exchange->piece_end[pieces];
    MPI_Startall(end - first, exchange->requests + first);
    exchange->sent = pieces;
}

void exchange_go_on(struct exchange *exchange, int64_t rows)
{
    if (!exchange->under_way || exchange->messages == 0)
        return;
    int pieces = (int)(rows / (piece_tiles(exchange, exchange->comm->rank) * TILE_ROWS));
    if (pieces > exchange->sent)
        send_pieces(exchange, pieces);
    int started = exchange->piece_end[exchange->sent], done = 1;
    while (done && exchange->finished < started) {
        MPI_Test(&exchange->requests[exchange->finished], &done, MPI_STATUS_IGNORE);
        exchange->finished += done;
    }
}

void exchange_end(struct exchange *exchange)
{
    send_pieces(exchange, pieces_of(exchange, exchange->comm->rank));
    MPI_Waitall(exchange->messages, exchange->requests, MPI_STATUSES_IGNORE);
    exchange->under_way = false;
    replica_barrier(exchange->replica, exchange->matrix);
}

void exchange_rows(struct exchange *exchange)
{
    exchange_begin(exchange);
    exchange_end(exchange);
}

const int64_t *exchange_tiles(const struct exchange *exchange, int64_t *count)
{
    *count = exchange->tile_count;
    return exchange->tiles;
}

status exchange_all_rows(const struct replica *replica, struct shared_rows *matrix, const int64_t *offsets)
{
    struct exchange *exchange;
    TRY(exchange_open(&exchange, replica, matrix, offsets, NULL));
    exchange_rows(exchange);
    exchange_free(&exchange);
    return MFALS_OK;
}
