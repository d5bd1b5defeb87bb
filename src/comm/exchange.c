#include "comm/exchange.h"

#include "base/memory.h"
#include "base/number.h"
#include "base/phase.h"
#include "comm/exchange_transport.h"
#include "comm/partition.h"

/* The last piece is what no solve is left to hide. */
enum { PIECES = 32 };

/* Seconds between calls of MPI that only move messages on. */
static const double pause = 200e-6;

struct tiles exchange_part(const struct exchange *exchange, int rank)
{
    return (struct tiles){number_divide_up(exchange->offsets[rank], TILE_ROWS),
                          number_divide_up(exchange->offsets[rank + 1], TILE_ROWS)};
}

struct tiles exchange_piece(struct tiles tiles, int piece, int count)
{
    int64_t all = tiles.end - tiles.first;
    return (struct tiles){tiles.first + all * piece / count, tiles.first + all * (piece + 1) / count};
}

/* The overlapped rows in pieces, what is before them, what is behind. */
struct tiles exchange_step(const struct exchange *exchange, int rank, int step)
{
    struct tiles part = exchange_part(exchange, rank), overlapped = exchange->overlapped[rank];
    int cuts = (exchange->steps - exchange->pieces) / 2, late = step - exchange->pieces;
    if (late < 0)
        return exchange_piece(overlapped, step, exchange->pieces);
    if (late < cuts)
        return exchange_piece((struct tiles){part.first, overlapped.first}, late, cuts);
    return exchange_piece((struct tiles){overlapped.end, part.end}, late - cuts, cuts);
}

int64_t exchange_longest(const struct exchange *exchange)
{
    int64_t longest = 0;
    for (int r = 0; r < exchange->comm->size; r++) {
        struct tiles part = exchange_part(exchange, r);
        longest = number_max(longest, part.end - part.first);
    }
    return longest;
}

int exchange_cuts(const struct exchange *exchange)
{
    return (int)number_divide_up(exchange_longest(exchange), replica_message_tiles(exchange->matrix));
}

bool exchange_answers_for(const struct exchange *exchange, int owner)
{
    int rank = exchange->comm->rank, mine = replica_group_of(exchange->replica, rank);
    return replica_group_of(exchange->replica, owner) != mine &&
           replica_leader(exchange->replica, owner, mine) == rank;
}

/* Tiles that are overlapped in all of their rows. */
static void find_overlapped(struct exchange *exchange, const int64_t *overlapped)
{
    for (int r = 0; r < exchange->comm->size; r++) {
        struct tiles part = exchange_part(exchange, r), *mine = &exchange->overlapped[r];
        *mine = part;
        if (overlapped == NULL)
            continue;
        int64_t end = overlapped[2 * r + 1];
        mine->first =
            number_min(part.end, number_max(part.first, number_divide_up(overlapped[2 * r], TILE_ROWS)));
        mine->end = end == exchange->offsets[r + 1] ? part.end : number_min(part.end, end / TILE_ROWS);
        mine->end = number_max(mine->first, mine->end);
        exchange->migrated = exchange->migrated || mine->first > part.first || mine->end < part.end;
    }
}

static status list_tiles(struct exchange *exchange)
{
    int64_t count = 0;
    for (int r = 0; r < exchange->comm->size; r++) {
        struct tiles part = exchange_part(exchange, r);
        count += exchange_answers_for(exchange, r) ? part.end - part.first : 0;
    }
    TRY(allocate(&exchange->overlapped, exchange->comm->size));
    TRY(allocate(&exchange->tiles, count));
    for (int r = 0; r < exchange->comm->size; r++) {
        struct tiles part = exchange_part(exchange, r);
        for (int64_t t = part.first; exchange_answers_for(exchange, r) && t < part.end; t++)
            exchange->tiles[exchange->tile_count++] = t;
    }
    return MFALS_OK;
}

/* [collective] Whether all groups together need so few of the rows that cross-group communicators would bring that
 * picking them out pays. */
static bool sparse_pays(const struct exchange *exchange, const uint64_t *needed)
{
    int64_t rows[2] = {0,
                       exchange->tile_count * TILE_ROWS}; /* needed; brought by cross-group communicators */
    for (int64_t i = 0; i < exchange->tile_count; i++)
        rows[0] += __builtin_popcountll(needed[exchange->tiles[i]]);
    comm_sum_int(exchange->comm, rows, 2);
    return 4 * rows[0] < 3 * rows[1];
}

static void drop_tiles_not_needed(struct exchange *exchange, const uint64_t *needed)
{
    int64_t count = 0;
    for (int64_t i = 0; i < exchange->tile_count; i++)
        if (needed[exchange->tiles[i]] != 0)
            exchange->tiles[count++] = exchange->tiles[i];
    exchange->tile_count = count;
}

static status plan(struct exchange *exchange, const int64_t *overlapped, uint64_t *needed)
{
    if (replica_groups(exchange->replica) == 1)
        return MFALS_OK;
    TRY(agree(exchange->comm, list_tiles(exchange)));
    find_overlapped(exchange, overlapped);
    exchange->transport = &exchange_dense;
    if (needed != NULL) {
        replica_allreduce_or(exchange->replica, needed, number_divide_up(exchange->matrix->rows, TILE_ROWS));
        if (sparse_pays(exchange, needed)) {
            exchange->transport = &exchange_sparse;
            drop_tiles_not_needed(exchange, needed);
        }
    }
    int64_t most = exchange_longest(exchange);
    exchange->pieces = (int)number_max(number_min(PIECES, most), exchange_cuts(exchange));
    exchange->steps = exchange->pieces + (exchange->migrated ? 2 * exchange_cuts(exchange) : 0);
    return exchange->transport->open(exchange, needed);
}

status exchange_open(struct exchange **exchange, const struct replica *replica, struct shared_rows *matrix,
                     const int64_t *offsets, const int64_t *overlapped, uint64_t *needed)
{
    const struct comm *comm = replica_comm(replica);
    TRY(allocate_on_all(comm, exchange, 1));
    **exchange = (struct exchange){
        .replica = replica, .comm = comm, .matrix = matrix, .offsets = offsets, .tile = MPI_DATATYPE_NULL};
    status planned = plan(*exchange, overlapped, needed);
    if (planned != MFALS_OK)
        exchange_free(exchange);
    return planned;
}

void exchange_free(struct exchange **exchange)
{
    struct exchange *e = *exchange;
    if (e == NULL)
        return;
    if (e->transport != NULL)
        e->transport->close(e);
    memory_free(e->requests);
    memory_free(e->piece_end);
    memory_free(e->tiles);
    memory_free(e->overlapped);
    memory_free(e);
    *exchange = NULL;
}

static void start_until(struct exchange *exchange, int end)
{
    exchange->transport->start(exchange, exchange->started, end);
    exchange->started = end;
}

/* The pieces of overlapped rows that are before row `end`. */
static int pieces_before(const struct exchange *exchange, int64_t end)
{
    int rank = exchange->comm->rank, piece = exchange->written;
    while (piece < exchange->pieces) {
        struct tiles tiles = exchange_step(exchange, rank, piece);
        if (tiles.end > tiles.first && number_min(exchange->offsets[rank + 1], tiles.end * TILE_ROWS) > end)
            break;
        piece++;
    }
    return piece;
}

void exchange_progress(struct exchange *exchange, int64_t end)
{
    if (!exchange->under_way)
        return;
    int pieces = pieces_before(exchange, end);
    if (pieces > exchange->written) {
        exchange->written = pieces;
        start_until(exchange, exchange->piece_end[pieces]);
    }
    double now = phase_clock();
    if (now - exchange->tested < pause)
        return;
    exchange->tested = now;
    int done = 1;
    while (done && exchange->finished < exchange->started) {
        MPI_Test(&exchange->requests[exchange->finished], &done, MPI_STATUS_IGNORE);
        exchange->finished += done;
    }
}

void exchange_begin(struct exchange *exchange)
{
    if (exchange->transport == NULL)
        return;
    exchange->under_way = true;
    exchange->written = exchange->started = exchange->finished = 0;
    exchange->tested = phase_clock();
    start_until(exchange, exchange->piece_end[0]);
    exchange_progress(exchange, 0); /* empty pieces are complete from the start */
}

void exchange_end(struct exchange *exchange)
{
    if (exchange->transport != NULL) {
        start_until(exchange, exchange->piece_end[exchange->pieces]);
        if (replica_turns(exchange->replica) > 1) /* rows that travel in another rank's name */
            replica_barrier(exchange->replica, exchange->matrix);
        start_until(exchange, exchange->request_count);
        MPI_Waitall(exchange->request_count, exchange->requests, MPI_STATUSES_IGNORE);
        exchange->under_way = false;
    }
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
    TRY(exchange_open(&exchange, replica, matrix, offsets, NULL, NULL));
    exchange_rows(exchange);
    exchange_free(&exchange);
    return MFALS_OK;
}
